import Pipeline
import TestSupport
import Testing

/// A run that nobody took up again after its process was gone.
struct RunAbandonmentTests {
    private func attempt(_ step: String, _ number: Int = 1) -> AttemptRef {
        AttemptRef(step: step, number: number)
    }

    private func stepEnds(_ events: [RunEvent]) -> [String: StepEnd] {
        var ends: [String: StepEnd] = [:]
        for case .stepFinished(let step, let end) in events { ends[step] = end }
        return ends
    }

    @Test func `what was in flight crashed, the rest never began, and the run says why`() {
        var script = MachineScript(
            makePlan([
                makeStep("done"), makeStep("flying"), makeStep("after", needs: [1]),
                makeStep("free"), makeStep("handler", needs: [1], when: .always),
            ])
        )
        script.launch("done")
        script.launch("flying")
        script.end("done")
        // The next one has begun and is in flight as well.
        script.launch("free")
        script.send(.abandon)
        #expect(script.events.first == .runStopping(.abandoned))
        let crash = AttemptEnd(Outcome(.agentCrash))
        #expect(script.events.contains(.attemptFinished(attempt("flying"), crash)))
        #expect(script.events.contains(.attemptFinished(attempt("free"), crash)))
        let ends = stepEnds(script.events)
        #expect(ends["flying"] == StepEnd(Outcome(.agentCrash), attempts: 1))
        #expect(ends["free"] == StepEnd(Outcome(.agentCrash), attempts: 1))
        #expect(ends["after"]?.outcome == Outcome(.dependency))
        #expect(ends["handler"] == StepEnd(Outcome(.cancel), attempts: 0))
        #expect(ends["done"] == nil)
        #expect(script.launches.isEmpty)
        guard case .runFinished(let end) = script.events.last else {
            Issue.record("no end")
            return
        }
        #expect(end.outcome == Outcome(.agentCrash))
        #expect(end.message?.contains("nobody took the run up") == true)
    }

    @Test func `a step between two attempts ends as its last one did`() {
        let retry = RetryPolicy(attempts: 3)
        var script = MachineScript(makePlan([makeStep("a", retry: retry), makeStep("b")]))
        script.launch("a")
        script.end("a", .exited(code: 75))
        script.send(.abandon)
        #expect(stepEnds(script.events)["a"] == StepEnd(.exit, attempts: 1))
        #expect(script.machine.end?.outcome == Outcome(.agentCrash))
    }

    @Test func `neither a cancellation nor a timeout before changes what it ended by`() {
        var cancelled = MachineScript(makePlan([makeStep("a")]))
        cancelled.launch("a")
        cancelled.send(.cancel(by: "test", isForced: true))
        cancelled.send(.abandon)
        #expect(cancelled.machine.end?.outcome == Outcome(.agentCrash))

        var late = MachineScript(makePlan([makeStep("a")], timeout: .seconds(5)))
        late.launch("a")
        late.now = late.now + .seconds(60)
        late.send(.abandon)
        #expect(late.machine.end?.outcome == Outcome(.agentCrash))
        #expect(!late.events.contains(.runStopping(.timedOut)))
    }

    @Test func `a run whose last line alone is missing ends as it did`() throws {
        var live = MachineScript(makePlan([makeStep("a")]))
        let start = RunEvent.runStarted(makeStart())
        var journal = [start] + live.events
        live.launch("a")
        journal += live.events
        live.end("a")
        journal += live.events.dropLast()
        var machine = RunMachine(plan: live.machine.plan, run: live.machine.run, workers: 2)
        for (index, event) in journal.enumerated() {
            let at = Timestamp(nanoseconds: 1_000)
            try machine.replay(
                RecordedEvent(sequence: UInt64(index + 1), at: at, event: event)
            )
        }
        var turn = RunTurn()
        machine.handle(.abandon, at: Timestamp(nanoseconds: 2_000), into: &turn)
        #expect(turn.events == [.runFinished(RunEnd(.success))])
    }
}
