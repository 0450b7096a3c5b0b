package import Pipeline

/// The spans of all runs of a process, as `/debug/spans` shows them without any backend: counts by
/// class and latency, the latest of each, and what is open.
///
/// A projection like any other: runs' events go in, and nothing else. It is bounded: classes beyond
/// those of `SpanClassList` are counted together, samples beyond `samples` are counted and not kept.
package struct SpanBoard: Sendable {
    /// Each about a kilobyte.
    private static let samples = 2_048
    /// Runs that were interrupted here, and may be taken up here.
    private static let interrupted = 1_024

    private struct Live {
        var fold = SpanFold()
        var pipeline = ""
        var last: UInt64 = 0
    }

    /// From when on spans are counted: those that ended before are another process's.
    package let since: Timestamp
    package private(set) var tallies: [SpanClass: SpanTally] = [:]
    private(set) var classes = SpanClassList()
    /// Samples that there was no room for.
    package private(set) var samplesDropped = 0
    /// Runs whose spans are not all known, since events of theirs were dropped on the way here.
    package private(set) var runsLost = 0
    private var kept = 0
    private var live: [RunID: Live] = [:]
    private var lost: Set<RunID> = []
    /// What was counted of runs that were interrupted, oldest first.
    private var counted: [(run: RunID, last: UInt64)] = []
    /// To hold what one event closes, so that memory is asked for once.
    private var closed: [FinishedSpan] = []

    package init(since: Timestamp) {
        self.since = since
    }

    /// Takes the next events of a run.
    ///
    /// The first ones of a run that is taken up are all that its journal holds.
    package mutating func apply(_ events: [RecordedEvent], of run: RunID) {
        guard !lost.contains(run), let first = events.first else { return }
        var state = live.removeValue(forKey: run) ?? Live()
        let before = counted.first { $0.run == run }?.last ?? 0
        guard first.sequence == state.last + 1 else { return lose(run) }
        for event in events {
            if case .runStarted(let started) = event.event { state.pipeline = started.pipeline }
            state.last = event.sequence
            closed.removeAll(keepingCapacity: true)
            state.fold.apply(event, into: &closed)
            guard event.sequence > before else { continue }
            count(event.event, state.pipeline)
        }
        if case .runFinished = events.last?.event {
            counted.removeAll { $0.run == run }
        } else {
            live[run] = state
        }
    }

    /// Nothing more will come of a run from here; it may be taken up again.
    package mutating func close(_ run: RunID) {
        lost.remove(run)
        guard let state = live.removeValue(forKey: run) else { return }
        counted.removeAll { $0.run == run }
        counted.append((run, state.last))
        if counted.count > Self.interrupted { counted.removeFirst() }
    }

    /// What is open now, run by run.
    package func forEachOpen(_ body: (SpanClass, OpenSpan) -> Void) {
        for state in live.values {
            state.fold.forEachOpen { span in
                body(SpanClass(pipeline: state.pipeline, span.path), span)
            }
        }
    }

    private mutating func lose(_ run: RunID) {
        lost.insert(run)
        runsLost += 1
    }

    /// Counts what an event has closed: its own span is the last of them, others are waits that it
    /// ended.
    private mutating func count(_ event: RunEvent, _ pipeline: String) {
        for (position, span) in closed.enumerated() where span.end >= since {
            let own = position == closed.count - 1 ? Self.own(event) : nil
            let spanClass =
                own.map { SpanClass(pipeline: pipeline, $0) }
                ?? SpanClass(pipeline: pipeline, step: Self.step(of: span), part: .wait)
            let place = classes.admit(spanClass)
            let added = tallies[place, default: SpanTally()].add(span, room: Self.samples - kept)
            kept += added.kept
            samplesDropped += added.dropped
        }
    }

    /// The place of the span that the event closes itself.
    private static func own(_ event: RunEvent) -> SpanPath? {
        switch event {
        case .attemptFinished(let attempt, _): .attempt(attempt)
        case .stepFinished(let step, _): .step(step)
        case .runFinished: .run
        default: nil
        }
    }

    private static func step(of wait: FinishedSpan) -> String? {
        guard case .wait(_, let step) = wait.body else { return nil }
        return step
    }
}
