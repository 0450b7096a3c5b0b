import Pipeline
import TestSupport
import Testing

private let main1 = AttemptRef(step: "a", number: 1)

private struct Misfit: Sendable, CustomTestStringConvertible {
    let name: String
    var before: [RunEvent] = []
    let event: RunEvent
    let problem: RunInconsistency.Problem

    var testDescription: String { name }
}

private let ready = RunEvent.stepReady(step: "a", after: nil)
private let starts = RunEvent.attemptStarted(main1)
private let ends = RunEvent.attemptFinished(main1, AttemptEnd(.success, exitCode: 0))
private let finished = RunEvent.stepFinished(step: "a", StepEnd(.success, attempts: 1))
private let runEnds = RunEvent.runFinished(RunEnd(.success))

private let misfits = [
    Misfit(
        name: "ready twice",
        before: [ready],
        event: ready,
        problem: .step("a", isIn: .ready(since: RunScript.at(1)), what: "becomes ready")
    ),
    Misfit(
        name: "an attempt before ready",
        before: [],
        event: starts,
        problem: .step("a", isIn: .waiting, what: "starts an attempt")
    ),
    Misfit(
        name: "two attempts at once",
        before: [ready, starts],
        event: .attemptStarted(AttemptRef(step: "a", number: 2)),
        problem: .step("a", isIn: .running, what: "starts an attempt")
    ),
    Misfit(
        name: "an attempt left out",
        before: [ready],
        event: .attemptStarted(AttemptRef(step: "a", number: 2)),
        problem: .attemptNumber(AttemptRef(step: "a", number: 2), expected: 1)
    ),
    Misfit(
        name: "the end of an attempt that never started",
        before: [ready],
        event: ends,
        problem: .notInFlight(main1, what: "ends")
    ),
    Misfit(
        name: "the launch of another part",
        before: [ready, starts],
        event: .attemptLaunched(
            AttemptRef(step: "a", part: .condition, number: 1),
            pid: 1,
            startTicks: 1
        ),
        problem: .notInFlight(
            AttemptRef(step: "a", part: .condition, number: 1),
            what: "is launched"
        )
    ),
    Misfit(
        name: "an output after the end",
        before: [ready, starts, ends],
        event: .outputSet(main1, key: "k", value: "v"),
        problem: .notInFlight(main1, what: "sets an output")
    ),
    Misfit(
        name: "a retry of nothing",
        before: [ready],
        event: .retryScheduled(step: "a", next: 1, until: RunScript.at(9)),
        problem: .step("a", isIn: .ready(since: RunScript.at(1)), what: "is to be tried again")
    ),
    Misfit(
        name: "the end of a step that runs",
        before: [ready, starts],
        event: finished,
        problem: .step("a", isIn: .running, what: "ends")
    ),
    Misfit(
        name: "two ends of a step",
        before: [ready, starts, ends, finished],
        event: finished,
        problem: .step("a", isIn: .finished, what: "ends")
    ),
    Misfit(name: "after the end", before: [runEnds], event: ready, problem: .afterEnd),
    Misfit(
        name: "a step that the plan has not",
        event: .stepReady(step: "b", after: nil),
        problem: .unknownStep("b")
    ),
]

struct RunInconsistencyTests {
    private let plan = Plan(
        name: "p",
        steps: [PlannedStep(name: "a", action: .script("true"))],
        waves: [[0]]
    )

    @Test(arguments: misfits)
    private func `reports an event that does not fit and passes it over`(_ misfit: Misfit) throws {
        var run = RunSnapshot(plan: plan)
        var script = RunScript(pipeline: "p", steps: 1)
        for event in misfit.before { script.add(1, event) }
        for event in script.events { #expect(run.apply(event) == nil) }
        let before = run
        script.add(1, misfit.event)
        let last = try #require(script.events.last)
        let found = run.apply(last)
        #expect(found?.problem == misfit.problem)
        #expect(found?.sequence == last.sequence)
        #expect(run.steps == before.steps)
        #expect(run.counts == before.counts)
        #expect(run.inconsistencies.count == 1)
    }

    @Test func `needs the start first, and only once`() throws {
        var run = RunSnapshot()
        let early = RecordedEvent(sequence: 1, at: RunScript.at(0), event: ready)
        #expect(run.apply(early)?.problem == .notStarted)
        #expect(run.steps.isEmpty)
        let start = try #require(RunScript(pipeline: "p", steps: 1).events.first)
        let second = RecordedEvent(sequence: 2, at: RunScript.at(0), event: start.event)
        #expect(run.apply(second) == nil)
        let third = RecordedEvent(sequence: 3, at: RunScript.at(1), event: start.event)
        #expect(run.apply(third)?.problem == .startedTwice)
        #expect(run.startedAt == RunScript.at(0))
    }

    @Test func `takes an event that it has seen for harmless`() {
        var run = RunSnapshot()
        var script = RunScript(pipeline: "p", steps: 1)
        script.succeeds("a", from: 0, to: 1)
        for event in script.events { run.apply(event) }
        let once = run
        for event in script.events {
            #expect(run.apply(event)?.problem == .repeated(last: 6))
        }
        #expect(run.steps == once.steps)
        #expect(run.counts == once.counts)
    }

    @Test func `goes on after a gap and after a clock that went back`() {
        var run = RunSnapshot()
        var script = RunScript(pipeline: "p", steps: 1)
        script.ready(5, "a")
        script.starts(4, "a", pid: nil)
        run.apply(script.events[0])
        var late = script.events[1]
        late.sequence = 7
        #expect(run.apply(late)?.problem == .gap(expected: 2))
        var old = script.events[2]
        old.sequence = 8
        #expect(run.apply(old)?.problem == .timeWentBack(by: .seconds(1)))
        #expect(run.step("a")?.state == .running)
        #expect(run.inconsistencyCount == 2)
    }

    @Test func `lists a bounded number of them and says each in words`() {
        var run = RunSnapshot()
        for sequence in 1...300 {
            let event = RecordedEvent(
                sequence: UInt64(sequence),
                at: RunScript.at(0),
                event: ready
            )
            run.apply(event)
        }
        #expect(run.inconsistencies.count == Limits.inconsistencies)
        #expect(run.inconsistencyCount == 300)
        let words = "event 1: it comes before the run's start, so it is passed over"
        #expect(run.inconsistencies[0].description == words)
    }

    /// Whatever the order of a run's events, the fold neither traps nor miscounts.
    @Test(arguments: UInt64(1)...30)
    func `stands any order of events`(seed: UInt64) {
        var script = RunScript(pipeline: "p", steps: 3)
        script.succeeds("a", from: 0, to: 1)
        script.succeeds("b", from: 0, to: 2)
        script.succeeds("c", from: 2, to: 3, after: "b")
        script.ends(3, run: RunEnd(.success))
        var random = SeededRandom(seed: seed)
        let shuffled = script.events.shuffled(using: &random)
        var run = RunSnapshot()
        for (position, recorded) in shuffled.enumerated() {
            var event = recorded
            event.sequence = UInt64(position + 1)
            run.apply(event)
            let counts = run.counts
            let sum = counts.finished + counts.running + counts.waiting
            #expect(sum == run.stepCount, "seed \(seed), event \(position)")
        }
    }
}
