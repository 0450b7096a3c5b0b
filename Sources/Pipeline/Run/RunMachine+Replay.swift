/// Why an event does not follow from those before it.
package struct ReplayFault: Error, Hashable, Sendable, CustomStringConvertible {
    package var event: RunEvent
    package var why: String

    package var description: String { "\(why): \(event)" }
}

extension RunMachine {
    /// Takes an event of the run's past; after the last one, `handle(.resume)` takes the run up.
    package mutating func replay(_ recorded: RecordedEvent) throws(ReplayFault) {
        if let why = apply(recorded.event, at: recorded.at) {
            throw ReplayFault(event: recorded.event, why: why)
        }
    }

    /// The only place where events change the state.
    ///
    /// - Returns: Why the event does not fit, or `nil`; then nothing was changed.
    mutating func apply(_ event: RunEvent, at now: Timestamp) -> String? {
        guard end == nil else { return "an event after the run's end" }
        switch event {
        case .runStarted(let started): return applyStart(started, at: now)
        case .runResumed(let resumed): applyResumption(resumed)
        case .runStopping(let cause): applyStop(cause)
        case .breakerChanged: return isStarted ? nil : "an event before the run's start"
        case .runFinished(let end): return applyEnd(end)
        case .outputSet(let attempt, _, _):
            return withStep(attempt.step) { machine, step in
                machine.steps[step].isRunning ? nil : "an output of a step that is not running"
            }
        case .stepReused(let name, _), .outputReused(let name, _, _):
            return withStep(name) { machine, step in
                machine.hasNotBegun(step) ? nil : "reuse of a step that has begun"
            }
        case .stepReady(let name, _): return withStep(name) { $0.applyReadiness(of: $1) }
        case .stepBlocked(let name, let wait): return withStep(name) { $0.apply(wait, of: $1) }
        case .attemptStarted(let attempt): return applyAttemptStart(attempt)
        case .attemptLaunched(let attempt, _, _):
            return withStep(attempt.step) { machine, step in
                machine.isRunning(attempt, step) ? nil : "launched, but not started"
            }
        case .attemptFinished(let attempt, let end): return applyAttemptEnd(attempt, end)
        case .retryScheduled(let attempt, let until):
            return withStep(attempt.step) { $0.applyRetry(attempt.part, at: until, of: $1) }
        case .compensationFinished(let name, _): return withStep(name) { $0.applyUndoEnd($1) }
        case .stepFinished(let name, let end):
            return withStep(name) { machine, step in machine.applyStepEnd(end, of: step) }
        }
        return nil
    }

    private mutating func applyResumption(_ resumed: RunResumed) {
        recoveries = resumed.recovery
        // Whoever waited asks again, and hears anew.
        for step in steps.indices { steps[step].wait = nil }
    }

    private mutating func applyStop(_ cause: StopCause) {
        // What comes once the rest has ended changes no result, unless it cuts off what is left of
        // a run that has succeeded so far.
        if openMain > 0 || cause == .abandoned || cause.isForced && verdict.result == .success {
            mainStop = cause
        }
        stop = cause
    }

    private mutating func applyReadiness(of step: Int) -> String? {
        guard steps[step].phase == .waiting else { return "ready twice" }
        steps[step].phase = .ready
        enqueue(step, passesGates: !asksFirst(step))
        return nil
    }

    private mutating func apply(_ wait: GateWait, of step: Int) -> String? {
        guard mayBegin(step) else { return "blocked, but not ready" }
        steps[step].wait = wait
        return nil
    }

    private mutating func applyRetry(
        _ part: StepPart,
        at until: Timestamp,
        of step: Int
    ) -> String? {
        if part == .compensation {
            guard undoing.current == step, case .judged = undoing.phase else {
                return "retry of nothing"
            }
            undoing.phase = .backingOff
        } else {
            guard case .judged = steps[step].phase else { return "retry of nothing" }
            steps[step].phase = .backingOff(until: until)
        }
        setDeadline(until, of: step)
        return nil
    }

    func isRunning(_ attempt: AttemptRef, _ step: Int) -> Bool {
        runningPart(of: step) == attempt.part && number(of: attempt.part, step) == attempt.number
    }

    private mutating func withStep(
        _ name: String,
        _ body: (inout RunMachine, Int) -> String?
    ) -> String? {
        guard isStarted else { return "an event before the run's start" }
        guard let step = indexByName[name] else { return "a step that the plan does not have" }
        return body(&self, step)
    }

    private mutating func applyStart(_ started: RunStarted, at now: Timestamp) -> String? {
        guard !isStarted else { return "a second start" }
        guard started.run == run else { return "the start of another run" }
        isStarted = true
        startedAt = now
        if let timeout = plan.timeout { alarms.insert(Alarm(at: now + timeout, step: nil)) }
        return nil
    }

    private mutating func applyEnd(_ end: RunEnd) -> String? {
        guard unfinished == 0 else { return "the run's end before the end of every step" }
        self.end = end
        return nil
    }

    private mutating func applyAttemptStart(_ attempt: AttemptRef) -> String? {
        withStep(attempt.step) { machine, step in
            if attempt.part == .compensation { return machine.applyUndoStart(attempt, step) }
            switch machine.steps[step].phase {
            case .ready, .backingOff: break
            case .judged(.condition, let end) where end.outcome.result == .success: break
            case .judged(_, let end) where end.outcome.reason.isInterruption: break
            default: return "an attempt of a step that is not ready"
            }
            guard attempt.number == machine.steps[step].number(of: attempt.part) + 1 else {
                return "an attempt out of turn"
            }
            if attempt.part == .main {
                machine.steps[step].attempts += 1
            } else {
                machine.steps[step].conditionAttempts += 1
            }
            machine.steps[step].phase = .running(attempt.part)
            machine.steps[step].deadline = nil
            machine.steps[step].wait = nil
            machine.ready.remove(step)
            machine.running += 1
            return nil
        }
    }

    private mutating func applyAttemptEnd(_ attempt: AttemptRef, _ end: AttemptEnd) -> String? {
        withStep(attempt.step) { machine, step in
            guard machine.isRunning(attempt, step) else { return "the end of nothing" }
            if attempt.part == .compensation {
                machine.applyUndoAttemptEnd(end, step)
                return nil
            }
            machine.steps[step].phase = .judged(attempt.part, end)
            machine.steps[step].stopping = nil
            machine.steps[step].deadline = nil
            machine.steps[step].lastOutcome = end.outcome
            if attempt.part == .main, !end.outcome.reason.isInterruption {
                machine.steps[step].charged += 1
            }
            if attempt.part == .condition, end.outcome.result == .success {
                machine.steps[step].conditionHolds = true
            }
            machine.running -= 1
            machine.touched.append(step)
            return nil
        }
    }

    private mutating func applyStepEnd(_ end: StepEnd, of step: Int) -> String? {
        switch steps[step].phase {
        case .running: return "the end of a step whose attempt runs"
        case .finished: return "a second end"
        case .waiting, .ready, .judged, .backingOff: break
        }
        steps[step].phase = .finished(end.outcome, isTolerated: end.isTolerated)
        steps[step].deadline = nil
        steps[step].wait = nil
        ready.remove(step)
        unfinished -= 1
        if !plan.steps[step].isFinal {
            openMain -= 1
            if end.attempts > 0 { lastEnded = step }
            if leavesSomething(end, step) { undoing.steps.append(step) }
        }
        // What a run that is being stopped never began is not why it ends as it does.
        let isWorkedOn =
            steps[step].attempts > 0 || end.outcome.result != .cancellation
            || end.outcome.reason == .drain
        if firstBad == nil, steps[step].isBad, isWorkedOn { firstBad = step }
        let spoils = !steps[step].isGood
        let poisons = steps[step].isBad || steps[step].isDownstreamOfBad
        for dependent in dependents[step] {
            steps[dependent].openNeeds -= 1
            steps[dependent].lastNeed = step
            if spoils, steps[dependent].spoiledBy == nil { steps[dependent].spoiledBy = step }
            if spoils, poisons { steps[dependent].isDownstreamOfBad = true }
            touched.append(dependent)
        }
        return nil
    }
}
