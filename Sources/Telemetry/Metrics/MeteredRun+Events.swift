import Pipeline

extension MeteredRun {
    /// Takes one event; counts it unless the counters have it already.
    mutating func take(_ event: RecordedEvent, into meters: inout PipelineMeters) {
        position = event.sequence
        let isNew = event.sequence > counted
        let now = event.at
        switch event.event {
        case .runStarted, .stepReused, .outputReused, .attemptLaunched, .outputSet: break
        case .runResumed(let resumed): resume(resumed, at: now, isNew, &meters)
        case .runStopping: enter(.finalizing, &meters)
        case .stepReady(let step, let after):
            guard !arithmetic.hasFinished(step) else { return }
            makeReady(step, after, at: now, isNew, &meters)
        case .attemptStarted(let attempt):
            guard !arithmetic.hasFinished(attempt.step) else { return }
            start(attempt, at: now, isNew, &meters)
        case .attemptFinished(let attempt, let end):
            finish(attempt, end, at: now, isNew, &meters)
        case .attemptStarted(let attempt) where attempt.part == .compensation: break
        case .attemptFinished(let attempt, _) where attempt.part == .compensation: break
        case .retryScheduled(let next, _) where next.part == .compensation: break
        case .retryScheduled(let next, let until):
            change(next.step, &meters) { $0.backOff(from: now, until: until) }
        case .stepBlocked(let step, let wait):
            var waited = WaitedTime()
            change(step, &meters) { waited = $0.wait(for: wait, from: now) }
            if isNew { count(waited, of: step, &meters) }
        case .breakerChanged(let breaker, let state):
            if isNew { meters.countTransition(of: breaker, to: state) }
        case .compensationFinished(let step, let end):
            if isNew { meters.step(step).countCompensation(end.outcome.result) }
        case .stepFinished(let step, let end):
            guard !arithmetic.hasFinished(step) else { return }
            finish(step, end, at: now, isNew, &meters)
        case .runFinished(let end):
            if isNew { meters.countRun(self, end, at: now) }
            leave(&meters)
        }
    }

    /// Takes the run out of the gauges.
    mutating func leave(_ meters: inout PipelineMeters) {
        meters.change(phase, by: -1)
        for (name, step) in steps {
            if step.isRunning { meters.step(name).active.add(-1) }
            meters.step(name).showBlocked(step.blocker, nil)
        }
        steps = [:]
    }

    private mutating func enter(_ next: RunPhase, _ meters: inout PipelineMeters) {
        guard phase != .finalizing, phase != next else { return }
        meters.change(phase, by: -1)
        meters.change(next, by: 1)
        phase = next
    }

    private mutating func resume(
        _ resumed: RunResumed,
        at now: Timestamp,
        _ isNew: Bool,
        _ meters: inout PipelineMeters
    ) {
        ownerless += max(.zero, now - max(resumed.diedAt, start))
        for name in steps.keys {
            let waited = steps[name]?.waited(until: resumed.diedAt, thenFrom: now)
            if isNew, let waited { count(waited, of: name, &meters) }
        }
        if isNew { meters.recoveries.add() }
    }

    private mutating func makeReady(
        _ step: String,
        _ after: String?,
        at now: Timestamp,
        _ isNew: Bool,
        _ meters: inout PipelineMeters
    ) {
        guard steps[step] == nil else { return }
        steps[step] = MeteredStep()
        change(step, &meters) { live in
            live.live.note(ready: now, after: after)
            live.wait(from: now)
        }
        if isNew { meters.step(step).countWait(.dependency, owned(until: now)) }
    }

    private mutating func start(
        _ attempt: AttemptRef,
        at now: Timestamp,
        _ isNew: Bool,
        _ meters: inout PipelineMeters
    ) {
        enter(.executing, &meters)
        var step = steps.removeValue(forKey: attempt.step) ?? MeteredStep()
        let wasRunning = step.isRunning
        let blocker = step.blocker
        step.live.start(attempt, at: now)
        if step.isRunning, !wasRunning {
            let waited = step.waited(until: now)
            if isNew { count(waited, of: attempt.step, &meters) }
            meters.step(attempt.step).active.add(1)
            meters.step(attempt.step).showBlocked(blocker, nil)
        }
        steps[attempt.step] = step
    }

    private mutating func finish(
        _ attempt: AttemptRef,
        _ end: AttemptEnd,
        at now: Timestamp,
        _ isNew: Bool,
        _ meters: inout PipelineMeters
    ) {
        guard let closed = steps[attempt.step]?.live.finish(attempt, end, at: now) else { return }
        change(attempt.step, &meters) { $0.wait(from: now) }
        arithmetic.countAttempt(nanoseconds: closed.nanoseconds, end.outcome)
        meters.step(attempt.step).active.add(-1)
        guard isNew else { return }
        meters.step(attempt.step).countAttempt(attempt.part, end)
        if end.outcome.isError { meters.countFailure(end.outcome) }
    }

    private mutating func finish(
        _ name: String,
        _ end: StepEnd,
        at now: Timestamp,
        _ isNew: Bool,
        _ meters: inout PipelineMeters
    ) {
        let known = steps.removeValue(forKey: name)
        var step = known ?? MeteredStep()
        let timing = step.live.timing(of: name, end, at: now)
        arithmetic.countStep(timing, busyTime: step.live.busyTime)
        let children = meters.step(name)
        if step.isRunning { children.active.add(-1) }
        children.showBlocked(step.blocker, nil)
        guard isNew else { return }
        count(step.waited(until: now), of: name, &meters)
        if known == nil { children.countWait(.dependency, owned(until: now)) }
        let duration = timing.ready.map { timing.end - $0 } ?? .zero
        children.countStep(max(.zero, duration), end.outcome.result)
    }

    /// Changes a step that is known, and what it is shown to wait for.
    private mutating func change(
        _ name: String,
        _ meters: inout PipelineMeters,
        _ body: (inout MeteredStep) -> Void
    ) {
        // Taken out while it changes, so that its tables are not copied.
        guard var step = steps.removeValue(forKey: name) else { return }
        let before = step.blocker
        body(&step)
        if before != step.blocker { meters.step(name).showBlocked(before, step.blocker) }
        steps[name] = step
    }

    private func count(
        _ waited: WaitedTime,
        of step: String,
        _ meters: inout PipelineMeters
    ) {
        let children = meters.step(step)
        children.countWait(.backoff, waited.backoff)
        children.countWait(waited.blocker, waited.other)
        if waited.blocker == .rateLimit, let name = waited.name {
            meters.countWait(forRateLimit: name, waited.other)
        }
    }
}
