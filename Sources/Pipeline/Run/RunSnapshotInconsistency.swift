/// An event that does not fit the run: a lost, repeated or forged line, or a mistake of ours.
///
/// It is a value, so that whoever shows the run can say so.
package struct RunInconsistency: Sendable, Hashable, CustomStringConvertible {
    package enum Problem: Sendable, Hashable {
        /// An event before `run_started`.
        case notStarted
        case startedTwice
        /// An event after `run_finished`.
        case afterEnd
        /// The sequence number was seen before.
        case repeated(last: UInt64)
        case gap(expected: UInt64)
        case timeWentBack(by: Duration)
        case unknownStep(String)
        case tooManySteps(String)
        /// The step cannot do `what` where it stands.
        case step(String, isIn: StepSnapshot.State, what: String)
        case attemptNumber(AttemptRef, expected: Int)
        case notInFlight(AttemptRef, what: String)
        case tooManyOutputs(step: String, key: String)
        case retryNumber(step: String, next: Int, expected: Int)
        case recoveryNumber(Int, expected: Int)
        case endedWhileRunning(steps: Int)
    }

    package let sequence: UInt64
    package let problem: Problem

    package var description: String {
        "event \(sequence): \(problem.text)"
    }
}

extension RunInconsistency.Problem {
    /// True when only a detail is contradicted, so that the event is still taken over.
    var isTolerable: Bool {
        switch self {
        case .gap, .timeWentBack, .retryNumber, .recoveryNumber, .endedWhileRunning: true
        case .notStarted, .startedTwice, .afterEnd, .repeated, .unknownStep, .tooManySteps, .step,
            .attemptNumber, .notInFlight, .tooManyOutputs:
            false
        }
    }

    var text: String {
        switch self {
        case .notStarted: "it comes before the run's start, so it is passed over"
        case .startedTwice: "the run starts a second time; the first start counts"
        case .afterEnd: "it follows the run's end, so it is passed over"
        case .repeated(let last): "it was seen before (the last was \(last)), so it is passed over"
        case .gap(let expected): "events from \(expected) on are missing before it"
        case .timeWentBack(let by): "it is \(by) older than the event before it"
        case .unknownStep(let name): "the plan has no step '\(name)'"
        case .tooManySteps(let name): "step '\(name)' is one more than \(Limits.steps)"
        case .step(let name, let state, let what): "step '\(name)' \(what), but it \(state.text)"
        case .attemptNumber(let ref, let expected):
            "attempt \(ref.number) of '\(ref.step)' starts where attempt \(expected) is due"
        case .notInFlight(let ref, let what):
            "attempt \(ref.number) of '\(ref.step)' \(what), but it is not in flight"
        case .tooManyOutputs(let step, let key):
            "output '\(key)' of '\(step)' is one more than \(Limits.outputKeys)"
        case .retryNumber(let step, let next, let expected):
            "attempt \(next) of '\(step)' is announced where attempt \(expected) is due"
        case .recoveryNumber(let number, let expected):
            "recovery \(number) is recorded where recovery \(expected) is due"
        case .endedWhileRunning(let steps): "the run ends while \(steps) steps still run"
        }
    }
}

extension StepSnapshot.State {
    fileprivate var text: String {
        switch self {
        case .waiting: "waits for its needs"
        case .ready: "waits for a worker"
        case .blocked(let wait, _): "waits for the \(wait.kind.words) \(wait.name)"
        case .running: "runs"
        case .backingOff: "waits for its next attempt"
        case .finished: "has ended"
        }
    }
}
