package import Pipeline

/// Turns the events of one run into messages: none or one for each event.
///
/// | event | message |
/// |---|---|
/// | `runStarted` | `status`, `done` 0 of `total` |
/// | `runResumed` | `status`, which recovery it is |
/// | `stepReused`, `outputReused` | none: `stage_complete` follows, reason `reused` |
/// | `stepReady` | none: the step waits for a worker, nobody sees a change |
/// | `attemptStarted` | `stage_start` for the first of the step's main part, `progress` for the next ones; none for its condition |
/// | `attemptLaunched` | none |
/// | `outputSet` | none: values may be large, `report.json` has them |
/// | `attemptFinished` | `error` when the main part did not succeed; none when it did (`stage_complete` follows) and for a condition |
/// | `retryScheduled` | `progress`, `attempt` is the next one |
/// | `stepBlocked` | `progress`, what the step waits for |
/// | `breakerChanged` | `status`, what it became |
/// | `compensationFinished` | `progress` when the step is undone, `error` when it is not |
/// | `stepFinished` | `stage_complete`, also for a step that never started and so had no `stage_start` |
/// | `runStopping` | `status`, why |
/// | `runFinished` | `complete`, the last message |
///
/// Fed from the run's first event on; nothing comes before it.
package struct ProgressFeed: Sendable {
    private var started: RunStarted?
    private var done = 0
    private var lastSequence: UInt64 = 0

    package init() {}

    /// - Returns: `nil` for an event without a message, and for one that was fed before.
    package mutating func message(for recorded: RecordedEvent) -> ProgressMessage? {
        guard recorded.sequence > lastSequence else { return nil }
        lastSequence = recorded.sequence
        if case .runStarted(let content) = recorded.event { started = content }
        if case .stepFinished = recorded.event { done += 1 }
        guard let started, var message = content(recorded, of: started) else { return nil }
        message.message = message.message.map(VisibleText.clean)
        return message
    }

    private func content(
        _ recorded: RecordedEvent,
        of started: RunStarted
    ) -> ProgressMessage? {
        func make(_ kind: ProgressMessage.Kind, counts: Bool = true) -> ProgressMessage {
            let message = ProgressMessage(kind, recorded, of: started)
            return counts ? message.counting(done, of: started.stepCount) : message
        }
        switch recorded.event {
        case .stepReused, .outputReused, .stepReady, .attemptLaunched, .outputSet:
            return nil
        case .runStarted:
            return make(.status).saying(
                started.retryOf.map { "started, a retry of \($0.run)" } ?? "started"
            )
        case .runResumed(let resumed):
            return make(.status).saying("resumed, recovery \(resumed.recovery)")
        case .runStopping(let cause):
            return make(.status).saying("stopping: \(OutcomeWords.stop(cause))")
        case .runFinished(let end):
            return make(.complete).about(end.step, end.outcome).saying(end.message)
        case .attemptStarted(let ref): return start(of: ref, make)
        case .attemptFinished(let ref, let end):
            guard ref.part == .main else { return nil }
            return failure(ref, end, make(.error, counts: false))
        case .retryScheduled(let next, let until):
            return again(next, in: until - recorded.at, make(.progress))
        case .stepBlocked(let step, let wait):
            return make(.progress).about(step)
                .saying(StepWords.waiting(for: wait, at: recorded.at))
        case .breakerChanged(let breaker, let state):
            return make(.status).saying("breaker \(breaker) is \(state.rawValue)")
        case .compensationFinished(let step, let end):
            return undoing(of: step, end, make(end.isUndone ? .progress : .error))
        case .stepFinished(let step, let end):
            return completion(step, end, make(.stageComplete))
        }
    }

    private func start(
        of ref: AttemptRef,
        _ make: (ProgressMessage.Kind, Bool) -> ProgressMessage
    ) -> ProgressMessage? {
        switch ref.part {
        case .condition: nil
        case .compensation:
            make(.progress, true).about(ref.step, attempt: ref.number).saying("is being undone")
        case .main where ref.number == 1: make(.stageStart, false).about(ref.step, attempt: 1)
        case .main:
            make(.progress, true).about(ref.step, attempt: ref.number)
                .saying("attempt \(ref.number) started")
        }
    }

    private func again(
        _ next: AttemptRef,
        in wait: Duration,
        _ message: ProgressMessage
    ) -> ProgressMessage {
        let what = next.part == .compensation ? "undoing, attempt" : "attempt"
        return message.about(next.step, attempt: next.number)
            .saying("\(what) \(next.number) in \(HumanText.duration(wait))")
    }

    private func undoing(
        of step: String,
        _ end: CompensationEnd,
        _ message: ProgressMessage
    ) -> ProgressMessage {
        message.about(step, attempt: end.attempts > 0 ? end.attempts : nil, end.outcome)
            .saying(end.isUndone ? "undone" : "not undone")
    }

    private func failure(
        _ ref: AttemptRef,
        _ end: AttemptEnd,
        _ message: ProgressMessage
    ) -> ProgressMessage? {
        guard end.outcome.result != .success else { return nil }
        return message.about(ref.step, attempt: ref.number, end.outcome)
            .saying(FailureMessage.text(of: end))
    }

    private func completion(
        _ step: String,
        _ end: StepEnd,
        _ message: ProgressMessage
    ) -> ProgressMessage {
        let tolerated = end.isTolerated ? "tolerated" : nil
        return message.about(step, attempt: end.attempts > 0 ? end.attempts : nil, end.outcome)
            .saying(OutcomeWords.because(end) ?? tolerated)
    }
}

extension ProgressMessage {
    fileprivate init(_ kind: Kind, _ recorded: RecordedEvent, of started: RunStarted) {
        self.kind = kind
        run = started.run
        pipeline = started.pipeline
        sequence = recorded.sequence
        at = recorded.at
    }

    fileprivate func counting(_ done: Int, of total: Int) -> ProgressMessage {
        var message = self
        message.done = done
        message.total = total
        return message
    }

    fileprivate func about(
        _ step: String?,
        attempt: Int? = nil,
        _ outcome: Outcome? = nil
    ) -> ProgressMessage {
        var message = self
        message.step = step
        message.attempt = attempt
        message.outcome = outcome
        return message
    }

    fileprivate func saying(_ words: String?) -> ProgressMessage {
        var message = self
        message.message = words
        return message
    }
}
