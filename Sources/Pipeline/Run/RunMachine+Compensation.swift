/// Undoing what a failed run has done (design §4, repair): one step after the other, the one that
/// ended last first, each until it succeeds or its attempts are used up.
///
/// The steps' own phases stay what they were; where undoing stands is `Undoing`.
extension RunMachine {
    /// A fold over events, but for `deadline` and `stopping`, which are the step's own.
    struct Undoing: Sendable {
        enum Phase: Sendable, Equatable {
            /// The next attempt may start.
            case idle
            case running
            /// The attempt has ended and what follows from it is not yet written.
            case judged(AttemptEnd)
            case backingOff
        }

        /// Steps to undo, the next one last: in order of completion.
        var steps: [Int] = []
        var phase = Phase.idle
        /// Of the step that is being undone.
        var attempts = 0
        var charged = 0

        var current: Int? { steps.last }
    }

    /// Whether what was done must be undone: the run has failed, and nobody forbids it.
    private var isUndoDue: Bool { openMain == 0 && verdict.result != .success }

    /// Whether nothing is left to undo.
    var isUndone: Bool { undoing.steps.isEmpty || !isUndoDue }

    mutating func advanceUndoing(at now: Timestamp, into turn: inout RunTurn) {
        while let step = undoing.current, isUndoDue, end == nil {
            switch undoing.phase {
            case .running: return
            case .backingOff where steps[step].deadline != nil && isUndoAllowed: return
            case .backingOff, .idle:
                guard isUndoAllowed else {
                    endUndoing(step, Outcome(.cancel), at: now, into: &turn)
                    continue
                }
                let attempt = AttemptRef(
                    step: plan.steps[step].name,
                    part: .compensation,
                    number: undoing.attempts + 1
                )
                emit(.attemptStarted(attempt), at: now, into: &turn)
                turn.effects.append(.launch(attempt, stepIndex: step))
                return
            case .judged(let end): judgeUndoing(step, end, at: now, into: &turn)
            }
        }
    }

    private var isUndoAllowed: Bool {
        switch stop {
        case .cancelled(_, isForced: true), .abandoned: false
        case .cancelled, .superseded, .timedOut, .failed, nil: true
        }
    }

    private mutating func judgeUndoing(
        _ step: Int,
        _ end: AttemptEnd,
        at now: Timestamp,
        into turn: inout RunTurn
    ) {
        let policy = plan.steps[step].compensation?.retry ?? RetryPolicy()
        if end.outcome.result == .success || !isUndoAllowed {
            endUndoing(step, end.outcome, at: now, into: &turn)
        } else if end.outcome.reason.isInterruption {
            if recoveries > plan.recoveries {
                endUndoing(step, Outcome(.recoveryLimit), at: now, into: &turn)
            } else {
                undoing.phase = .idle
            }
        } else if undoing.charged < policy.attempts, policy.allowsRetry(after: end) {
            let name = plan.steps[step].name
            let next = AttemptRef(step: name, part: .compensation, number: undoing.attempts + 1)
            let fraction = retryJitter(run: run, step: "undo \(name)", attempt: undoing.attempts)
            let delay = policy.delay(afterFailures: undoing.charged, fraction: fraction)
            emit(.retryScheduled(next, until: now + delay), at: now, into: &turn)
        } else {
            endUndoing(step, end.outcome, at: now, into: &turn)
        }
    }

    private mutating func endUndoing(
        _ step: Int,
        _ outcome: Outcome,
        at now: Timestamp,
        into turn: inout RunTurn
    ) {
        let end = CompensationEnd(outcome, attempts: undoing.attempts)
        emit(.compensationFinished(step: plan.steps[step].name, end), at: now, into: &turn)
    }

    // MARK: - The fold

    /// Whether a step that ended so has left something to undo: it did its work, or nobody knows
    /// how far it came.
    func leavesSomething(_ end: StepEnd, _ step: Int) -> Bool {
        guard plan.steps[step].compensation != nil, end.attempts > 0 else { return false }
        switch end.outcome.reason {
        case .exit: return end.outcome.result == .success
        case .agentCrash, .recoveryLimit, .timeout, .idleTimeout, .oomKill, .signal, .journal,
            .cancel, .drain, .superseded:
            return true
        default: return false
        }
    }

    mutating func applyUndoStart(_ attempt: AttemptRef, _ step: Int) -> String? {
        guard undoing.current == step, openMain == 0 else { return "undoing out of turn" }
        guard undoing.phase != .running else { return "a second attempt to undo" }
        guard attempt.number == undoing.attempts + 1 else { return "an attempt out of turn" }
        undoing.attempts += 1
        undoing.phase = .running
        steps[step].deadline = nil
        running += 1
        return nil
    }

    mutating func applyUndoAttemptEnd(_ end: AttemptEnd, _ step: Int) {
        undoing.phase = .judged(end)
        if !end.outcome.reason.isInterruption { undoing.charged += 1 }
        steps[step].stopping = nil
        steps[step].deadline = nil
        running -= 1
    }

    mutating func applyUndoEnd(_ step: Int) -> String? {
        guard undoing.current == step else { return "the end of undoing what is not undone" }
        guard undoing.phase != .running else { return "the end of undoing while it runs" }
        undoing.steps.removeLast()
        undoing.phase = .idle
        undoing.attempts = 0
        undoing.charged = 0
        steps[step].deadline = nil
        return nil
    }
}
