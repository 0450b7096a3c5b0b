/// Decisions about the run as a whole: its start, its being stopped, its end.
extension RunMachine {
    mutating func begin(at now: Timestamp, into turn: inout RunTurn) {
        precondition(isStarted, "the run's start is written before the machine starts it")
    }

    mutating func resume(_ resumed: RunResumed, at now: Timestamp, into turn: inout RunTurn) {
        precondition(isStarted, "a journal begins with the run's start")
        emit(.runResumed(resumed), at: now, into: &turn)
        let end = AttemptEnd(Outcome(.agentCrash), endedAt: resumed.diedAt)
        endAttemptsInFlight(end, at: now, into: &turn)
    }

    /// Starts nothing any more, handlers neither: the run is long over.
    mutating func abandon(at now: Timestamp, into turn: inout RunTurn) {
        precondition(isStarted, "a journal begins with the run's start")
        // A run whose every step has ended only lacks its last line.
        if unfinished > 0, stop != .abandoned {
            emit(.runStopping(.abandoned), at: now, into: &turn)
        }
        endAttemptsInFlight(AttemptEnd(Outcome(.agentCrash)), at: now, into: &turn)
        touched += steps.indices.filter { !steps[$0].isFinished }
    }

    private mutating func endAttemptsInFlight(
        _ end: AttemptEnd,
        at now: Timestamp,
        into turn: inout RunTurn
    ) {
        for step in steps.indices {
            guard let part = runningPart(of: step) else { continue }
            emit(.attemptFinished(reference(step, part), end), at: now, into: &turn)
        }
    }

    mutating func cancel(
        by: String,
        isForced: Bool,
        at now: Timestamp,
        into turn: inout RunTurn
    ) {
        guard isStarted else { return }
        // Whoever asks again, of a run that is being ended already, does not want to wait.
        stopRun(.cancelled(by: by, isForced: isForced || isStoppingAll), at: now, into: &turn)
    }

    /// Whether the run is being ended as a whole, not only starting nothing new.
    var isStoppingAll: Bool {
        switch stop {
        case .cancelled, .superseded, .timedOut, .abandoned: true
        case .failed, nil: false
        }
    }

    private var isForced: Bool { stop?.isForced ?? false }

    /// Whether the run's being stopped leaves the step its chance.
    func mayStart(_ step: Int) -> Bool {
        switch (stop, plan.steps[step].when) {
        case (nil, _): true
        case (.cancelled(_, true), _), (.abandoned, _): false
        case _ where plan.steps[step].isFinal: true
        case (_, .always): true
        case (.failed, .failure): true
        default: false
        }
    }

    mutating func stopIfFailed(at now: Timestamp, into turn: inout RunTurn) {
        guard stop == nil, plan.failure != .continue, let step = firstBad,
            !plan.steps[step].isFinal
        else { return }
        stopRun(.failed(step: plan.steps[step].name), at: now, into: &turn)
    }

    mutating func stopRun(
        _ cause: StopCause,
        at now: Timestamp,
        into turn: inout RunTurn
    ) {
        guard !isForced else { return }
        emit(.runStopping(cause), at: now, into: &turn)
        for step in steps.indices where !steps[step].isFinished {
            touched.append(step)
            guard case .running(let part) = steps[step].phase else { continue }
            stopAttempt(step, part, cause, at: now, into: &turn)
        }
        if let step = undoing.current, undoing.phase == .running {
            stopAttempt(step, .compensation, cause, at: now, into: &turn)
        }
    }

    private mutating func stopAttempt(
        _ step: Int,
        _ part: StepPart,
        _ cause: StopCause,
        at now: Timestamp,
        into turn: inout RunTurn
    ) {
        switch cause {
        case .cancelled(_, isForced: true):
            if steps[step].stopping == nil { steps[step].stopping = .cancel }
            steps[step].deadline = nil
            turn.effects.append(.kill(reference(step, part)))
        // What repairs the run, or comes after it, has its own limits.
        case _ where part == .compensation || plan.steps[step].isFinal: return
        case .cancelled, .superseded, .timedOut:
            guard plan.steps[step].when != .always else { return }
            let stopping: StepState.Stopping = cause == .timedOut ? .runTimeout : .cancel
            terminate(step, part, because: stopping, at: now, into: &turn)
        case .failed:
            guard plan.failure == .cancel, plan.steps[step].when == .success else { return }
            terminate(step, part, because: .cancel, at: now, into: &turn)
        // Nothing runs by then.
        case .abandoned: return
        }
    }

    mutating func finish(at now: Timestamp, into turn: inout RunTurn) {
        let end = endSoFar
        emit(.runFinished(end), at: now, into: &turn)
        turn.effects.append(.finish(end))
    }

    /// How all but `finally` has ended, or ends as far as is known.
    package var verdict: Outcome {
        if mainStop == nil, let step = firstBad, plan.steps[step].isFinal { return .success }
        return endSoFar.outcome
    }

    private var endSoFar: RunEnd {
        let end: RunEnd
        switch mainStop {
        case .cancelled(let by, _): end = RunEnd(Outcome(.cancel), message: "cancelled by \(by)")
        case .superseded(let other):
            end = RunEnd(Outcome(.superseded), message: "superseded by run \(other)")
        case .timedOut: end = RunEnd(Outcome(.timeout), message: "the run's timeout passed")
        case .abandoned:
            let message = "its process was gone, and nobody took the run up again"
            end = RunEnd(Outcome(.agentCrash), message: message)
        case .failed, nil: end = endByFirstBad
        }
        return end
    }

    private var endByFirstBad: RunEnd {
        guard let step = firstBad, case .finished(let outcome, _) = steps[step].phase else {
            return RunEnd(.success)
        }
        return RunEnd(outcome, step: plan.steps[step].name)
    }
}
