import Glibc
import Journal
import Pipeline
import TestSupport
import Testing

@testable import Agent

/// What the end of a run deletes: little, quickly, and only what is surely too much.
struct RetentionAfterRunTests {
    let bench = RetentionFixture()

    private func collect(runs: Int, age: Duration = .seconds(1 << 40)) throws {
        let limits = RetentionLimits(runs: runs, age: age, bytes: 0)
        try RunCollector(in: bench.state).collectAfterRun(limits, at: bench.now)
    }

    @Test func `ten runs, the oldest`() throws {
        let runs = try (1...15).map { try bench.make(Int64($0)) }
        try collect(runs: 2)
        #expect(try bench.names() == runs[10...].map(\.id.description))
        try collect(runs: 2)
        #expect(try bench.names() == runs[13...].map(\.id.description))
        try collect(runs: 2)
        #expect(try bench.names().count == 2, "size is not asked")
        try collect(runs: 0)
        #expect(try bench.names().isEmpty)
    }

    @Test func `those that are too old`() throws {
        let runs = try [1, 2, 10_000].map { try bench.make($0) }
        try collect(runs: 1_000, age: .seconds(3_600))
        #expect(try bench.names() == [runs[2].id.description])
    }

    @Test func `a long run that has just ended is one of the last`() throws {
        let long = try bench.make(1, endsAt: 10_000)
        let short = try bench.make(2)
        try bench.make(3)
        try collect(runs: 1)
        #expect(try bench.names().count == 2)
        #expect(!bench.exists("runs/\(short.id)"))
        #expect(bench.exists("runs/\(long.id)"))
    }

    @Test func `runs that have not ended take nobody's place, and stay`() throws {
        let open = try bench.make(9, endsAt: .some(nil))
        let ended = try bench.make(8)
        try collect(runs: 1)
        #expect(try bench.names() == [ended.id.description, open.id.description])
    }

    @Test func `where an agent serves the folder it is the agent's to do`() throws {
        try bench.make(1)
        let lock = try bench.state.takeAgentLock()
        try withExtendedLifetime(lock) {
            try collect(runs: 0, age: .zero)
            #expect(try bench.names().count == 1)
        }
    }

    @Test func `large journals are left to whoever has time`() throws {
        var owned: OwnedRun? = try bench.fixture.makeRun(1)
        let folder = try #require(owned?.folder)
        let line = String(repeating: "x", count: 60_000)
        let events = (0..<20).map { index in
            RunEvent.outputSet(AttemptRef(step: "a", number: 1), key: "k\(index)", value: line)
        }
        try owned?.append(events)
        try owned?.append([.runFinished(RunEnd(.success))], from: 22)
        owned = nil
        #expect(folder.journalSize > 1 << 20)
        try collect(runs: 0)
        #expect(!folder.isGone)
        #expect(try bench.collect().deleted.map(\.run) == [folder.id])
    }
}
