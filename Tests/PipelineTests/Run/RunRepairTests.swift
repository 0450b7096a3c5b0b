import Pipeline
import TestSupport
import Testing

@testable import Pipeline

/// Undoing what a failed run has done, and `finally`, as scripts.
struct RunRepairTests {
    private func undoable(_ name: String, needs: [Int] = [], attempts: Int = 1) -> PlannedStep {
        var step = makeStep(name, needs: needs)
        step.compensation = PlannedCompensation(
            action: .script("undo"),
            timeout: .seconds(5),
            retry: RetryPolicy(attempts: attempts, backoffMinimum: .seconds(1))
        )
        return step
    }

    private func final(_ name: String, _ when: RunCondition = .always) -> PlannedStep {
        var step = makeStep(name, when: when)
        step.isFinal = true
        return step
    }

    private func undo(_ step: String, _ number: Int = 1) -> AttemptRef {
        AttemptRef(step: step, part: .compensation, number: number)
    }

    /// What starts, with its part.
    private func starts(_ script: MachineScript) -> [String] {
        script.effects.compactMap { effect in
            guard case .launch(let attempt, _) = effect else { return nil }
            return "\(attempt.part.rawValue) \(attempt.step)"
        }
    }

    /// a and b succeed in this order, then c fails.
    private func failed(_ more: [PlannedStep] = [], attempts: Int = 1) -> MachineScript {
        let steps = [
            undoable("a"), undoable("b", needs: [0], attempts: attempts),
            makeStep("c", needs: [1]),
        ]
        var script = MachineScript(makePlan(steps + more))
        script.end("a")
        script.end("b")
        script.end("c", .exited(code: 1))
        return script
    }

    @Test func `undoes in reverse order of completion, and keeps the result`() {
        var script = failed()
        #expect(starts(script) == ["compensate b"])
        script.end("b", part: .compensation)
        #expect(
            script.events.contains(
                .compensationFinished(step: "b", CompensationEnd(.success, attempts: 1))
            )
        )
        #expect(starts(script) == ["compensate a"])
        script.end("a", part: .compensation)
        #expect(script.machine.end == RunEnd(.exit, step: "c"))
    }

    @Test func `a run that succeeds undoes nothing`() {
        var script = MachineScript(makePlan([undoable("a")]))
        script.end("a")
        #expect(script.machine.end?.outcome == .success)
    }

    @Test func `what failed by itself is not undone, what was cut off is`() {
        for (ending, isUndone) in [
            (AttemptReport.Ending.exited(code: 1), false), (.signalled(11), true),
        ] {
            var script = MachineScript(makePlan([undoable("a")]))
            script.end("a", ending)
            #expect(starts(script).isEmpty != isUndone, "\(ending)")
        }
    }

    @Test func `an attempt to undo is repeated, and its failure told`() {
        var script = failed(attempts: 2)
        script.end("b", part: .compensation, .exited(code: 9))
        guard case .retryScheduled(undo("b", 2), let until)? = script.events.last else {
            Issue.record("\(script.events)")
            return
        }
        #expect(until <= script.now + .seconds(1))
        script.pass(.seconds(1))
        #expect(starts(script) == ["compensate b"])
        script.end("b", attempt: 2, part: .compensation, .exited(code: 9))
        let end = CompensationEnd(.exit, attempts: 2)
        #expect(script.events.contains(.compensationFinished(step: "b", end)))
        #expect(starts(script) == ["compensate a"], "what comes before it is undone all the same")
    }

    @Test func `undoing that hangs is ended by its own timeout`() {
        var script = failed()
        script.send(.launched(undo("b"), pid: 7, startTicks: 1))
        script.pass(.seconds(5))
        #expect(script.effects == [.terminate(undo("b"))])
        script.pass(Limits.grace)
        #expect(script.effects == [.kill(undo("b"))])
        script.end("b", part: .compensation, .signalled(9))
        let end = CompensationEnd(Outcome(.timeout), attempts: 1)
        #expect(script.events.contains(.compensationFinished(step: "b", end)))
    }

    @Test func `undoing that a crash cut off is repeated, and counts against no limit`() {
        var script = failed()
        script.send(.resume(RunResumed(recovery: 1, diedAt: script.now)))
        #expect(starts(script) == ["compensate b"])
        script.end("b", attempt: 2, part: .compensation)
        #expect(starts(script) == ["compensate a"])
    }

    @Test func `a first cancellation lets it go on, a second one says what is left`() {
        var script = failed()
        script.send(.cancel(by: "test", isForced: false))
        #expect(script.effects.isEmpty)
        script.send(.cancel(by: "test", isForced: false))
        #expect(script.effects == [.kill(undo("b"))])
        script.end("b", part: .compensation, .signalled(9))
        let ends = script.events.compactMap { event in
            if case .compensationFinished(let step, let end) = event {
                "\(step) \(end.outcome.reason.rawValue) \(end.attempts)"
            } else {
                nil
            }
        }
        #expect(ends == ["b cancel 1", "a cancel 0"])
        #expect(script.machine.end == RunEnd(.exit, step: "c"), "the result stays")
    }

    @Test func `a cancelled run is undone as well`() {
        var script = MachineScript(makePlan([undoable("a"), makeStep("b", needs: [0])]))
        script.end("a")
        script.launch("b")
        script.send(.cancel(by: "test", isForced: false))
        script.end("b", .signalled(15))
        #expect(starts(script) == ["compensate a"])
        script.end("a", part: .compensation)
        #expect(script.machine.end?.outcome == Outcome(.cancel))
    }

    // MARK: - Finally

    @Test func `finally comes after all else, undoing included, and is told how it went`() {
        var script = failed([final("bye"), final("well", .success), final("alas", .failure)])
        #expect(script.machine.verdict == .exit)
        script.end("b", part: .compensation)
        #expect(starts(script) == ["compensate a"])
        script.end("a", part: .compensation)
        #expect(starts(script) == ["main bye", "main alas"])
        #expect(script.outcome(4) == Outcome(.condition))
        script.end("bye")
        script.end("alas")
        #expect(script.machine.end == RunEnd(.exit, step: "c"))
    }

    @Test func `finally that fails fails a run that had succeeded, and undoes nothing`() {
        var script = MachineScript(
            makePlan([undoable("a"), final("bye"), final("well", .success)])
        )
        script.end("a")
        #expect(starts(script) == ["main bye", "main well"])
        script.end("bye", .exited(code: 3))
        script.end("well")
        #expect(script.machine.end == RunEnd(.exit, step: "bye"))
    }

    @Test func `finally runs after a cancellation and after the run's timeout`() {
        for input in [RunInput.cancel(by: "test", isForced: false), .tick] {
            var plan = makePlan([makeStep("a"), final("bye")], timeout: .seconds(9))
            plan.steps[0].grace = .seconds(1)
            var script = MachineScript(plan)
            script.launch("a")
            if input == .tick { script.now = script.now + .seconds(9) }
            script.send(input)
            script.end("a", .signalled(15))
            #expect(script.launches == ["bye"])
            script.pass(.seconds(60))
            #expect(script.effects.isEmpty, "the run's timeout is not its")
            script.end("bye")
            #expect(script.machine.end?.outcome.result != .success)
        }
    }

    @Test func `a second asking leaves finally out`() {
        var script = MachineScript(makePlan([makeStep("a"), final("bye")]))
        script.launch("a")
        script.send(.cancel(by: "test", isForced: true))
        script.end("a", .signalled(9))
        #expect(script.launches.isEmpty)
        #expect(script.machine.end?.outcome == Outcome(.cancel))
    }
}
