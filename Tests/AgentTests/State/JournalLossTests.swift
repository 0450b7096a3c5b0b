import Agent
import Journal
import Pipeline
import TestSupport
import Testing

/// Going on with a journal that is damaged elsewhere than at its very end (G4).
struct JournalLossTests {
    let fixture = StateFixture()
    private let spec = """
        name: daily
        steps:
          a: {run: 'true'}
          b: {needs: a, run: 'true'}
          c: {needs: b, run: 'true'}
        """

    /// A run that died after `a` had ended and while `b` ran.
    private func makeRun(_ more: [RunEvent] = [], isExported: Bool = false) throws -> RunFolder {
        var document = makePlanDocument()
        document.spec = spec
        var started = makeRunStart(isExported: isExported)
        started.stepCount = 3
        let owned = try fixture.state.createRun(started, at: instant(1), plan: document)
        let (a, b) = (AttemptRef(step: "a", number: 1), AttemptRef(step: "b", number: 1))
        let success = Outcome.success
        try owned.append(
            [
                .stepReady(step: "a", after: nil), .attemptStarted(a),
                .attemptFinished(a, AttemptEnd(success)),
                .stepFinished(step: "a", StepEnd(success, attempts: 1)),
                .stepReady(step: "b", after: "a"), .attemptStarted(b),
            ] + more
        )
        return owned.folder
    }

    private func bytes(_ path: String) throws -> [UInt8] {
        try PosixStorage().readFile(path, limit: 1 << 20)
    }

    /// Changes a byte in the line.
    private func damage(_ folder: RunFolder, line: Int) throws {
        var journal = try bytes(folder.journalPath)
        let start = starts(journal)[line - 1]
        journal[start + 30] ^= 1
        try PosixStorage().replaceFile(folder.journalPath, with: journal, synced: false)
    }

    private func starts(_ journal: [UInt8]) -> [Int] {
        [0] + journal.indices.filter { journal[$0] == 10 }.map { $0 + 1 }
    }

    private func accept(
        _ folder: RunFolder,
        _ body: (RecordedEvent) -> Void = { _ in }
    ) throws -> (run: RecoveredRun, loss: JournalLoss?) {
        var told: JournalLoss?
        let before = try bytes(folder.journalPath)
        let policy = LossPolicy.accept { loss in
            told = loss
            #expect((try? bytes(folder.journalPath)) == before, "told before anything is changed")
        }
        return (try folder.takeUp(policy, body), told)
    }

    @Test func `damaged at any line but the first and the last, it goes on with what is before`()
        throws
    {
        for line in 2...6 {
            let fixture = JournalLossTests()
            let folder = try fixture.makeRun()
            try fixture.damage(folder, line: line)
            let damaged = try bytes(folder.journalPath)
            let refused = #expect(throws: StateError.self) { try folder.takeUp { _ in } }
            #expect(refused?.description.contains("--accept-loss") == true)
            #expect(try bytes(folder.journalPath) == damaged)

            var events: [RecordedEvent] = []
            let (run, loss) = try fixture.accept(folder) { events.append($0) }
            let told = try #require(loss)
            #expect(events.map(\.sequence) == (1..<UInt64(line)).map(\.self))
            #expect(told.damage.line == line)
            #expect(told.steps == (line > 5 ? ["b", "c"] : ["a", "b", "c"]))
            let cut = fixture.starts(damaged)[line - 1]
            #expect(told.bytes == damaged.count - cut)
            #expect(try bytes(folder.journalPath) == Array(damaged[..<cut]))
            #expect(told.original == folder.journalPath + ".damaged-1")
            #expect(try bytes(told.original) == damaged)
            #expect(run.owned.journal.written == cut)
            #expect(run.last == events.last)
            for step in told.steps { #expect(told.description.contains(step)) }
        }
    }

    @Test func `without its first line there is no run to go on with`() throws {
        let folder = try makeRun()
        try damage(folder, line: 1)
        let before = try bytes(folder.journalPath)
        for policy in [LossPolicy.refuse, .accept(tell: { _ in Issue.record("told a loss") })] {
            let error = #expect(throws: StateError.self) { try folder.takeUp(policy) { _ in } }
            #expect(error?.description.contains("cannot be resumed") == true)
            #expect(error?.description.contains("--accept-loss") == false)
            #expect(try bytes(folder.journalPath) == before)
        }
        #expect(fixture.directory.read("state/runs/\(folder.id)/journal.jsonl.damaged-1") == nil)
    }

    @Test func `a run whose end can be read has ended, whatever else is lost`() throws {
        let folder = try makeRun([.runFinished(RunEnd(.success))])
        try damage(folder, line: 3)
        let before = try bytes(folder.journalPath)
        #expect(throws: StateError.finished(run: folder.id)) { try accept(folder) }
        #expect(try bytes(folder.journalPath) == before)
    }

    @Test func `nothing is written over, however often a journal is damaged`() throws {
        let folder = try makeRun()
        try damage(folder, line: 6)
        _ = try accept(folder)
        let first = try bytes(folder.journalPath + ".damaged-1")
        try damage(folder, line: 3)
        let (_, loss) = try accept(folder)
        #expect(loss?.original == folder.journalPath + ".damaged-2")
        #expect(try bytes(folder.journalPath + ".damaged-1") == first)
    }

    @Test func `spans that were sent of what is lost go out again as it comes to be`() throws {
        let folder = try makeRun(isExported: true)
        try folder.setExportCursor(ExportCursor(sequence: 6, isDone: false))
        try damage(folder, line: 4)
        _ = try accept(folder)
        #expect(try folder.exportCursor() == ExportCursor(sequence: 3, isDone: false))
        try folder.setExportCursor(ExportCursor(sequence: 1, isDone: false))
        try damage(folder, line: 2)
        try damage(folder, line: 3)
        _ = try accept(folder)
        #expect(try folder.exportCursor() == ExportCursor(sequence: 1, isDone: false))
    }

    @Test func `a crash at any operation leaves the journal, or its copy and what is readable`()
        throws
    {
        var operations = 0
        var isOver = false
        while !isOver {
            let fixture = JournalLossTests()
            let folder = try fixture.makeRun(isExported: true)
            try folder.setExportCursor(ExportCursor(sequence: 6, isDone: false))
            try fixture.damage(folder, line: 5)
            let damaged = try bytes(folder.journalPath)
            let storage = CrashingStorage(after: operations)
            let crashed = RunFolder(id: folder.id, path: folder.path, storage: storage)
            _ = try? crashed.takeUp(.accept(tell: { _ in })) { _ in }
            isOver = storage.operations.count < operations
            if try bytes(folder.journalPath) != damaged {
                #expect(try bytes(folder.journalPath + ".damaged-1") == damaged)
            }
            let (run, _) = try fixture.accept(folder)
            #expect(run.last.sequence == 4, "operation \(operations)")
            operations += 1
        }
        #expect(operations > 10)
    }
}
