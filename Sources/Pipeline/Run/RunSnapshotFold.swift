extension RunSnapshot {
    /// Takes one event over.
    ///
    /// - Returns: what does not fit, if anything. A detail that contradicts (a gap, a clock that
    ///   went back) is reported and the event still applied; any other misfit is passed over.
    @discardableResult
    package mutating func apply(_ recorded: RecordedEvent) -> RunInconsistency? {
        guard recorded.sequence > sequence else {
            return report(.repeated(last: sequence), recorded.sequence)
        }
        var found: RunInconsistency?
        if recorded.sequence != sequence + 1 {
            found = report(.gap(expected: sequence + 1), recorded.sequence)
        }
        if let last = lastEventAt, recorded.at < last {
            found = report(.timeWentBack(by: last - recorded.at), recorded.sequence)
        }
        sequence = recorded.sequence
        lastEventAt = max(lastEventAt ?? recorded.at, recorded.at)
        if let problem = transition(recorded.event, at: recorded.at) {
            found = report(problem, recorded.sequence)
        }
        return found
    }

    private mutating func report(
        _ problem: RunInconsistency.Problem,
        _ sequence: UInt64
    ) -> RunInconsistency {
        let inconsistency = RunInconsistency(sequence: sequence, problem: problem)
        inconsistencyCount += 1
        if inconsistencies.count < Limits.inconsistencies { inconsistencies.append(inconsistency) }
        return inconsistency
    }

    private mutating func transition(
        _ event: RunEvent,
        at: Timestamp
    ) -> RunInconsistency.Problem? {
        guard end == nil else { return .afterEnd }
        if case .runStarted(let content) = event { return start(content, at) }
        guard started != nil else { return .notStarted }
        switch event {
        case .runStarted: return nil
        case .runResumed(let resumed): return resume(resumed, at)
        case .runStopping(let cause): stop = cause
        case .runFinished(let content): return finish(content, at)
        case .stepReused(let step, let source):
            return change(step) { $0.stepReused($1, source) }
        case .outputReused(let step, let key, let value):
            return change(step) { $0.outputReused($1, StepOutput(key: key, value: value)) }
        case .stepReady(let step, let after):
            return change(step) { $0.stepBecameReady($1, after, at) }
        case .attemptStarted(let ref):
            return change(ref.step) { $0.attemptStarted($1, ref, at) }
        case .attemptLaunched(let ref, let pid, _):
            return change(ref.step) { $0.attemptLaunched($1, ref, pid) }
        case .outputSet(let ref, let key, let value):
            return change(ref.step) { $0.outputSet($1, ref, StepOutput(key: key, value: value)) }
        case .attemptFinished(let ref, let content):
            return change(ref.step) { $0.attemptFinished($1, ref, content, at) }
        case .retryScheduled(let next, let until):
            return change(next.step) { $0.retryScheduled($1, next, until, at) }
        case .stepFinished(let step, let content):
            return change(step) { $0.stepFinished($1, content, at) }
        case .stepBlocked(let step, let wait):
            return change(step) { $0.stepBlocked($1, wait, at) }
        case .compensationFinished(let step, let content):
            return change(step) { $0.compensationFinished($1, content, at) }
        case .breakerChanged(let breaker, let state): breakers[breaker] = state
        }
        return nil
    }

    private mutating func start(
        _ content: RunStarted,
        _ at: Timestamp
    ) -> RunInconsistency.Problem? {
        guard started == nil else { return .startedTwice }
        started = content
        startedAt = at
        if !knowsSteps { steps.reserveCapacity(min(max(0, content.stepCount), Limits.steps)) }
        return nil
    }

    private mutating func resume(
        _ content: RunResumed,
        _ at: Timestamp
    ) -> RunInconsistency.Problem? {
        for index in steps.indices {
            // Whoever waited asks again.
            if case .blocked = steps[index].state { steps[index].state = .ready(since: at) }
        }
        // Waiting for room on a disk is no recovery (`RunMachine.nextRecovery`).
        let isKnown = [recoveries, recoveries + 1].contains(content.recovery)
        let expected = recoveries + 1
        recoveries = content.recovery
        return isKnown ? nil : .recoveryNumber(content.recovery, expected: expected)
    }

    private mutating func finish(_ content: RunEnd, _ at: Timestamp) -> RunInconsistency.Problem? {
        end = content
        endedAt = at
        let running = tally.counts.running
        return running == 0 ? nil : .endedWhileRunning(steps: running)
    }

    /// Finds the step, or makes its acquaintance where no plan says which there are.
    private mutating func change(
        _ name: String,
        _ body: (inout RunSnapshot, Int) -> RunInconsistency.Problem?
    ) -> RunInconsistency.Problem? {
        if let known = index[name] { return body(&self, known) }
        guard !knowsSteps else { return .unknownStep(name) }
        guard steps.count < Limits.steps else { return .tooManySteps(name) }
        steps.append(StepSnapshot(name: name))
        index[name] = steps.count - 1
        let problem = body(&self, steps.count - 1)
        if let problem, !problem.isTolerable {
            steps.removeLast()
            index[name] = nil
        }
        return problem
    }
}
