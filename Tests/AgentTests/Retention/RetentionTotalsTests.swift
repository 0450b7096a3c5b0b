import Glibc
import Journal
import Pipeline
import Telemetry
import TestSupport
import Testing

@testable import Agent

/// What a deleted run came to stays counted, whoever deletes it.
struct RetentionTotalsTests {
    let bench = RetentionFixture()

    private func totals() throws -> MetricTotals {
        try #require(try TotalsFile.read(bench.state))
    }

    /// What the agent shows that outlives it, but for what it counts of itself.
    private func kept(_ metrics: AgentMetrics) -> [MetricTotals.Metric] {
        var totals = metrics.registry.totals(of: MetricCatalog.all)
        _ = totals.split(off: MetricCatalog.ownTotals)
        return totals.samples
    }

    @Test func `nothing falls: not a counter, not a histogram, not when the last run ended`() throws
    {
        for second in 1...3 { try bench.make(Int64(second), trigger: RunTrigger.api) }
        try bench.make(4)
        let before = kept(try bench.startAgent())
        #expect(before.contains { $0.name == MetricCatalog.runLastSuccess.name })
        #expect(before.contains { $0.name == MetricCatalog.runLastFinish.name })
        let report = try bench.collect()
        #expect(report.deleted.count == 4)
        #expect(kept(try bench.startAgent()) == before)
        // Where no agent had ever counted them.
        try bench.make(5, trigger: RunTrigger.api)
        unlink(bench.state.totalsPath)
        #expect(try bench.collect().deleted.count == 1)
        #expect(bench.successes(try bench.startAgent()) == 1)
    }

    @Test func `runs of people are not counted when they are deleted`() throws {
        try bench.make(1)
        try bench.make(2, trigger: RunTrigger.exec)
        #expect(try bench.collect().deleted.count == 2)
        #expect(try TotalsFile.read(bench.state) == nil)
    }

    @Test func `ids are forgotten once their folders are gone`() throws {
        let runs = try (1...3).map { try bench.make(Int64($0), trigger: RunTrigger.api) }
        try bench.make(4, trigger: RunTrigger.api, endsAt: .some(nil))
        var agent = try bench.startAgent()
        #expect(try totals().absorbed == Set(runs.map(\.id)))
        #expect(try totals().positions.count == 1)
        #expect(try bench.collect().deleted.count == 3)
        #expect(try totals().absorbed.count == 3, "until somebody writes the totals")
        agent = try bench.startAgent()
        #expect(try totals().absorbed.isEmpty)
        #expect(try totals().positions.count == 1)
        #expect(bench.successes(agent) == 3)
        // In memory too.
        let late = try bench.make(5, trigger: RunTrigger.api)
        #expect(try agent.keep([late]) == [late.id])
        try PosixStorage().removeTree(late.path)
        try agent.save()
        #expect(try totals().absorbed.isEmpty)
        #expect(try agent.keep([]).isEmpty)
        #expect(bench.successes(agent) == 4)
    }

    @Test func `where the runs cannot be listed nothing is forgotten`() throws {
        let run = try bench.make(1, trigger: RunTrigger.api)
        let agent = try bench.startAgent()
        rename(bench.state.runsPath, bench.state.runsPath + "-away")
        try agent.save()
        #expect(try totals().absorbed == [run.id])
    }

    @Test func `beneath an agent that serves the folder only runs of people go`() throws {
        let run = try bench.make(1, trigger: RunTrigger.api)
        let person = try bench.make(2)
        let lock = try bench.state.takeAgentLock()
        let report = try withExtendedLifetime(lock) { try bench.collect() }
        #expect(report.deleted.map(\.run) == [person.id])
        #expect(report.kept == [.uncounted: 1])
        #expect(report.remarks.first?.run == run.id)
        #expect(try TotalsFile.read(bench.state) == nil)
    }

    @Test func `totals that cannot be read are not replaced, and nothing counted is deleted`()
        throws
    {
        try bench.make(1, trigger: RunTrigger.api)
        bench.fixture.directory.write("state/totals.json", "{")
        #expect(try bench.collect().kept == [.uncounted: 1])
        #expect(bench.fixture.directory.read("state/totals.json") == "{")
    }

    @Test func `an agent that lives counts what a person ended in its place, once`() throws {
        let begun = try bench.make(1, trigger: RunTrigger.api, endsAt: .some(nil))
        let agent = try bench.startAgent()
        #expect(bench.successes(agent) == 0)
        var owned: RecoveredRun? = try begun.takeUp { _ in }
        try owned?.owned.append([.runFinished(RunEnd(.success))], at: 5)
        owned = nil
        let collector = RunCollector(in: bench.state) { try agent.keep($0) }
        let report = try collector.collect(RetentionFixture.none, at: bench.now)
        #expect(report.deleted.map(\.run) == [begun.id])
        #expect(bench.successes(agent) == 1)
        #expect(bench.successes(try bench.startAgent()) == 1)
    }

    @Test func `a count that fails keeps its runs`() throws {
        try bench.make(1, trigger: RunTrigger.api)
        struct Failure: Error {}
        let failing = RunCollector(in: bench.state) { _ in throw Failure() }
        let report = try failing.collect(RetentionFixture.none, at: bench.now)
        #expect(report.kept == [.uncounted: 1])
        let silent = RunCollector(in: bench.state) { _ in [] }
        #expect(try silent.collect(RetentionFixture.none, at: bench.now).kept == [.uncounted: 1])
        #expect(try bench.names().count == 1)
    }

    @Test func `whoever replaces the totals has their lock, and waits for it as long as asked`()
        throws
    {
        try bench.state.prepare()
        let lock = try FileLock.take(bench.state.totalsLockPath)
        #expect(throws: StateError.locked(path: lock.path, pid: getpid())) {
            try TotalsFile(lockingIn: bench.state, wait: .milliseconds(50))
        }
        withExtendedLifetime(lock) {}
    }
}
