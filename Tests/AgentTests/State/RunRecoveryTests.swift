import Agent
import Glibc
import Journal
import Pipeline
import TestSupport
import Testing

struct RunRecoveryTests {
    let fixture = StateFixture()
    let attempt = AttemptRef(step: "a", number: 1)

    /// A run whose owner has gone, with `events` behind its first.
    private func abandonedRun(_ events: [RunEvent] = []) throws -> RunFolder {
        let owned = try fixture.makeRun()
        try owned.append(events)
        return owned.folder
    }

    private func bytes(_ folder: RunFolder) throws -> [UInt8] {
        try PosixStorage().readFile(folder.journalPath, limit: 1 << 20)
    }

    private func put(_ bytes: [UInt8], in folder: RunFolder) throws {
        try PosixStorage().replaceFile(folder.journalPath, with: bytes, synced: false)
    }

    @Test func `hands over every event, and the journal goes on behind the last`() throws {
        let folder = try abandonedRun([
            .stepReady(step: "a", after: nil), .attemptStarted(attempt),
        ])
        var events: [RecordedEvent] = []
        var recovered: RecoveredRun? = try folder.takeUp { events.append($0) }
        let run = try #require(recovered)
        #expect(events.map(\.sequence) == [1, 2, 3])
        #expect(run.started == makeRunStart())
        #expect(run.last == events.last)
        #expect(run.plan == makePlanDocument())
        #expect(run.cut == nil)
        #expect(try folder.ownerPID() == getpid())
        #expect(run.owned.journal.synced == 0, "nobody knows what was synced")
        try run.owned.append(
            [.runResumed(RunResumed(recovery: 1, diedAt: instant(3)))],
            from: 4,
            at: 4
        )
        try run.owned.journal.sync()
        recovered = nil
        let report = try folder.events { _ in }
        #expect(report.lines == 4)
        #expect(report.verdict == .complete)
    }

    @Test func `a run that somebody runs is not taken from him`() throws {
        let owned = try fixture.makeRun()
        #expect(throws: StateError.alreadyRunning(run: owned.folder.id, pid: getpid())) {
            try owned.folder.takeUp { _ in }
        }
    }

    @Test func `a finished run is never taken up`() throws {
        let folder = try abandonedRun([.runFinished(RunEnd(.success))])
        #expect(throws: StateError.finished(run: folder.id)) { try folder.takeUp { _ in } }
        #expect(try folder.ownerPID() == nil, "the lock is given back")
    }

    @Test func `the time of death is the later of the last event and the last touch`() throws {
        let folder = try abandonedRun([.attemptStarted(attempt)])
        for (touched, expected) in [(Int64(1), instant(2)), (9, instant(9))] {
            let seconds = instant(touched).nanoseconds / 1_000_000_000
            var times = [timespec(tv_sec: Int(seconds), tv_nsec: 0)]
            times.append(times[0])
            #expect(utimensat(AT_FDCWD, folder.lockPath, &times, 0) == 0)
            #expect(try folder.takeUp { _ in }.diedAt == expected)
        }
        unlink(folder.lockPath)
        #expect(try folder.takeUp { _ in }.diedAt == instant(2))
    }

    /// Cut at every byte: whole lines are handed over, the torn one is cut and told, and a journal
    /// without a first event is left alone.
    @Test func `a journal cut anywhere is taken up at its last whole event`() throws {
        let folder = try abandonedRun([
            .stepReady(step: "a", after: nil), .attemptStarted(attempt),
        ])
        let journal = try bytes(folder)
        let ends = journal.indices.filter { journal[$0] == 10 }.map { $0 + 1 }
        for cut in journal.indices {
            try put(Array(journal[..<cut]), in: folder)
            let whole = ends.filter { $0 <= cut }
            guard let end = whole.last else {
                #expect(
                    throws: StateError.noStart(run: folder.id, path: folder.journalPath),
                    "cut at \(cut)"
                ) {
                    try folder.takeUp { _ in }
                }
                #expect(try bytes(folder).count == cut, "nothing is cut off")
                continue
            }
            var count = 0
            let run = try folder.takeUp { _ in count += 1 }
            #expect(count == whole.count)
            #expect(run.cut == (cut == end ? nil : TornTail(offset: end, bytes: cut - end)))
            #expect(run.owned.journal.written == end)
            #expect(try bytes(folder) == Array(journal[..<end]))
        }
    }

    @Test func `a corrupt journal is told with its place and left as it is`() throws {
        let folder = try abandonedRun([
            .stepReady(step: "a", after: nil), .attemptStarted(attempt),
        ])
        var journal = try bytes(folder)
        let first = try #require(journal.firstIndex(of: 10)) + 1
        journal[first + 30] ^= 1
        try put(journal, in: folder)
        let damage = JournalDamage(line: 2, offset: first, why: .checksum, goodLinesAfter: 1)
        #expect(
            throws: StateError.corrupt(run: folder.id, path: folder.journalPath, damage: damage)
        ) {
            try folder.takeUp { _ in }
        }
        #expect(try bytes(folder) == journal)
        #expect(try folder.ownerPID() == nil)
    }

    @Test func `a journal of another run, or of another format, is not resumed`() throws {
        let folder = try abandonedRun()
        var codec = RunEventCodec()
        func first(_ started: RunStarted) throws {
            var line: [UInt8] = []
            try codec.encode(
                RecordedEvent(sequence: 1, at: instant(1), event: .runStarted(started)),
                into: &line
            )
            try put(line, in: folder)
        }
        try first(makeRunStart(suffix: 99))
        #expect(throws: StateError.noStart(run: folder.id, path: folder.journalPath)) {
            try folder.takeUp { _ in }
        }
        var later = makeRunStart()
        later.formatVersion = 2
        try first(later)
        #expect(throws: StateError.unsupportedFormat(run: folder.id, version: 2)) {
            try folder.takeUp { _ in }
        }
    }

    @Test func `a run without its plan is not resumed`() throws {
        let folder = try abandonedRun()
        try PosixStorage().replaceFile(folder.planPath, with: Array("{".utf8), synced: false)
        let error = #expect(throws: StateError.self) { try folder.takeUp { _ in } }
        #expect(error?.description.hasPrefix("\(folder.planPath) is damaged: ") == true)
        unlink(folder.planPath)
        #expect(throws: StateError.self) { try folder.takeUp { _ in } }
    }
}
