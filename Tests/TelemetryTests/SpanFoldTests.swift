import Pipeline
import Telemetry
import TestSupport
import Testing

struct SpanFoldTests {
    @Test(arguments: UInt64(0)..<300)
    func `makes one whole trace of any run`(seed: UInt64) throws {
        let run = RandomRun(seed: seed)
        let spans = SpanFold.spans(of: run.events)
        let waits = spans.count { $0.name.hasPrefix("wait ") }
        // Where a process was gone, a wait of any step may have been cut short.
        let isWhole = !run.events.contains {
            if case .runResumed = $0.event { true } else { false }
        }
        #expect(isWhole ? waits == run.waitCount : waits <= run.waitCount, "seed \(seed)")
        #expect(spans.count == 1 + run.stepCount + run.attemptCount + waits, "seed \(seed)")
        let byID = Dictionary(spans.map { ($0.spanID, $0) }) { first, _ in first }
        #expect(byID.count == spans.count, "seed \(seed): ids repeat")
        #expect(spans.count { $0.parentID == nil } == 1, "seed \(seed): roots")
        for span in spans {
            #expect(span.end >= span.start, "seed \(seed): \(span.name)")
            #expect(span.traceID == spans[0].traceID)
            guard let parentID = span.parentID else { continue }
            let parent = try #require(byID[parentID], "seed \(seed): \(span.name) has no parent")
            #expect(parent.start <= span.start && span.end <= parent.end, "seed \(seed)")
        }
        #expect(SpanFold.spans(of: run.events) == spans, "seed \(seed): not deterministic")
    }

    /// A journal that no machine would write: the fold keeps its promises all the same.
    @Test(arguments: UInt64(0)..<300)
    func `never repeats an id nor traps, whatever the list`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var events = RandomRun(seed: seed).events
        for _ in 0..<10 {
            let position = Int.random(in: 0..<events.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0:
                events.insert(
                    events[position],
                    at: Int.random(in: 0...events.count, using: &random)
                )
            case 1: events.swapAt(position, Int.random(in: 0..<events.count, using: &random))
            default:
                events[position].at = RunScript.at(Double.random(in: -1e6...1e6, using: &random))
            }
        }
        let spans = SpanFold.spans(of: events)
        #expect(Set(spans.map(\.spanID)).count == spans.count, "seed \(seed): ids repeat")
        #expect(spans.allSatisfy { $0.end >= $0.start }, "seed \(seed): ends before it starts")
    }

    @Test func `gives a span exactly when its closing event comes`() {
        var script = RunScript.traced()
        script.succeeds("load", from: 0, to: 1)
        script.ends(1, run: RunEnd(.success))
        var fold = SpanFold()
        var closed: [String] = []
        for event in script.events {
            var spans: [FinishedSpan] = []
            fold.apply(event, into: &spans)
            for span in spans { closed.append("\(event.sequence) \(span.name)") }
        }
        #expect(closed == ["5 attempt 1", "6 load", "7 RUN daily-reports"])
    }

    @Test func `gives nothing without a start, and nothing after the end`() {
        var script = RunScript.traced()
        script.succeeds("load", from: 0, to: 1)
        script.ends(1, run: RunEnd(.success))
        #expect(SpanFold.spans(of: script.events.dropFirst()).isEmpty)
        script.succeeds("more", from: 2, to: 3)
        script.ends(3, run: RunEnd(.exit))
        #expect(script.spans.map(\.name) == ["attempt 1", "load", "RUN daily-reports"])
    }

    @Test func `gives an attempt that comes again no second span`() {
        var script = RunScript.traced()
        script.ready(0, "load")
        for part in [StepPart.condition, .main] {
            for time in [1.0, 3] {
                script.starts(time, "load", 1, part: part)
                script.ends(time + 1, "load", 1, part: part)
            }
        }
        for _ in 1...2 { script.finishes(5, "load") }
        script.ends(5, run: RunEnd(.success))
        #expect(script.spans.map(\.name) == ["if", "attempt 1", "load", "RUN daily-reports"])
    }

    @Test func `takes an attempt that died before it started as one without length`() {
        var script = RunScript.traced()
        script.ready(0, "load")
        script.starts(10, "load")
        script.add(20, .runResumed(RunResumed(recovery: 1, diedAt: RunScript.at(5))))
        script.ends(20, "load", AttemptEnd(Outcome(.agentCrash), endedAt: RunScript.at(5)))
        script.finishes(20, "load", Outcome(.agentCrash))
        script.ends(20, run: RunEnd(Outcome(.agentCrash), step: "load"))
        let spans = script.spans
        #expect(spans.first?.start == RunScript.at(10))
        #expect(spans.first?.end == RunScript.at(10))
        #expect(spans.last?.attributes[.timeWasted] == .seconds(nanoseconds: 0))
        #expect(spans.last?.attributes[.timeWaiting] == .seconds(nanoseconds: 20_000_000_000))
    }

    @Test func `says whose the message is when the step ended otherwise than its attempt`() {
        var script = RunScript.traced()
        script.ready(0, "load")
        script.starts(0, "load")
        script.ends(1, "load", AttemptEnd(Outcome(.agentCrash)))
        script.finishes(1, "load", Outcome(.recoveryLimit))
        script.ends(1, run: RunEnd(Outcome(.recoveryLimit), step: "load"))
        let messages = script.spans.map(\.status)
        #expect(
            messages == [
                .error(message: "Weir was ended while it ran"),
                .error(message: "recovered too often after Weir was ended"),
                .error(message: "step load: recovered too often after Weir was ended"),
            ]
        )
    }

    @Test func `takes the message of the step that decided the run`() {
        var script = RunScript.traced(steps: 2)
        for (step, code) in [("first", Int32(3)), ("second", 4)] {
            script.ready(0, step)
            script.starts(0, step)
            script.ends(1, step, .failure(code, tail: ["it broke"]))
            script.finishes(1, step, .exit)
        }
        script.ends(1, run: RunEnd(.exit, step: "second"))
        #expect(script.spans.last?.status == .error(message: "step second: exit 4: it broke"))
    }

    struct Limits {
        private func failed(_ limits: SpanLimits) -> [FinishedSpan] {
            var script = RunScript.traced(limits: limits)
            script.ready(0, "load")
            for number in 1...3 {
                script.starts(Double(number), "load", number)
                script.ends(Double(number), "load", number, .failure(2, tail: ["größer"]))
                script.add(
                    Double(number),
                    .retryScheduled(step: "load", next: 2, until: RunScript.at(4))
                )
            }
            script.finishes(4, "load", .exit, attempts: 3)
            for _ in 1...3 { script.add(4, .runStopping(.timedOut)) }
            script.ends(4, run: RunEnd(.exit, step: "load"))
            return script.spans.filter { !$0.name.hasPrefix("wait ") }
        }

        @Test func `keep the first attributes and count the others`() {
            for span in failed(SpanLimits(attributeCount: 2)) {
                #expect(span.attributes.entries.map(\.key) == [.pipelineName, .pipelineRunID])
                #expect(span.attributes.dropped > 3)
            }
            let none = failed(SpanLimits(attributeCount: 0))
            #expect(none.allSatisfy { $0.attributes.entries.isEmpty && $0.attributes.dropped > 5 })
        }

        @Test func `cut texts by characters`() {
            let spans = failed(SpanLimits(attributeValueLength: 3))
            #expect(spans.last?.attributes[.pipelineName] == .text("dai"))
            #expect(spans.last?.attributes[.criticalPathSteps] == .texts(["loa"]))
            #expect(spans.first?.events.first?.attributes[.exceptionMessage] == .text("grö"))
            #expect(
                failed(SpanLimits(attributeValueLength: 0))[0].attributes[.taskName] == .text("")
            )
        }

        @Test func `keep the first events and count the others`() {
            let spans = failed(SpanLimits(eventCount: 1))
            let kept = spans.map { "\($0.name) \($0.events.count) \($0.droppedEvents)" }
            #expect(
                kept == [
                    "attempt 1 1 0", "attempt 2 1 0", "attempt 3 1 0", "load 1 2",
                    "RUN daily-reports 1 2",
                ]
            )
            let none = failed(SpanLimits(eventCount: 0))
            #expect(none.map(\.events.count) == [0, 0, 0, 0, 0])
            #expect(none.map(\.droppedEvents) == [1, 1, 1, 3, 3])
        }
    }

    @Test func `names of attributes are unique and follow the naming rules`() throws {
        let names = AttributeKey.allCases.map(\.rawValue)
        #expect(Set(names).count == names.count)
        for name in names {
            let isWellFormed = name.split(separator: ".", omittingEmptySubsequences: false)
                .allSatisfy { part in
                    part.first?.isLowercase == true && part.last != "_"
                        && part.allSatisfy { $0.isLowercase || $0 == "_" }
                }
            #expect(isWellFormed, "\(name)")
            // A name must not be the namespace of another (OTel, naming).
            #expect(!names.contains { $0.hasPrefix(name + ".") }, "\(name) is a namespace too")
        }
    }
}
