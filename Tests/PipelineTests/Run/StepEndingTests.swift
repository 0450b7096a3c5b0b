import Pipeline
import TestSupport
import Testing

@testable import Pipeline

/// The keys that say how attempts are ended, and what follows a crash.
struct StepEndingTests {
    private func script(_ change: (inout PlannedStep) -> Void) -> MachineScript {
        var step = makeStep("a")
        change(&step)
        return MachineScript(makePlan([step, makeStep("b", needs: [0])]))
    }

    private let first = AttemptRef(step: "a", number: 1)

    @Test func `an attempt that is silent for too long is ended, and may be retried`() {
        var script = script {
            $0.idleTimeout = .seconds(5)
            $0.grace = .seconds(2)
            $0.retry = RetryPolicy(attempts: 2)
        }
        script.launch("a")
        script.send(.silent(first))
        #expect(script.effects == [.terminate(first)])
        script.send(.silent(first))
        #expect(script.effects.isEmpty, "once is enough")
        script.pass(.milliseconds(1_999))
        #expect(script.effects.isEmpty)
        script.pass(.milliseconds(1))
        #expect(script.effects == [.kill(first)], "after its own grace")
        script.end("a", .signalled(9))
        guard case .attemptFinished(_, let end) = script.events.first else {
            Issue.record("\(script.events)")
            return
        }
        #expect(end.outcome == Outcome(.idleTimeout))
        #expect(end.outcome.result == .timeout)
        guard case .retryScheduled = script.events.last else {
            Issue.record("\(script.events)")
            return
        }
    }

    @Test func `silence of a step that may be silent, or of an attempt that is gone, is nothing`() {
        var script = script { _ in }
        script.launch("a")
        script.send(.silent(first))
        #expect(script.effects.isEmpty)
        script.end("a")
        script.send(.silent(first))
        #expect(script.effects.isEmpty && script.events.isEmpty)
    }

    private func resumed(_ plan: Plan, recovery: Int = 1) -> MachineScript {
        var script = MachineScript(plan)
        script.launch("a")
        script.now = script.now + .seconds(1)
        script.send(.resume(RunResumed(recovery: recovery, diedAt: script.now)))
        return script
    }

    @Test func `a step that must not be begun twice ends with the crash`() {
        var step = makeStep("a")
        #expect(resumed(makePlan([step])).launches == ["a"])
        step.onCrash = .fail
        let script = resumed(makePlan([step, makeStep("b", needs: [0])]))
        #expect(script.launches.isEmpty)
        #expect(script.outcome(0) == Outcome(.agentCrash))
        #expect(script.outcome(1) == Outcome(.dependency))
        #expect(script.machine.end?.outcome == Outcome(.agentCrash))
    }

    @Test(arguments: [(0, 1, false), (1, 1, true), (1, 2, false), (3, 3, true), (3, 4, false)])
    func `a run's own number of recoveries counts`(allowed: Int, recovery: Int, goesOn: Bool) {
        var plan = makePlan([makeStep("a")])
        plan.recoveries = allowed
        let script = resumed(plan, recovery: recovery)
        #expect(script.launches.isEmpty == !goesOn)
        if !goesOn { #expect(script.outcome(0) == Outcome(.recoveryLimit)) }
    }

    @Test func `of what is ready that begins first on which the longest chain waits`() {
        // c ◀ d ◀ e, and a and b alone.
        let plan = makePlan([
            makeStep("a"), makeStep("b"), makeStep("c"), makeStep("d", needs: [2]),
            makeStep("e", needs: [3]),
        ])
        var script = MachineScript(plan, workers: 1)
        #expect(script.launches == ["c"])
        script.end("c")
        #expect(script.launches == ["d"])
        script.end("d")
        #expect(script.launches == ["a"], "of equals the one that was written first")
        script.end("a")
        #expect(script.launches == ["b"])
    }
}
