import Pipeline
import TestSupport

/// What must hold of gates, undoing and `finally`.
extension SimulatedWorld {
    /// An independent count: what runs with a slot, and every stretch of starts of a rate limit.
    mutating func checkGates(of index: Int, _ attempt: AttemptRef) {
        guard attempt.part == .main else { return }
        let gates = plan.steps[index].gates
        for (ref, _) in gateChecks.running where processes[ref] == nil {
            gateChecks.running[ref] = nil
        }
        gateChecks.running[attempt] = gates
        if let pool = gates.pool, let policy = plan.flow.pools[pool] {
            let used = gateChecks.running.values.count { $0.pool == pool }
            check(used <= policy.size, "\(used) attempts in the pool \(pool)")
        }
        guard let limit = gates.rateLimit, let policy = plan.flow.rateLimits[limit] else { return }
        gateChecks.starts[limit, default: []].append(now)
        let starts = gateChecks.starts[limit] ?? []
        for (first, start) in starts.enumerated() {
            let room = policy.burst + Int((now - start) / policy.interval)
            check(starts.count - first <= room, "\(limit) lets too many start")
        }
    }

    /// Nothing starts behind an open breaker, and one attempt at a time behind a half-open one.
    mutating func checkBreakers() {
        var states: [String: BreakerState] = [:]
        var probes: [String: Int] = [:]
        for recorded in journal {
            switch recorded.event {
            case .breakerChanged(let breaker, let state):
                check(states[breaker] != state, "\(breaker) changes to what it is")
                states[breaker] = state
                probes[breaker] = 0
            // What was tried then may have closed it, or opened it anew, and the crash came before
            // that was written: the breaker remembers, the journal does not.
            case .runResumed: states = states.filter { $0.value != .halfOpen }
            case .attemptStarted(let attempt) where attempt.part == .main:
                guard let index = machine.index(of: attempt.step),
                    let breaker = plan.steps[index].gates.breaker, let state = states[breaker]
                else { continue }
                probes[breaker, default: 0] += 1
                check(state != .open, "\(attempt.step) starts behind the open breaker \(breaker)")
            default: continue
            }
        }
    }

    /// All but `finally` has ended by then, and what had to be undone is.
    mutating func checkFinalStart(of index: Int) {
        for (state, step) in zip(machine.steps, plan.steps) where !step.isFinal {
            check(
                state.isFinished,
                "\(plan.steps[index].name) starts before \(step.name) has ended"
            )
        }
        let open = undoable.filter { !compensated.keys.contains($0) }
        check(isGoodSoFar || open.isEmpty, "finally comes before undoing")
    }

    /// In reverse order of completion, once the rest has ended, and never after a success.
    mutating func checkUndoing(of index: Int) {
        check(!isGoodSoFar, "undoing of what went well")
        for (state, step) in zip(machine.steps, plan.steps) {
            let hasBegun = step.isFinal ? state.attempts == 0 : state.isFinished
            check(hasBegun, "undoing while \(step.name) is not where it should be")
        }
        let next = undoable.last { compensated[$0] == nil }
        check(next == plan.steps[index].name, "undoing out of order")
    }

    mutating func checkCompensations() {
        let undone = compensated
        self.undone += undone.count
        if machine.end?.outcome == .success {
            check(undone.isEmpty, "a run that succeeded undid something")
        } else if wasBadBeforeFinally {
            check(Set(undone.keys) == Set(undoable), "something is not undone, and nothing says so")
        }
        for recorded in journal {
            guard case .compensationFinished(let step, let end) = recorded.event,
                let index = machine.index(of: step), let plan = plan.steps[index].compensation
            else { continue }
            let allowed = plan.retry.attempts + crashes + fullDisks
            check(end.attempts <= allowed, "\(step) was undone too often")
        }
    }

    /// Steps that left something, in order of completion.
    private var undoable: [String] {
        journal.compactMap { recorded in
            guard case .stepFinished(let name, let end) = recorded.event, end.attempts > 0,
                let index = machine.index(of: name), plan.steps[index].compensation != nil
            else { return nil }
            let isUnknown: Bool =
                switch end.outcome.reason {
                case .agentCrash, .recoveryLimit, .timeout, .idleTimeout, .signal, .oomKill,
                    .cancel, .journal, .drain:
                    true
                default: false
                }
            return end.outcome == .success || isUnknown ? name : nil
        }
    }

    private var compensated: [String: CompensationEnd] {
        var ends: [String: CompensationEnd] = [:]
        for recorded in journal {
            if case .compensationFinished(let step, let end) = recorded.event { ends[step] = end }
        }
        return ends
    }

    private var isGoodSoFar: Bool {
        !wasStoppedWhileOpen
            && !zip(machine.steps, plan.steps).contains { $0.isBad && !$1.isFinal }
    }

    private var wasBadBeforeFinally: Bool { !isGoodSoFar }

    /// Whether the run was stopped before all but `finally` had ended, or what was left was cut
    /// off.
    var wasStoppedWhileOpen: Bool {
        var open = plan.steps.count { !$0.isFinal }
        for recorded in journal {
            switch recorded.event {
            case .stepFinished(let name, _):
                if let index = machine.index(of: name), !plan.steps[index].isFinal { open -= 1 }
            case .runStopping(let cause):
                if open > 0 || cause == .abandoned || cause.isForced { return true }
            default: continue
            }
        }
        return false
    }
}
