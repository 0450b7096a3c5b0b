import Pipeline
import TestSupport
import Testing

/// When a machine asks the cache, and what it makes of the answers.
struct CacheDecisionTests {
    private let hit = CachedStep(
        source: ReusedStep(
            from: LinkedRun(run: RunID(high: 8, low: 8), trace: TraceID(high: 8, low: 8)),
            directory: "/outputs/a"
        ),
        outputs: [AttemptReport.Output(key: "k", value: "v")]
    )

    private func cached(_ name: String, needs: [Int] = [], condition: String? = nil) -> PlannedStep
    {
        var step = makeStep(name, needs: needs, condition: condition)
        step.cache = CachePolicy()
        return step
    }

    /// A machine that has begun, and what that led to.
    private func begun(_ steps: [PlannedStep], workers: Int = 2) throws -> (RunMachine, RunTurn) {
        let started = makeStart(workers: workers)
        var machine = RunMachine(plan: makePlan(steps), run: started.run, workers: workers)
        let at = Timestamp(nanoseconds: 1)
        try machine.replay(RecordedEvent(sequence: 1, at: at, event: .runStarted(started)))
        var turn = RunTurn()
        machine.handle(.start, at: at, into: &turn)
        return (machine, turn)
    }

    private func turn(_ machine: inout RunMachine, _ input: RunInput) -> RunTurn {
        var turn = RunTurn()
        machine.handle(input, at: Timestamp(nanoseconds: 2), into: &turn)
        return turn
    }

    @Test func `a hit ends the step with what it left, and nothing starts`() throws {
        var (machine, first) = try begun([cached("a"), makeStep("b", needs: [0])])
        #expect(first.effects == [.lookUpCache(stepIndex: 0)])
        let found = turn(&machine, .cacheAnswered(step: "a", hit))
        let attempt = AttemptRef(step: "b", number: 1)
        #expect(
            found.events == [
                .stepReused(step: "a", hit.source),
                .outputReused(step: "a", key: "k", value: "v"),
                .stepFinished(step: "a", StepEnd(Outcome(.cacheHit), attempts: 0)),
                .stepReady(step: "b", after: "a"), .attemptStarted(attempt),
            ]
        )
        #expect(found.effects == [.launch(attempt, stepIndex: 1)])
        #expect(turn(&machine, .cacheAnswered(step: "a", hit)).isEmpty, "a second answer")
    }

    @Test func `a miss starts it, and what succeeds is kept, what fails is not`() throws {
        for (code, isKept) in [(Int32(0), true), (1, false)] {
            var (machine, _) = try begun([cached("a")])
            let attempt = AttemptRef(step: "a", number: 1)
            let missed = turn(&machine, .cacheAnswered(step: "a", nil))
            #expect(missed.effects == [.launch(attempt, stepIndex: 0)])
            let ended = turn(&machine, .ended(attempt, AttemptReport(.exited(code: code))))
            #expect(ended.effects.contains(.storeInCache(stepIndex: 0)) == isKept)
        }
    }

    @Test func `the condition is asked first, a step that was asked is not asked again`() throws {
        var (machine, first) = try begun([cached("a", condition: "ask")])
        let question = AttemptRef(step: "a", part: .condition, number: 1)
        #expect(first.effects == [.launch(question, stepIndex: 0)])
        let asked = turn(&machine, .ended(question, AttemptReport(.exited(code: 0))))
        #expect(asked.effects == [.lookUpCache(stepIndex: 0)])
        #expect(turn(&machine, .tick).isEmpty)
        let found = turn(&machine, .cacheAnswered(step: "a", hit))
        #expect(found.events.last == .runFinished(RunEnd(.success)))
    }

    @Test func `a question takes a worker's place`() throws {
        let (_, first) = try begun([cached("a"), cached("b"), makeStep("c")], workers: 1)
        #expect(first.effects == [.lookUpCache(stepIndex: 0)])
    }

    @Test func `an answer that comes after the run was stopped changes nothing`() throws {
        var (machine, _) = try begun([cached("a"), makeStep("b")])
        let stopped = turn(&machine, .cancel(by: "test", isForced: false))
        let end = StepEnd(Outcome(.cancel), attempts: 0)
        #expect(stopped.events.contains(.stepFinished(step: "a", end)))
        #expect(!machine.isFinished, "b is being ended")
        #expect(turn(&machine, .cacheAnswered(step: "a", hit)).isEmpty)
    }
}
