import Pipeline
import TestSupport
import Testing

private func snapshot(_ script: RunScript, plan: Plan? = nil) -> RunSnapshot {
    var snapshot = plan.map { RunSnapshot(plan: $0) } ?? RunSnapshot()
    for event in script.events { snapshot.apply(event) }
    return snapshot
}

private func plan(_ steps: [(String, needs: [Int])]) -> Plan {
    Plan(
        name: "daily",
        steps: steps.map {
            PlannedStep(
                name: $0.0,
                action: .script("true"),
                needs: $0.needs,
                retry: RetryPolicy(attempts: 3)
            )
        },
        waves: []
    )
}

private func failed(_ code: Int32, _ line: String? = nil) -> AttemptEnd {
    AttemptEnd(
        .exit,
        exitCode: code,
        tail: line.map { OutputTail(lines: [$0], totalLines: 1) }
    )
}

struct RunSnapshotTests {
    @Test func `goes from pending over executing and finalizing to finished`() {
        var script = RunScript(pipeline: "daily", steps: 1)
        #expect(RunSnapshot().state == .pending)
        script.ready(0, "a")
        #expect(snapshot(script).state == .pending)
        script.starts(1, "a")
        #expect(snapshot(script).state == .executing)
        script.ends(2, "a")
        script.finishes(2, "a")
        #expect(snapshot(script).state == .finalizing)
        script.ends(3, run: RunEnd(.success))
        let end = snapshot(script)
        #expect(end.state == .finished)
        #expect(end.outcome == .success)
        #expect(end.startedAt == RunScript.at(0))
        #expect(end.endedAt == RunScript.at(3))
        #expect(end.elapsed() == .seconds(3))
        #expect(end.inconsistencyCount == 0)
    }

    @Test func `follows a step through its attempts`() throws {
        var script = RunScript(pipeline: "daily", steps: 1)
        script.ready(1, "load", after: nil)
        script.starts(2, "load", 1, pid: 71)
        script.ends(4, "load", 1, failed(75, "busy"))
        script.add(4, .retryScheduled(step: "load", next: 2, until: RunScript.at(6)))
        #expect(snapshot(script).step("load")?.retryAt == RunScript.at(6))
        script.starts(6, "load", 2, pid: 72)
        let running = try #require(snapshot(script).step("load"))
        #expect(running.state == .running)
        #expect(running.current?.pid == 72)
        script.add(
            7,
            .outputSet(AttemptRef(step: "load", number: 2), key: "count", value: "3")
        )
        script.ends(8, "load", 2)
        script.finishes(8, "load", attempts: 2)
        let load = try #require(snapshot(script).step("load"))
        #expect(load.attempts.map(\.pid) == [71, 72])
        #expect(load.attempts.map(\.outcome) == [.exit, .success])
        #expect(load.attempts[0].end?.exitCode == 75)
        #expect(load.attempts[0].end?.tail?.lines == ["busy"])
        #expect(load.readyAt == RunScript.at(1))
        #expect(load.startedAt == RunScript.at(2))
        #expect(load.endedAt == RunScript.at(8))
        #expect(load.duration == .seconds(7))
        #expect(load.outputs.map(\.key) == ["count"])
        #expect(load.outputs.map(\.value) == ["3"])
        #expect(load.useful == .seconds(2) && load.wasted == .seconds(2))
    }

    @Test func `counts each step once`() {
        var script = RunScript(pipeline: "daily", steps: 8)
        script.succeeds("a", from: 0, to: 1)
        script.ready(0, "b")
        script.starts(0, "b")
        script.ends(1, "b", failed(1))
        script.finishes(1, "b", .exit)
        script.ready(1, "c")
        script.starts(1, "c")
        script.ends(2, "c", failed(1))
        script.finishes(2, "c", .exit, tolerated: true)
        script.finishes(2, "d", Outcome(.dependency), attempts: 0, because: "b")
        script.finishes(2, "e", Outcome(.cancel), attempts: 0)
        script.ready(2, "f")
        script.starts(2, "f")
        script.ready(2, "g")
        let counts = snapshot(script).counts
        #expect(counts.ok == 1)
        #expect(counts.failed == 1)
        #expect(counts.tolerated == 1)
        #expect(counts.skipped == 1)
        #expect(counts.cancelled == 1)
        #expect(counts.running == 1)
        #expect(counts.waiting == 2, "g, and one that has not appeared yet")
    }

    @Test func `forgets the outputs of an attempt that did not succeed`() {
        var script = RunScript(pipeline: "daily", steps: 1)
        script.ready(0, "a")
        script.starts(0, "a", 1)
        script.add(1, .outputSet(AttemptRef(step: "a", number: 1), key: "k", value: "torn"))
        script.add(9, .runResumed(RunResumed(recovery: 1, diedAt: RunScript.at(2))))
        let crash = AttemptEnd(Outcome(.agentCrash), endedAt: RunScript.at(2))
        script.ends(9, "a", 1, crash)
        #expect(snapshot(script).step("a")?.outputs.isEmpty == true)
        #expect(snapshot(script).recoveries == 1)
        #expect(snapshot(script).step("a")?.wasted == .seconds(2), "not the seven of nobody")
    }

    @Test func `adds up usage and takes the largest peak`() throws {
        let small = ResourceUsage(userCPU: .seconds(1), systemCPU: .seconds(2), bytesRead: 10)
        let large = ResourceUsage(userCPU: .seconds(3), peakMemory: 7_000, bytesRead: .max)
        var script = RunScript(pipeline: "daily", steps: 2)
        script.succeeds("a", from: 0, to: 1, usage: small)
        script.succeeds("b", from: 1, to: 2, usage: large)
        let usage = snapshot(script).usage
        #expect(usage.cpu == .seconds(6))
        #expect(usage.peakMemory == 7_000)
        #expect(usage.bytesRead == .max, "saturates")
        #expect(usage.bytesWritten == nil)
        #expect(snapshot(script).step("a")?.usage.cpu == .seconds(3))
    }

    @Test func `keeps the tail of the latest unsuccessful attempt and at most so many attempts`() {
        var script = RunScript(pipeline: "daily", steps: 1)
        script.ready(0, "a")
        let total = Limits.attemptsKept + 5
        for number in 1...total {
            script.starts(Double(number), "a", number)
            script.ends(Double(number), "a", number, failed(1, "line \(number)"))
        }
        let step = snapshot(script).step("a")
        #expect(step?.attempts.count == Limits.attemptsKept)
        #expect(step?.attemptsDropped == 5)
        #expect(step?.attemptCount == total)
        #expect(step?.attempts.first?.number == 1)
        let tails = step?.attempts.compactMap { $0.end?.tail?.lines.first }
        #expect(tails == ["line \(total)"])
    }

    struct Blockers {
        let daily = plan([("a", []), ("b", []), ("c", needs: [0, 1]), ("d", [])])

        @Test func `names what each waiting step waits for and since when`() {
            var script = RunScript(pipeline: "daily", steps: 4, workers: 1)
            script.ready(0, "a")
            script.ready(0, "b")
            script.ready(0, "d")
            script.starts(1, "a")
            script.ends(2, "a", failed(75))
            script.add(2, .retryScheduled(step: "a", next: 2, until: RunScript.at(9)))
            script.starts(2, "b")
            let run = snapshot(script, plan: daily)
            let soon = run.blocked(at: RunScript.at(3))
            #expect(soon.map(\.step) == ["a", "c", "d"])
            #expect(soon[0].blocker == .backoff(until: RunScript.at(9)))
            #expect(soon[0].since == RunScript.at(2))
            #expect(soon[1].blocker == .dependency(["a", "b"]))
            #expect(soon[1].since == RunScript.at(0))
            #expect(soon[2].blocker == .workers)
            let late = run.blocked(at: RunScript.at(10))
            #expect(late[0].blocker == .workers, "its time has come")
            #expect(late[0].since == RunScript.at(9))
        }

        @Test func `has none after the end, nor for a position that does not exist`() {
            var script = RunScript(pipeline: "daily", steps: 4)
            #expect(snapshot(script, plan: daily).blocked(at: RunScript.at(1)).count == 4)
            #expect(snapshot(script, plan: daily).blocked(4, at: RunScript.at(1)) == nil)
            script.ends(1, run: RunEnd(Outcome(.cancel)))
            #expect(snapshot(script, plan: daily).blocked(at: RunScript.at(1)).isEmpty)
        }
    }

    struct Accounts {
        @Test func `walks the critical path back from the step that ended last`() {
            var script = RunScript(pipeline: "daily", steps: 5)
            script.succeeds("a", from: 0, to: 4)
            script.succeeds("b", from: 0, to: 2)
            script.succeeds("c", from: 2, to: 3, after: "b")
            script.succeeds("d", from: 4, to: 9, after: "a")
            script.finishes(9, "e", Outcome(.condition), attempts: 0)
            let path = snapshot(script).criticalPath
            #expect(path?.steps == ["a", "d"], "the skipped step is on nobody's path")
            #expect(path?.duration == .seconds(9))
        }

        @Test func `ends the walk where a forged event leads in a circle`() {
            var script = RunScript(pipeline: "daily", steps: 2)
            script.succeeds("a", from: 0, to: 1, after: "b")
            script.succeeds("b", from: 1, to: 2, after: "a")
            #expect(snapshot(script).criticalPath?.steps == ["a", "b"])
        }

        @Test func `tells waiting, running and wasted time apart`() {
            var script = RunScript(pipeline: "daily", steps: 2, workers: 2)
            script.ready(0, "a")
            script.starts(1, "a", 1)
            script.ends(3, "a", 1, failed(75))
            script.add(3, .retryScheduled(step: "a", next: 2, until: RunScript.at(6)))
            script.starts(6, "a", 2)
            script.ends(10, "a", 2)
            script.finishes(10, "a", attempts: 2)
            script.succeeds("b", from: 0, to: 6)
            script.ends(10, run: RunEnd(.success))
            let accounts = snapshot(script).accounts()
            #expect(accounts.waiting == .seconds(4), "one for a worker, three for the retry")
            #expect(accounts.running == .seconds(10))
            #expect(accounts.wasted == .seconds(2))
            #expect(accounts.wall == .seconds(10))
            #expect(accounts.parallelEfficiency == 0.6)
        }

        @Test func `counts what is under way until now`() {
            var script = RunScript(pipeline: "daily", steps: 1, workers: 1)
            script.ready(0, "a")
            script.starts(1, "a")
            let accounts = snapshot(script).accounts(at: RunScript.at(5))
            #expect(accounts.running == .seconds(4))
            #expect(accounts.waiting == .seconds(1))
            #expect(accounts.parallelEfficiency == 0.8)
            #expect(RunSnapshot().accounts().parallelEfficiency == nil)
        }

        @Test func `does not call a condition that says no a waste`() {
            var script = RunScript(pipeline: "daily", steps: 1)
            script.ready(0, "a")
            script.starts(0, "a", 1, part: .condition)
            script.ends(2, "a", 1, part: .condition, AttemptEnd(Outcome(.condition), exitCode: 1))
            script.finishes(2, "a", Outcome(.condition), attempts: 0)
            #expect(snapshot(script).accounts().wasted == .zero)
            #expect(snapshot(script).accounts().running == .seconds(2))
        }
    }
}
