extension RunMachine {
    /// Looks at every step whose state moved until nothing moves any more, then fills the free
    /// workers, then ends the run when every step has ended.
    mutating func settle(at now: Timestamp, into turn: inout RunTurn) {
        guard isStarted, end == nil else { return }
        stopIfFailed(at: now, into: &turn)
        var next = 0
        repeat {
            while next < touched.count {
                evaluate(touched[next], at: now, into: &turn)
                next += 1
            }
            if openMain == 0 { advanceEnding(at: now, into: &turn) }
            startReady(at: now, into: &turn)
        } while next < touched.count
        touched.removeAll(keepingCapacity: true)
        if unfinished == 0, isUndone, openVerdicts == 0 { finish(at: now, into: &turn) }
    }

    private mutating func evaluate(_ step: Int, at now: Timestamp, into turn: inout RunTurn) {
        switch steps[step].phase {
        case .waiting: evaluateWaiting(step, at: now, into: &turn)
        case .judged(let part, let end): judge(step, part, end, at: now, into: &turn)
        case .ready where !mayStart(step):
            finish(step, StepEnd(Outcome(.cancel), attempts: 0), at: now, into: &turn)
        case .backingOff where !mayStart(step): giveUp(step, at: now, into: &turn)
        case .ready, .backingOff, .running, .finished: break
        }
    }

    // MARK: - Before the first attempt

    private mutating func evaluateWaiting(
        _ step: Int,
        at now: Timestamp,
        into turn: inout RunTurn
    ) {
        guard !plan.steps[step].isFinal else { return }
        let when = plan.steps[step].when
        if when == .success, let need = steps[step].spoiledBy {
            let because = plan.steps[need].name
            let end = StepEnd(Outcome(.dependency), attempts: 0, because: because)
            finish(step, end, at: now, into: &turn)
        } else if !mayStart(step) {
            finish(step, StepEnd(Outcome(.cancel), attempts: 0), at: now, into: &turn)
        } else if steps[step].openNeeds == 0 {
            if when == .failure, !steps[step].isDownstreamOfBad {
                finish(step, StepEnd(Outcome(.condition), attempts: 0), at: now, into: &turn)
            } else {
                let after = steps[step].lastNeed.map { plan.steps[$0].name }
                emit(.stepReady(step: plan.steps[step].name, after: after), at: now, into: &turn)
            }
        }
    }

    /// Starts the next attempt of a step for which there is a worker, and all that it must pass; or
    /// asks the cache, where it is the step's turn.
    mutating func start(_ step: Int, at now: Timestamp, into turn: inout RunTurn) {
        let isAsking = asksCondition(step)
        guard isAsking || !waitsForCache(step, into: &turn) else {
            ready.remove(step)
            return
        }
        let part: StepPart = isAsking ? .condition : .main
        let number = steps[step].number(of: part) + 1
        let attempt = AttemptRef(step: plan.steps[step].name, part: part, number: number)
        emit(.attemptStarted(attempt), at: now, into: &turn)
        turn.effects.append(.launch(attempt, stepIndex: step))
    }

    private func asksCondition(_ step: Int) -> Bool {
        plan.steps[step].condition != nil && !steps[step].conditionHolds
    }

    /// Whether its condition or the cache has to be asked, before it passes any gate.
    func asksFirst(_ step: Int) -> Bool {
        asksCondition(step) || asksCache(step)
    }

    /// Entries of the ready queue can be stale: the phase decides.
    func isStartable(_ step: Int) -> Bool {
        if case .backingOff = steps[step].phase { return steps[step].deadline == nil }
        return mayBegin(step)
    }

    /// Whether an attempt may be next, now or when its time has come.
    func mayBegin(_ step: Int) -> Bool {
        switch steps[step].phase {
        case .ready, .backingOff: true
        case .judged(.condition, let end) where end.outcome.result == .success: true
        case .judged(_, let end): end.outcome.reason.isInterruption
        case .waiting, .running, .finished: false
        }
    }

    // MARK: - While it runs

    mutating func launched(
        _ attempt: AttemptRef,
        pid: Int32,
        startTicks: UInt64,
        at now: Timestamp,
        into turn: inout RunTurn
    ) {
        guard let step = indexByName[attempt.step], isRunning(attempt, step) else { return }
        emit(.attemptLaunched(attempt, pid: pid, startTicks: startTicks), at: now, into: &turn)
        if steps[step].stopping != nil {
            // It was told to end before there was anything to tell.
            turn.effects.append(.terminate(attempt))
            return
        }
        let timeout =
            switch attempt.part {
            case .main: plan.steps[step].timeout
            case .condition: Limits.condition
            case .compensation: plan.steps[step].compensation?.timeout
            }
        if let timeout { setDeadline(now + timeout, of: step) }
    }

    mutating func passDeadlines(at now: Timestamp, into turn: inout RunTurn) {
        while let at = nextDeadline, at <= now, let alarm = alarms.popFirst() {
            guard let step = alarm.step else {
                stopRun(.timedOut, at: now, into: &turn)
                continue
            }
            steps[step].deadline = nil
            guard let part = runningPart(of: step) else {
                if !steps[step].isFinished { enqueue(step, passesGates: !asksFirst(step)) }
                continue
            }
            if steps[step].stopping == nil {
                terminate(step, part, because: .attemptTimeout, at: now, into: &turn)
            } else {
                turn.effects.append(.kill(reference(step, part)))
            }
        }
    }

    /// Its condition has a limit of its own, and need not speak.
    mutating func silent(_ attempt: AttemptRef, at now: Timestamp, into turn: inout RunTurn) {
        guard let step = indexByName[attempt.step], isRunning(attempt, step),
            attempt.part == .main, plan.steps[step].idleTimeout != nil
        else { return }
        terminate(step, .main, because: .idleTimeout, at: now, into: &turn)
    }

    mutating func terminate(
        _ step: Int,
        _ part: StepPart,
        because cause: StepState.Stopping,
        at now: Timestamp,
        into turn: inout RunTurn
    ) {
        guard steps[step].stopping == nil else { return }
        steps[step].stopping = cause
        turn.effects.append(.terminate(reference(step, part)))
        setDeadline(now + plan.steps[step].grace, of: step)
    }

    func reference(_ step: Int, _ part: StepPart) -> AttemptRef {
        AttemptRef(step: plan.steps[step].name, part: part, number: number(of: part, step))
    }

    /// The number of the attempt that runs or ran last.
    func number(of part: StepPart, _ step: Int) -> Int {
        part == .compensation ? undoing.attempts : steps[step].number(of: part)
    }

    /// The part of the step that has an attempt in flight.
    func runningPart(of step: Int) -> StepPart? {
        if case .running(let part) = steps[step].phase { return part }
        return undoing.current == step && undoing.phase == .running ? .compensation : nil
    }

    // MARK: - After an attempt

    mutating func ended(
        _ attempt: AttemptRef,
        _ report: AttemptReport,
        at now: Timestamp,
        into turn: inout RunTurn
    ) {
        guard let step = indexByName[attempt.step], isRunning(attempt, step) else { return }
        let end = AttemptEnd(judging: report, part: attempt.part, stopping: steps[step].stopping)
        if end.outcome == .success, attempt.part == .main {
            for output in report.outputs {
                let event = RunEvent.outputSet(attempt, key: output.key, value: output.value)
                emit(event, at: now, into: &turn)
            }
        }
        emit(.attemptFinished(attempt, end), at: now, into: &turn)
        if attempt.part == .main { releaseGates(of: step, end, into: &turn) }
    }

    private mutating func judge(
        _ step: Int,
        _ part: StepPart,
        _ end: AttemptEnd,
        at now: Timestamp,
        into turn: inout RunTurn
    ) {
        if part == .condition, end.outcome.result == .success, mayStart(step) {
            enqueue(step, passesGates: !asksFirst(step))
        } else if part == .condition, end.outcome.result == .success {
            finish(step, StepEnd(Outcome(.cancel), attempts: 0), at: now, into: &turn)
        } else if end.outcome.reason.isInterruption, mayStart(step) {
            if plan.steps[step].onCrash == .fail {
                finish(step, after: end.outcome, at: now, into: &turn)
            } else if recoveries > plan.recoveries {
                let limit = StepEnd(Outcome(.recoveryLimit), attempts: steps[step].attempts)
                finish(step, limit, at: now, into: &turn)
            } else {
                enqueue(step, passesGates: !asksFirst(step))
            }
        } else if part == .main, isRetried(step, after: end) {
            scheduleRetry(step, at: now, into: &turn)
        } else {
            finish(step, after: end.outcome, at: now, into: &turn)
            if part == .main, end.outcome == .success { storeInCache(step, into: &turn) }
        }
    }

    private func isRetried(_ step: Int, after end: AttemptEnd) -> Bool {
        let policy = plan.steps[step].retry
        return mayStart(step) && steps[step].charged < policy.attempts
            && policy.allowsRetry(after: end)
    }

    private mutating func scheduleRetry(_ step: Int, at now: Timestamp, into turn: inout RunTurn) {
        let planned = plan.steps[step]
        let fraction = retryJitter(run: run, step: planned.name, attempt: steps[step].attempts)
        let delay = planned.retry.delay(afterFailures: steps[step].charged, fraction: fraction)
        let next = AttemptRef(step: planned.name, number: steps[step].attempts + 1)
        emit(.retryScheduled(next, until: now + delay), at: now, into: &turn)
    }

    /// Ends a step that waits, because of what it waits for.
    mutating func endWaiting(
        _ step: Int,
        _ outcome: Outcome,
        at now: Timestamp,
        into turn: inout RunTurn
    ) {
        guard isStartable(step) else { return }
        finish(step, after: outcome, at: now, into: &turn)
    }

    private mutating func giveUp(_ step: Int, at now: Timestamp, into turn: inout RunTurn) {
        let last: Outcome? =
            switch stop {
            case .failed, .abandoned: steps[step].lastOutcome
            case .cancelled, .superseded, .timedOut, nil: nil
            }
        finish(step, after: last ?? Outcome(.cancel), at: now, into: &turn)
    }

    private mutating func finish(
        _ step: Int,
        after outcome: Outcome,
        at now: Timestamp,
        into turn: inout RunTurn
    ) {
        let isTolerable = [.failure, .error, .timeout].contains(outcome.result)
        let end = StepEnd(
            outcome,
            attempts: steps[step].attempts,
            isTolerated: isTolerable && plan.steps[step].allowFailure
        )
        finish(step, end, at: now, into: &turn)
    }

    mutating func finish(
        _ step: Int,
        _ end: StepEnd,
        at now: Timestamp,
        into turn: inout RunTurn
    ) {
        emit(.stepFinished(step: plan.steps[step].name, end), at: now, into: &turn)
        stopIfFailed(at: now, into: &turn)
    }
}
