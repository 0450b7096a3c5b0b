package import Pipeline

/// Turns the events of one run into messages: none or one for each event.
///
/// | event | message |
/// |---|---|
/// | `runStarted` | `status`, `done` 0 of `total` |
/// | `runResumed` | `status`, which recovery it is |
/// | `stepReady` | none: the step waits for a worker, nobody sees a change |
/// | `attemptStarted` | `stage_start` for the first of the step's main part, `progress` for the next ones; none for its condition |
/// | `attemptLaunched` | none |
/// | `outputSet` | none: values may be large, `report.json` has them |
/// | `attemptFinished` | `error` when the main part did not succeed; none when it did (`stage_complete` follows) and for a condition |
/// | `retryScheduled` | `progress`, `attempt` is the next one |
/// | `stepFinished` | `stage_complete`, also for a step that never started and so had no `stage_start` |
/// | `runStopping` | `status`, why |
/// | `runFinished` | `complete`, the last message |
///
/// Fed from the run's first event on; nothing comes before it.
package struct ProgressFeed: Sendable {
    private var started: RunStarted?
    private var done = 0

    package init() {}

    package mutating func message(for recorded: RecordedEvent) -> ProgressMessage? {
        if case .runStarted(let content) = recorded.event { started = content }
        if case .stepFinished = recorded.event { done += 1 }
        guard let started, var message = content(recorded.event, recorded.at, started) else {
            return nil
        }
        message.run = started.run
        message.sequence = recorded.sequence
        message.at = recorded.at
        message.message = message.message.map(VisibleText.clean)
        return message
    }

    private func content(
        _ event: RunEvent,
        _ at: Timestamp,
        _ started: RunStarted
    ) -> ProgressMessage? {
        func make(_ kind: ProgressMessage.Kind, counts: Bool = false) -> ProgressMessage {
            ProgressMessage(
                kind: kind,
                run: started.run,
                pipeline: started.pipeline,
                sequence: 0,
                at: at,
                done: counts ? done : nil,
                total: counts ? started.stepCount : nil
            )
        }
        switch event {
        case .runStarted:
            return make(.status, counts: true).saying("started")
        case .runResumed(let resumed):
            return make(.status, counts: true).saying("resumed, recovery \(resumed.recovery)")
        case .stepReady, .attemptLaunched, .outputSet:
            return nil
        case .attemptStarted(let ref):
            guard ref.part == .main else { return nil }
            return make(ref.number == 1 ? .stageStart : .progress, counts: ref.number > 1)
                .about(ref.step, attempt: ref.number)
                .saying(ref.number == 1 ? nil : "attempt \(ref.number) started")
        case .attemptFinished(let ref, let end):
            guard ref.part == .main, end.outcome.result != .success else { return nil }
            return make(.error).about(ref.step, attempt: ref.number, end.outcome)
                .saying(ProgressFeed.words(end))
        case .retryScheduled(let step, let next, let until):
            return make(.progress, counts: true).about(step, attempt: next)
                .saying("attempt \(next) in \(HumanText.duration(until - at))")
        case .stepFinished(let step, let end):
            let tolerated = end.isTolerated ? "tolerated" : nil
            return make(.stageComplete, counts: true)
                .about(step, attempt: end.attempts > 0 ? end.attempts : nil, end.outcome)
                .saying(end.because.map { "needs \($0)" } ?? tolerated)
        case .runStopping(let cause):
            return make(.status, counts: true).saying("stopping: \(OutcomeWords.stop(cause))")
        case .runFinished(let end):
            return make(.complete, counts: true).about(end.step, attempt: nil, end.outcome)
                .saying(end.message)
        }
    }

    /// The cause, and the last line that the attempt wrote: often the whole story.
    private static func words(_ end: AttemptEnd) -> String {
        let cause = OutcomeWords.cause(end, lasted: nil)
        let detail = end.message ?? StepWords.visible(end.tail, limit: 1).lines.last
        return detail.map { "\(cause): \($0)" } ?? cause
    }
}

extension ProgressMessage {
    fileprivate func about(
        _ step: String?,
        attempt: Int?,
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
