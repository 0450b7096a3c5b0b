import Agent
import Glibc
import Journal
import Pipeline
import TestSupport
import Testing

struct RunFolderTests {
    let fixture = StateFixture()

    private func names(in folder: String) -> Set<String> {
        var names: Set<String> = []
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.insert(name) }
        }
        return names
    }

    @Test func `a run begins with its plan, its first event and its lock`() throws {
        let owned = try fixture.makeRun(isExported: true)
        let folder = fixture.state.run(owned.folder.id)
        #expect(
            names(in: folder.path)
                == ["journal.jsonl", "plan.json", "lock", "export", "reserve"]
        )
        #expect(names(in: fixture.state.runsPath) == [folder.id.description])
        #expect(try folder.plan() == makePlanDocument())
        #expect(try folder.ownerPID() == getpid())
        #expect(owned.journal.synced == 0, "its name is not durable yet")
        try owned.journal.sync()
        #expect(owned.journal.synced == owned.journal.written)
        #expect(try folder.exportCursor() == ExportCursor(sequence: 0, isDone: false))
        var events: [RunEvent] = []
        let report = try folder.events { stored in
            if case .known(let event) = stored { events.append(event.event) }
        }
        #expect(events == [.runStarted(makeRunStart(isExported: true))])
        #expect(report.verdict == .complete)
    }

    @Test func `a run that is not exported has no cursor`() throws {
        let folder = try fixture.makeRun().folder
        #expect(try folder.exportCursor() == nil)
    }

    @Test func `the same id cannot begin twice`() throws {
        let owned = try fixture.makeRun()
        #expect(throws: StateError.self) { try fixture.makeRun() }
        #expect(try owned.folder.plan() == makePlanDocument())
        #expect(names(in: fixture.state.runsPath) == [owned.folder.id.description])
    }

    @Test func `a crash at any operation leaves no run or a whole one, and no more than that`()
        throws
    {
        try fixture.state.prepare()
        for operations in 0..<60 {
            let storage = CrashingStorage(after: operations)
            let owned = try? fixture.through(storage).createRun(
                makeRunStart(isExported: true),
                at: instant(1),
                plan: makePlanDocument()
            )
            let ids = try fixture.state.runIDs()
            if let id = ids.first {
                let folder = fixture.state.run(id)
                #expect(try folder.plan() == makePlanDocument(), "after \(operations)")
                #expect(try folder.summary().started == makeRunStart(isExported: true))
                #expect(try folder.exportCursor() != nil)
            }
            let leftovers = names(in: fixture.state.runsPath).filter { $0.hasPrefix(".") }
            #expect(leftovers.count + ids.count <= 1)
            // Too young: it may be about to be locked.
            #expect(try fixture.state.removeLeftovers(now: currentTime()) == 0)
            let later = Timestamp(nanoseconds: currentTime().nanoseconds + 61_000_000_000)
            #expect(try fixture.state.removeLeftovers(now: later) == leftovers.count)
            #expect(names(in: fixture.state.runsPath).count == ids.count)
            if owned != nil {
                #expect(operations > 12, "every operation was a place to die at")
                return
            }
            for id in ids { try removeAll(fixture.state.run(id).path) }
        }
        Issue.record("never completed")
    }

    /// The order is what a power cut cannot break: everything is durable before it has its name.
    @Test func `a run's name comes last, when all else is durable`() throws {
        try fixture.state.prepare()
        let storage = CrashingStorage()
        let run = try fixture.through(storage).createRun(
            makeRunStart(isExported: true),
            at: instant(1),
            plan: makePlanDocument()
        )
        let new = ".new-\(run.folder.id)"
        let made = [
            "make the folder \(new)", "open reserve", "allocate reserve", "open plan.json",
            "write plan.json", "open journal.jsonl",
            "write journal.jsonl", "open export", "write export",
        ]
        let synced = [
            "open export", "sync export", "open plan.json", "sync plan.json",
            "open journal.jsonl", "sync journal.jsonl", "sync \(new)",
        ]
        let named = ["rename \(new)", "open journal.jsonl", "inspect journal.jsonl"]
        let operations = storage.operations.suffix(made.count + synced.count + named.count)
        #expect(operations.prefix(made.count) == made[...])
        // The plan is synced beside the rest, on another thread.
        #expect(operations.dropFirst(made.count).dropLast(named.count).sorted() == synced.sorted())
        #expect(operations.suffix(named.count) == named[...])
        try run.journal.sync()
        #expect(
            storage.operations.suffix(3)
                == ["sync journal.jsonl", "inspect journal.jsonl", "sync runs"]
        )
    }

    @Test func `a folder that is being prepared is not a leftover`() throws {
        try fixture.state.prepare()
        let new = fixture.state.runsPath + "/.new-x"
        mkdir(new, 0o700)
        let lock = try FileLock.take(new + "/lock")
        let later = Timestamp(nanoseconds: currentTime().nanoseconds + 3_600_000_000_000)
        #expect(try fixture.state.removeLeftovers(now: later) == 0)
        withExtendedLifetime(lock) {}
    }

    @Test func `an unknown event is shown as it stands, and keeps the run from being resumed`()
        throws
    {
        var owned: OwnedRun? = try fixture.makeRun()
        let folder = try #require(owned).folder
        var lines: [UInt8] = []
        let text = #"{"seq":2,"at":5,"type":"step_teleported","to":"mars"}"#
        try JournalLine.seal(Array(text.utf8), into: &lines)
        try owned?.journal.append(lines)
        owned = nil
        var unknown: [String] = []
        try folder.events { stored in
            if case .unknown(_, let text, _) = stored { unknown.append(text) }
        }
        #expect(unknown.count == 1)
        #expect(unknown.first?.contains(#""type":"step_teleported","to":"mars""#) == true)
        let cause = CodecError.unknownType(
            "step_teleported",
            sequence: 2,
            at: Timestamp(nanoseconds: 5)
        )
        #expect(throws: StateError.unreadableEvent(run: folder.id, sequence: 2, cause: cause)) {
            try folder.takeUp { _ in }
        }
    }

    @Test func `its report and its cursor are replaced whole`() throws {
        let folder = try fixture.makeRun(isExported: true).folder
        try folder.writeReport(Array("{}".utf8))
        try folder.writeReport(Array(#"{"a":1}"#.utf8))
        #expect(
            try PosixStorage().readFile(folder.reportPath, limit: 99) == Array(#"{"a":1}"#.utf8)
        )
        let cursor = ExportCursor(sequence: 1_000, isDone: true)
        try folder.setExportCursor(cursor)
        #expect(try folder.exportCursor() == cursor)
        #expect(!names(in: folder.path).contains { $0.hasSuffix(".new") })
    }

    @Test(arguments: [
        "", "{}", "null", #"{"seq":1}"#, #"{"seq":-1,"done":true}"#, #"{"seq":1,"done":1}"#,
        #"{"seq":1,"done":true,"more":1}"#, #"{"seq":1,"done":true"#,
    ])
    func `a damaged cursor is an error with its place`(text: String) throws {
        let folder = try fixture.makeRun(isExported: true).folder
        try PosixStorage().replaceFile(folder.exportPath, with: Array(text.utf8), synced: false)
        let error = #expect(throws: StateError.self) { try folder.exportCursor() }
        #expect(error?.description.hasPrefix("\(folder.exportPath) is damaged: ") == true)
    }
}

struct PlanDocumentTests {
    @Test func `comes back as it went, the params in their order`() throws {
        #expect(try PlanDocument(json: makePlanDocument().json) == makePlanDocument())
        var plain = makePlanDocument()
        plain.workers = nil
        plain.params = []
        #expect(try PlanDocument(json: plain.json) == plain)
    }

    @Test(arguments: [
        (#""format":1"#, #""format":2"#), (#""format":1,"#, ""), (#""workers":4"#, #""workers":0"#),
        (#""workers":4"#, #""workers":"4""#), (#""z":"1""#, #""z":1"#),
        (#""z":"1""#, #""a":"1""#), (#""pipeline":"daily""#, #""pipeline":null"#),
        (#""pipeline":"daily","#, ""), (#"{"format""#, #"{"later":1,"format""#),
        (#""params":{"#, #""params":["#),
    ])
    func `what is not such a document is refused`(part: String, replacement: String) throws {
        let text = String(decoding: makePlanDocument().json, as: UTF8.self)
        let pieces = text.split(separator: part, maxSplits: 1, omittingEmptySubsequences: false)
        try #require(pieces.count == 2, "the test changes something")
        let changed = pieces[0] + replacement + pieces[1]
        #expect(throws: JSONError.self) { try PlanDocument(json: Array(changed.utf8)) }
    }

    @Test func `cut anywhere it is refused`() {
        let json = makePlanDocument().json
        for cut in json.indices {
            #expect(throws: JSONError.self) { try PlanDocument(json: Array(json[..<cut])) }
        }
    }
}

/// For files that the machine's own clock has stamped.
func currentTime() -> Timestamp {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Timestamp(nanoseconds: Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec))
}

private func removeAll(_ folder: String) throws {
    for name in ["journal.jsonl", "plan.json", "lock", "export", "reserve"] {
        unlink(folder + "/" + name)
    }
    try #require(rmdir(folder) == 0)
}
