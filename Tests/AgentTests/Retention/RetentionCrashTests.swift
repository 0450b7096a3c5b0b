import Glibc
import Journal
import Pipeline
import TestSupport
import Testing

@testable import Agent

/// No count is lost and none counts twice, wherever deleting is broken off.
struct RetentionCrashTests {
    /// Under its id a run is whole.
    private func check(_ bench: RetentionFixture, after operations: Int) throws {
        for id in try bench.state.runIDs() {
            let folder = bench.state.run(id)
            var events = 0
            let report = try folder.events { _ in events += 1 }
            #expect(report.verdict == .complete && events == 2, "operation \(operations)")
            #expect(throws: Never.self) { try folder.plan() }
        }
    }

    @Test func `a crash at any operation`() throws {
        var operations = 0
        var isOver = false
        while !isOver {
            let bench = RetentionFixture()
            // Counted before, and not yet.
            try bench.make(1, trigger: RunTrigger.api)
            #expect(bench.successes(try bench.startAgent()) == 1)
            try bench.make(2, trigger: RunTrigger.api)
            let last = try bench.make(3, trigger: RunTrigger.api)
            try bench.make(4)
            let left = try bench.leaveOutputs(of: last)
            let storage = CrashingStorage(after: operations)
            _ = try? bench.collect(in: bench.fixture.through(storage))
            isOver = storage.operations.count < operations
            try check(bench, after: operations)
            #expect(bench.successes(try bench.startAgent()) == 3, "operation \(operations)")
            let rest = try bench.collect()
            #expect(rest.remarks.isEmpty, "operation \(operations)")
            #expect(try bench.names().isEmpty, "operation \(operations)")
            #expect(!bench.exists(left), "operation \(operations)")
            #expect(bench.successes(try bench.startAgent()) == 3, "operation \(operations)")
            operations += 1
        }
        #expect(operations > 30)
    }

    @Test func `what a crash left is finished, unless somebody is at it`() throws {
        let bench = RetentionFixture()
        let (whole, bare, busy) = (try bench.make(1), try bench.make(2), try bench.make(3))
        let left = try bench.leaveOutputs(of: whole)
        let runs = bench.state.runsPath
        for folder in [whole, bare, busy] {
            rename(folder.path, "\(runs)/.old-\(folder.id)")
        }
        for name in ["journal.jsonl", "plan.json", "lock"] {
            unlink("\(runs)/.old-\(bare.id)/\(name)")
        }
        let lock = try FileLock.take("\(runs)/.old-\(busy.id)/lock")
        let report = try bench.collect(RetentionFixture.all)
        #expect(report.leftovers == 2)
        #expect(try bench.names() == [".old-\(busy.id)"])
        #expect(!bench.exists(left))
        withExtendedLifetime(lock) {}
    }

    @Test func `what cannot be removed is said, and tried again`() throws {
        let bench = RetentionFixture()
        let run = try bench.make(1)
        let left = try bench.leaveOutputs(of: run)
        let storage = CrashingStorage(keeping: "result")
        let report = try bench.collect(in: bench.fixture.through(storage))
        #expect(report.deleted.map(\.run) == [run.id], "it is out of sight")
        #expect(report.remarks.first?.why.contains("result") == true)
        #expect(try bench.names() == [".old-\(run.id)"])
        #expect(try bench.collect(in: bench.fixture.through(storage)).remarks.count == 1)
        #expect(try bench.collect().leftovers == 1)
        #expect(!bench.exists(left))
    }
}
