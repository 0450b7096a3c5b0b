import Pipeline
import TestSupport
import Testing

/// A run whose journal took no more goes on as if it had waited (G6).
struct RunInterruptionTests {
    private let cut = AttemptEnd(Outcome(.journal))

    private func attempt(_ step: String, _ number: Int = 1) -> AttemptRef {
        AttemptRef(step: step, number: number)
    }

    /// Takes up a run from its events.
    private func replay(_ events: [RunEvent], of script: MachineScript) throws -> RunMachine {
        let (plan, run) = (script.machine.plan, script.machine.run)
        var machine = RunMachine(plan: plan, run: run, workers: 2)
        let all = [.runStarted(makeStart(workers: 2))] + events
        for (index, event) in all.enumerated() {
            try machine.replay(
                RecordedEvent(sequence: UInt64(index) + 1, at: script.now, event: event)
            )
        }
        return machine
    }

    private let plan = makePlan([
        makeStep("a"), makeStep("b"), makeStep("c", needs: [0]), makeStep("d", needs: [1, 2]),
    ])

    @Test func `of a turn that is not written facts are left, and what runs has ended`() throws {
        var script = MachineScript(plan)
        var journal = script.events
        script.launch("a")
        journal += script.events
        script.end("a")
        #expect(script.launches == ["c"])
        let last = script.machine.lastEvents(unwritten: script.events) { _ in cut }
        #expect(
            last == [
                .attemptFinished(attempt("b"), cut),
                .attemptFinished(attempt("a"), AttemptEnd(.success, exitCode: 0)),
                .stepFinished(step: "a", StepEnd(.success, attempts: 1)),
                .stepReady(step: "c", after: "a"),
            ]
        )
        let machine = try replay(journal + last, of: script)
        #expect(machine.runningCount == 0)
        #expect(machine.nextRecovery == 0, "nothing was lost")
    }

    @Test func `the run's end waits for room like everything else`() throws {
        var script = MachineScript(makePlan([makeStep("a")]))
        let journal = script.events
        script.end("a")
        let last = script.machine.lastEvents(unwritten: script.events) { _ in cut }
        #expect(last.last == .stepFinished(step: "a", StepEnd(.success, attempts: 1)))
        var machine = try replay(journal + last, of: script)
        var turn = RunTurn()
        let resumed = RunResumed(recovery: machine.nextRecovery, diedAt: script.now)
        machine.handle(.resume(resumed), at: script.now, into: &turn)
        #expect(turn.events == [.runResumed(resumed), .runFinished(RunEnd(.success))])
    }

    /// A run that is interrupted as often as that goes on every time, with its only attempt.
    @Test func `neither attempts nor recoveries are used up`() throws {
        let plan = makePlan([makeStep("a", retry: RetryPolicy(attempts: 1))])
        var script = MachineScript(plan)
        var journal = script.events
        for number in 1...10 {
            journal += script.machine.lastEvents(unwritten: []) { _ in cut }
            script.machine = try replay(journal, of: script)
            let recovery = script.machine.nextRecovery
            #expect(recovery == 0)
            script.send(.resume(RunResumed(recovery: recovery, diedAt: script.now)))
            #expect(script.launches == ["a"])
            #expect(script.machine.steps[0].attempts == number + 1)
            #expect(script.machine.steps[0].charged == 0)
            journal += script.events
        }
        script.end("a", attempt: 11)
        #expect(script.machine.end == RunEnd(.success))
    }

    @Test func `a crash beside it is a crash`() throws {
        let script = MachineScript(plan)
        let machine = try replay(
            script.events + [.attemptFinished(attempt("b"), cut)],
            of: script
        )
        #expect(machine.runningCount == 1)
        #expect(machine.nextRecovery == 1)
        #expect(try replay(script.events, of: script).nextRecovery == 1)
    }

    @Test func `a step that must not be begun twice ends with it`() throws {
        var step = makeStep("a")
        step.onCrash = .fail
        var script = MachineScript(makePlan([step]))
        let last = script.machine.lastEvents(unwritten: []) { _ in cut }
        script.machine = try replay(script.events + last, of: script)
        script.send(.resume(RunResumed(recovery: 0, diedAt: script.now)))
        #expect(script.launches.isEmpty)
        #expect(script.machine.end?.outcome == Outcome(.journal))
    }
}
