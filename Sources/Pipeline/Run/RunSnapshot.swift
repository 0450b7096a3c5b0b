/// A run as it stands: the fold of its events that terminals, pages and reports are drawn from.
///
/// It holds no clock. What depends on the present (how long a step has been waiting) takes the
/// instant as a parameter. No event traps: one that does not fit is reported as a
/// `RunInconsistency` and, unless it only contradicts a detail, leaves the rest as it was.
package struct RunSnapshot: Sendable, Equatable {
    /// The values of OpenTelemetry's `cicd.pipeline.run.state`, and the end.
    package enum State: String, Sendable, CaseIterable {
        /// No step has started or ended yet.
        case pending
        case executing
        /// All steps have ended, the run has not.
        case finalizing
        case finished
    }

    /// The first event's content; `nil` before it.
    package internal(set) var started: RunStarted?
    package internal(set) var startedAt: Timestamp?
    package internal(set) var endedAt: Timestamp?
    /// How often the run was taken up again after a crash.
    package internal(set) var recoveries = 0
    /// The latest reason to start nothing new.
    package internal(set) var stop: StopCause?
    /// Outcome, deciding step and message, once the run has ended.
    package internal(set) var end: RunEnd?
    /// In the plan's order when the plan is known, else in order of first appearance.
    package internal(set) var steps: [StepSnapshot] = []
    package internal(set) var usage = UsageTotals()
    /// What breakers became because of this run; one that it did not change is absent.
    package internal(set) var breakers: [String: BreakerState] = [:]
    /// Sequence number and time of the last event.
    package internal(set) var sequence: UInt64 = 0
    package internal(set) var lastEventAt: Timestamp?
    /// The first of what did not fit; `inconsistencyCount` counts all of it.
    package internal(set) var inconsistencies: [RunInconsistency] = []
    package internal(set) var inconsistencyCount = 0

    var index: [String: Int] = [:]
    var tally = Tally()
    /// Of the steps that ran, the one that ended last: where the critical path is walked from.
    var lastEnded: Int?
    var tailsKept = 0
    /// True when the plan named the steps, so that another name cannot be right.
    let knowsSteps: Bool

    /// The steps appear as the events name them; what each needs is then unknown.
    package init() {
        knowsSteps = false
    }

    /// Shows all steps from the start, in the plan's order, with what they wait for.
    package init(plan: Plan) {
        knowsSteps = true
        steps = plan.steps.map { step in
            StepSnapshot(
                name: step.name,
                needs: step.needs,
                attemptsAllowed: step.retry.attempts,
                isFinal: step.isFinal
            )
        }
        for (position, step) in steps.enumerated() { index[step.name] = position }
    }

    package var state: State {
        if end != nil { return .finished }
        guard tally.begun > 0 else { return .pending }
        return tally.finished >= stepCount ? .finalizing : .executing
    }

    package var outcome: Outcome? { end?.outcome }

    /// The steps of the run, those that have not appeared yet included.
    package var stepCount: Int { max(started?.stepCount ?? 0, steps.count) }

    package var counts: StepCounts {
        var counts = tally.counts
        counts.waiting = max(0, stepCount - tally.finished - counts.running)
        return counts
    }

    package func step(_ name: String) -> StepSnapshot? {
        index[name].map { steps[$0] }
    }

    /// The instant that durations run to: the end, or `now` while the run goes on.
    package func horizon(_ now: Timestamp? = nil) -> Timestamp? {
        endedAt ?? [now, lastEventAt].compactMap(\.self).max()
    }

    /// The wall time from the start to the end, or to `now`.
    package func elapsed(at now: Timestamp? = nil) -> Duration? {
        guard let startedAt, let horizon = horizon(now) else { return nil }
        return max(.zero, horizon - startedAt)
    }
}

/// How many steps are where; each step is counted once.
package struct StepCounts: Sendable, Hashable {
    package var ok = 0
    /// Ended badly (failure, error, timeout) and not tolerated.
    package var failed = 0
    /// Ended badly, and `allow_failure` let the run go on.
    package var tolerated = 0
    package var skipped = 0
    package var cancelled = 0
    package var running = 0
    /// Of the finished ones those that are being undone now: one at most.
    package var undoing = 0
    /// Neither running nor ended.
    package var waiting = 0

    package init() {}

    package var finished: Int { ok + failed + tolerated + skipped + cancelled }

    /// Counts one ended step.
    package mutating func add(_ end: StepEnd) {
        if end.isTolerated {
            tolerated += 1
            return
        }
        switch end.outcome.result {
        case .success: ok += 1
        case .failure, .error, .timeout: failed += 1
        case .cancellation: cancelled += 1
        case .skip: skipped += 1
        }
    }
}

/// What the fold counts as it goes, so that no question needs a walk over all steps.
struct Tally: Sendable, Equatable {
    var counts = StepCounts()
    /// Steps that have started or ended.
    var begun = 0
    var finished = 0
}
