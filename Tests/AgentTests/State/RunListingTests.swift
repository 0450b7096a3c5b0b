import Agent
import Glibc
import Journal
import Pipeline
import Telemetry
import TestSupport
import Testing

struct RunListingTests {
    let fixture = StateFixture()

    @Test func `lists the newest first, with how each stands`() throws {
        let running = try fixture.makeRun(3, suffix: 3)
        do {
            let finished = try fixture.makeRun(1, suffix: 1)
            try finished.append([.runFinished(RunEnd(.exit, step: "a"))], at: 5)
            try fixture.makeRun(2, suffix: 2)
            let broken = try fixture.makeRun(4, suffix: 4)
            truncate(broken.folder.journalPath, 10)
        }
        let runs = try fixture.state.runs()
        #expect(runs.map(\.folder.id.low) == [4, 3, 2, 1])
        let states = runs.map { try? $0.summary.get().state }
        #expect(
            states == [
                nil, .running(pid: getpid()), .interrupted, .finished(RunEnd(.exit, step: "a")),
            ]
        )
        let last = try #require(try runs.last?.summary.get())
        #expect(last.started == makeRunStart(1, suffix: 1))
        #expect(last.startedAt == instant(1))
        #expect(last.lastEventAt == instant(5))
        #expect(last.lastSequence == 2)
        #expect(try fixture.state.runs(limit: 2).count == 2)
        withExtendedLifetime(running) {}
    }

    @Test func `a torn or long last line does not hide the last event`() throws {
        let owned = try fixture.makeRun()
        let attempt = AttemptRef(step: "a", number: 1)
        let long = String(repeating: "x", count: 200_000)
        try owned.append([.outputSet(attempt, key: "k", value: long)])
        #expect(try owned.folder.summary().lastSequence == 2)
        try owned.journal.append(Array(#"{"crc":"0000"#.utf8))
        #expect(try owned.folder.summary().lastSequence == 2)
        try owned.journal.append([10])
        #expect(try owned.folder.summary().lastSequence == 2, "found by reading all of it")
        try owned.journal.append(Array("rubbish\n".utf8))
        let error = #expect(throws: StateError.self) { try owned.folder.summary() }
        #expect(error?.description.contains("line 3, at byte") == true)
    }

    @Test func `other names among the runs are not runs`() throws {
        let id = try fixture.makeRun().folder.id
        let runs = fixture.state.runsPath
        for name in ["x", ".new-\(id)", id.description.uppercased() + "0", "0"] {
            mkdir(runs + "/" + name, 0o700)
        }
        #expect(try fixture.state.runIDs() == [id])
    }
}

struct RunReferenceTests {
    let fixture = StateFixture()

    init() throws {
        try fixture.makeRun(1, suffix: 0x1111_0000_0000_FEED, pipeline: "daily")
        try fixture.makeRun(2, suffix: 0x2222_0000_0000_D901, pipeline: "hourly")
        try fixture.makeRun(3, suffix: 0x3333_0000_0000_D901, pipeline: "daily")
        try fixture.makeRun(4, suffix: 0x4444_0000_0000_0004, pipeline: "feed")
    }

    private func id(_ second: Int64, _ suffix: UInt64) -> RunID {
        makeRunStart(second, suffix: suffix).run
    }

    @Test func `an id, a part of one, last, or a pipeline mean a run`() throws {
        let first = id(1, 0x1111_0000_0000_FEED)
        let third = id(3, 0x3333_0000_0000_D901)
        let fourth = id(4, 0x4444_0000_0000_0004)
        let meanings: [(String, RunID)] = [
            (first.description, first), ("0000feed", first), ("last", fourth), ("daily", third),
            ("hourly", id(2, 0x2222_0000_0000_D901)), ("33330000" + "0000d901", third),
            (String(fourth.description.prefix(12)), fourth), ("4", fourth),
        ]
        for (reference, run) in meanings {
            #expect(try fixture.state.resolve(reference).id == run, "\(reference)")
        }
    }

    @Test func `the digits by which a run is shown mean that run`() throws {
        let all = try fixture.state.runIDs()
        // The first one's usual digits are also the name of a pipeline: that is not guessed.
        let shown = all.filter { $0 != id(1, 0x1111_0000_0000_FEED) }
        let suffix = RunSuffix(of: shown, among: all)
        #expect(suffix.digits > 4)
        for run in shown {
            #expect(try fixture.state.resolve(suffix.text(of: run)).id == run)
            let alone = RunSuffix(of: [run], among: all).text(of: run)
            #expect(try fixture.state.resolve(alone).id == run)
        }
    }

    @Test func `several runs of that ending, or a pipeline of that name, are not guessed between`()
    {
        let second = id(2, 0x2222_0000_0000_D901)
        let third = id(3, 0x3333_0000_0000_D901)
        #expect(
            throws: StateError.ambiguousRun(reference: "d901", candidates: [third, second])
        ) {
            try fixture.state.resolve("d901")
        }
        let first = id(1, 0x1111_0000_0000_FEED)
        let fourth = id(4, 0x4444_0000_0000_0004)
        #expect(
            throws: StateError.ambiguousRun(reference: "feed", candidates: [first, fourth])
        ) {
            try fixture.state.resolve("feed")
        }
    }

    @Test(arguments: ["", "nobody", "ffff", "DAILY", "00000000000000000000000000000001", "../x"])
    func `nothing of that name is an error that says where it looked`(reference: String) {
        let runs = fixture.state.runsPath
        let error = StateError.noSuchRun(reference: reference, lookedIn: runs)
        #expect(throws: error) { try fixture.state.resolve(reference) }
        #expect(error.description.contains(runs))
    }

    @Test func `where nothing has run, last is nothing`() {
        let empty = StateFixture()
        #expect(throws: StateError.self) { try empty.state.resolve("last") }
        #expect(throws: StateError.self) { try empty.state.resolve("daily") }
    }
}

struct InboxTests {
    let fixture = StateFixture()

    @Test func `a request arrives whole, once, whoever runs the run`() throws {
        let inbox = try fixture.makeRun().folder.inbox
        #expect(try inbox.take() == [])
        try inbox.post(.cancel(by: "weir \"cancel\"", isForced: false))
        #expect(
            try inbox.take() == [.request(.cancel(by: "weir \"cancel\"", isForced: false))]
        )
        #expect(try inbox.take() == [])
    }

    @Test func `a second request replaces the first that nobody took`() throws {
        let inbox = try fixture.makeRun().folder.inbox
        try inbox.post(.cancel(by: "a", isForced: false))
        try inbox.post(.cancel(by: "b", isForced: true))
        #expect(try inbox.take() == [.request(.cancel(by: "b", isForced: true))])
    }

    @Test(arguments: [
        ("cancel", ""), ("cancel", "{}"), ("cancel", #"{"by":1,"forced":true}"#),
        ("cancel", #"{"by":"a","forced":true,"x":1}"#), ("approve", "{}"),
        ("cancel", #"{"by":"\#(String(repeating: "x", count: 20_000))","forced":true}"#),
    ])
    func `what is no request is refused by name and removed`(name: String, text: String) throws {
        let inbox = try fixture.makeRun().folder.inbox
        try inbox.make()
        try PosixStorage().createFile(
            inbox.path + "/" + name,
            with: Array(text.utf8),
            synced: false
        )
        let messages = try inbox.take()
        guard case .refused(let refused, let why) = messages.first, messages.count == 1 else {
            Issue.record("took \(messages)")
            return
        }
        #expect(refused == name && !why.isEmpty)
        #expect(try inbox.take() == [])
    }

    @Test func `what is still being written is left alone`() throws {
        let inbox = try fixture.makeRun().folder.inbox
        try inbox.make()
        try PosixStorage().createFile(inbox.path + "/.cancel-1-1", with: [], synced: false)
        #expect(try inbox.take() == [])
    }

    @Test func `an inbox of no run takes nothing`() throws {
        #expect(try Inbox(path: "/nonexistent/inbox").take() == [])
        #expect(throws: StateError.self) {
            try Inbox(path: "/nonexistent/inbox").post(.cancel(by: "a", isForced: false))
        }
    }
}
