package import Pipeline

/// Writes the list of a run's events as a test reads it: one call an event, times in seconds from
/// the run's start, sequence numbers by themselves.
package struct RunScript: Sendable {
    /// 2026-03-09T23:10:00Z: with an offset of three hours it is the next day.
    package static let start = Timestamp(nanoseconds: 1_773_097_800_000_000_000)
    package static let run = RunID(high: 0x7f3c_0000_0000_0001, low: 0x1122_3344_5566_d901)

    package private(set) var events: [RecordedEvent] = []

    package init() {}

    /// Begins with `run_started`.
    package init(pipeline: String, steps: Int, workers: Int = 2) {
        add(
            0,
            .runStarted(
                RunStarted(
                    run: RunScript.run,
                    pipeline: pipeline,
                    stepCount: steps,
                    workers: workers,
                    specDigest: String(repeating: "ab", count: 32),
                    trigger: "cli",
                    scheduledAt: RunScript.start,
                    trace: TraceContext(
                        traceID: TraceID(high: RunScript.run.high, low: RunScript.run.low)
                    )
                )
            )
        )
    }

    package static func at(_ seconds: Double) -> Timestamp {
        start + .milliseconds(Int64(seconds * 1_000))
    }

    package mutating func add(_ seconds: Double, _ event: RunEvent) {
        events.append(
            RecordedEvent(
                sequence: UInt64(events.count + 1),
                at: RunScript.at(seconds),
                event: event
            )
        )
    }

    package mutating func ready(_ seconds: Double, _ step: String, after: String? = nil) {
        add(seconds, .stepReady(step: step, after: after))
    }

    package mutating func starts(
        _ seconds: Double,
        _ step: String,
        _ number: Int = 1,
        part: StepPart = .main,
        pid: Int32? = 4_242
    ) {
        let ref = AttemptRef(step: step, part: part, number: number)
        add(seconds, .attemptStarted(ref))
        guard let pid else { return }
        add(seconds, .attemptLaunched(ref, pid: pid, startTicks: 99))
    }

    package mutating func ends(
        _ seconds: Double,
        _ step: String,
        _ number: Int = 1,
        part: StepPart = .main,
        _ end: AttemptEnd = AttemptEnd(.success, exitCode: 0)
    ) {
        add(seconds, .attemptFinished(AttemptRef(step: step, part: part, number: number), end))
    }

    /// The first attempt ends so.
    package mutating func ends(_ seconds: Double, _ step: String, _ end: AttemptEnd) {
        ends(seconds, step, 1, end)
    }

    package mutating func finishes(
        _ seconds: Double,
        _ step: String,
        _ outcome: Outcome = .success,
        attempts: Int = 1,
        tolerated: Bool = false,
        because: String? = nil
    ) {
        let end = StepEnd(
            outcome,
            attempts: attempts,
            isTolerated: tolerated,
            because: because
        )
        add(seconds, .stepFinished(step: step, end))
    }

    /// Puts the events in order of time, so that a test may write one step after the other.
    package mutating func sort() {
        let ordered = events.enumerated().sorted {
            ($0.element.at, $0.offset) < ($1.element.at, $1.offset)
        }
        events = ordered.enumerated().map { position, event in
            RecordedEvent(
                sequence: UInt64(position + 1),
                at: event.element.at,
                event: event.element.event
            )
        }
    }

    /// A step that is ready, runs once and succeeds.
    package mutating func succeeds(
        _ step: String,
        from: Double,
        to: Double,
        after: String? = nil,
        usage: ResourceUsage? = nil
    ) {
        ready(from, step, after: after)
        starts(from, step)
        ends(to, step, AttemptEnd(.success, exitCode: 0, usage: usage))
        finishes(to, step)
    }

    package mutating func ends(_ seconds: Double, run end: RunEnd) {
        add(seconds, .runFinished(end))
    }
}

extension RunEvent {
    /// The next attempt of the step's own command.
    package static func retryScheduled(step: String, next: Int, until: Timestamp) -> RunEvent {
        .retryScheduled(AttemptRef(step: step, number: next), until: until)
    }
}
