import Pipeline
import TestSupport

/// Events of every kind with every field at its worst.
struct RandomEvents {
    var random: SeededRandom

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    mutating func gateWait() -> GateWait {
        GateWait(
            GateKind.allCases.randomElement(using: &random) ?? .pool,
            text(),
            until: maybe { $0.instant() }
        )
    }

    mutating func breakerState() -> BreakerState {
        BreakerState.allCases.randomElement(using: &random) ?? .open
    }

    /// One event of each case, in the enum's order.
    mutating func oneOfEach() -> [RunEvent] {
        [
            .runStarted(runStarted()),
            .stepReused(
                step: text(),
                ReusedStep(from: linkedRun(), directory: maybe { $0.text() })
            ),
            .outputReused(step: text(), key: text(), value: text()),
            .runResumed(RunResumed(recovery: int(), diedAt: instant())),
            .stepReady(step: text(), after: maybe { $0.text() }),
            .attemptStarted(attempt()),
            .attemptLaunched(attempt(), pid: integer(), startTicks: integer()),
            .outputSet(attempt(), key: text(), value: text()),
            .attemptFinished(attempt(), attemptEnd()),
            .retryScheduled(attempt(), until: instant()),
            .stepBlocked(step: text(), gateWait()),
            .breakerChanged(breaker: text(), to: breakerState()),
            .compensationFinished(step: text(), CompensationEnd(outcome(), attempts: int())),
            .stepFinished(
                step: text(),
                StepEnd(
                    outcome(),
                    attempts: int(),
                    isTolerated: oneIn(2),
                    because: maybe { $0.text() }
                )
            ),
            .runStopping(.cancelled(by: text(), isForced: oneIn(2))),
            .runStopping(.superseded(by: RunID(high: random.next(), low: random.next() | 1))),
            .runStopping(.timedOut),
            .runStopping(.failed(step: text())),
            .runStopping(.abandoned),
            .runFinished(
                RunEnd(outcome(), step: maybe { $0.text() }, message: maybe { $0.text() })
            ),
        ]
    }

    mutating func recorded(_ event: RunEvent) -> RecordedEvent {
        RecordedEvent(sequence: integer(), at: instant(), event: event)
    }

    private mutating func runStarted() -> RunStarted {
        let attributes = (0..<Int.random(in: 0...5, using: &random)).map { index in
            oneIn(2)
                ? ResourceAttribute(text() + "\(index)", text())
                : ResourceAttribute(text() + "\(index)", integer())
        }
        return RunStarted(
            run: RunID(high: random.next(), low: random.next() | 1),
            pipeline: text(),
            stepCount: int(),
            workers: int(),
            specDigest: text(),
            trigger: text(),
            scheduledAt: instant(),
            trace: TraceContext(
                traceID: TraceID(high: random.next(), low: random.next() | 1),
                parent: maybe { SpanID($0.random.next() | 1) },
                flags: integer(),
                state: oneIn(2) ? "" : text(),
                baggage: oneIn(2) ? "" : text()
            ),
            resource: attributes,
            spanLimits: SpanLimits(
                attributeCount: int(),
                attributeValueLength: maybe { $0.int() },
                eventCount: int(),
                linkCount: int(),
                eventAttributeCount: int(),
                linkAttributeCount: oneIn(2) ? SpanLimits.standardCount : int()
            ),
            isExported: oneIn(2),
            request: maybe { events in
                RequestIdentity(key: events.digest(), content: events.digest())
            },
            retryOf: maybe { $0.linkedRun() },
            finalSteps: oneIn(2) ? [] : [text(), text()],
            formatVersion: int()
        )
    }

    private mutating func linkedRun() -> LinkedRun {
        LinkedRun(
            run: RunID(high: random.next(), low: random.next() | 1),
            trace: TraceID(high: random.next(), low: random.next() | 1)
        )
    }

    private mutating func digest() -> RequestDigest {
        RequestDigest(high: random.next(), low: random.next() | 1)
    }

    private mutating func attempt() -> AttemptRef {
        AttemptRef(step: text(), part: oneIn(2) ? .main : .condition, number: int())
    }

    private mutating func attemptEnd() -> AttemptEnd {
        AttemptEnd(
            outcome(),
            exitCode: maybe { $0.integer() },
            signal: maybe { $0.integer() },
            isOOMDoubtful: oneIn(2),
            usage: maybe { $0.usage() },
            endedAt: maybe { $0.instant() },
            message: maybe { $0.text() },
            executable: maybe { $0.text() },
            tail: maybe { events in
                let count = Int.random(in: 0...20, using: &events.random)
                return OutputTail(
                    lines: (0..<count).map { _ in events.text() },
                    totalLines: events.int()
                )
            }
        )
    }

    private mutating func usage() -> ResourceUsage {
        ResourceUsage(
            userCPU: .nanoseconds(integer(Int64.self)),
            systemCPU: .nanoseconds(integer(Int64.self)),
            peakMemory: maybe { $0.integer() },
            peakMemoryFloor: integer(),
            bytesRead: maybe { $0.integer() },
            bytesWritten: maybe { $0.integer() },
            voluntarySwitches: integer(),
            involuntarySwitches: integer()
        )
    }

    private mutating func outcome() -> Outcome {
        let all = RunResult.allCases.flatMap { result in
            Outcome.reasons(of: result).compactMap { Outcome(result, $0) }
        }
        return all.randomElement(using: &random) ?? .success
    }

    private mutating func instant() -> Timestamp { Timestamp(nanoseconds: integer()) }
    private mutating func int() -> Int { integer() }
    private mutating func oneIn(_ count: Int) -> Bool { random.oneIn(count) }

    private mutating func integer<Integer: FixedWidthInteger>(
        _: Integer.Type = Integer.self
    ) -> Integer {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: .min
        case 1: .max
        case 2: 0
        case 3: 1
        default: Integer(truncatingIfNeeded: random.next())
        }
    }

    private mutating func maybe<Value>(_ make: (inout RandomEvents) -> Value) -> Value? {
        oneIn(2) ? make(&self) : nil
    }

    private mutating func text() -> String {
        let pieces = [
            "", "load", "\0", "\"", "\\", "\n\r\t\u{1}\u{1F}\u{7F}", "{\"crc\":\"", "},{", "é",
            "e\u{301}", "😀", "\u{FFFF}\u{10FFFF}", "\u{2028}", "\\u0000", "/", "null",
            String(repeating: "x", count: 40),
        ]
        let count = Int.random(in: 0...4, using: &random)
        return (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
    }
}
