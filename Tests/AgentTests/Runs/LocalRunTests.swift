import Agent
import Glibc
import Journal
import Pipeline
import TestSupport
import Testing
import Transport

/// A run's place in its journal, when that takes no more.
struct LocalRunTests {
    private let fixture = StateFixture()
    private let ready = RunEvent.stepReady(step: "a", after: nil)

    private func makeRun(_ owned: OwnedRun, reserve: JournalReserve? = nil) throws -> LocalRun {
        try LocalRun(owned, after: 1, reserve: reserve, syncer: SyncThread(), listeners: [])
    }

    private func sequences(of run: LocalRun) throws -> [UInt64] {
        var numbers: [UInt64] = []
        let report = try run.owned.folder.events { event in
            if case .known(let recorded) = event { numbers.append(recorded.sequence) }
        }
        #expect(report.verdict == .complete)
        return numbers
    }

    @Test func `what writes nothing for long notices that its journal is gone`() throws {
        let run = try makeRun(fixture.makeRun())
        try run.owned.journal.sync()
        run.touch()
        #expect(!run.alarm.wait(atMost: .zero))
        try #require(unlink(run.owned.folder.journalPath) == 0)
        run.touch()
        #expect(run.alarm.wait(atMost: .zero))
        let path = run.owned.folder.journalPath
        #expect(throws: JournalError.gone(path: path)) { try run.checkJournal() }
    }

    @Test func `the last events go on where the journal ends, and the reserve is gone then`()
        throws
    {
        let owned = try fixture.makeRun()
        let path = owned.folder.reservePath
        let run = try makeRun(owned, reserve: JournalReserve(at: path))
        let now = Timestamp(nanoseconds: 1_773_097_900_000_000_000)
        run.writeLast([ready, .runStopping(.timedOut)], at: now)
        #expect(try sequences(of: run) == [1, 2, 3])
        #expect(owned.journal.synced == owned.journal.written)
        #expect(access(path, F_OK) != 0)
    }
}
