import Glibc
import Journal
import Pipeline
import Telemetry
import TestSupport
import Testing

@testable import Agent
@testable import Transport

/// A run's record as an agent hands it out, and as it is read from memory elsewhere.
@Suite(.timeLimit(.minutes(10)))
struct RunRecordIntegrationTests {
    let bench: EndpointBench

    init() throws {
        bench = try EndpointBench()
    }

    private func make(_ count: Int) throws -> [RunFolder] {
        try (0..<count).map { number in
            let start = makeRunStart(Int64(number), suffix: 1)
            _ = try bench.desk.state.createRun(
                start,
                at: instant(Int64(number)),
                plan: makePlanDocument()
            )
            return bench.desk.state.run(start.run)
        }
    }

    private func ids(_ target: String) throws -> [String] {
        let response = try bench.ask(.get, target)
        try #require(response.status == 200)
        return try JSONValue(parsing: response.body).array?.compactMap(\.string) ?? []
    }

    @Test func `ids are given newest first, and go on behind the last one`() throws {
        let all = try make(5).map(\.id.description).reversed() as [String]
        #expect(try ids("/api/v1/run-ids") == all)
        #expect(try ids("/api/v1/run-ids?limit=2") == Array(all[..<2]))
        #expect(try ids("/api/v1/run-ids?limit=2&before=\(all[1])") == Array(all[2..<4]))
        for query in ["limit=0", "limit=50001", "limit=x", "before=last", "other=1"] {
            #expect(try bench.ask(.get, "/api/v1/run-ids?\(query)").status == 400, "\(query)")
        }
    }

    @Test func `events and plan make the same run in memory`() throws {
        let folder = try make(1)[0]
        let journal = try bench.ask(.get, "/api/v1/runs/last/events")
        let plan = try bench.ask(.get, "/api/v1/runs/last/plan")
        #expect(journal.contentType == "application/jsonl")
        let held = RunFolder(
            id: folder.id,
            from: "http://agent",
            journal: journal.body,
            plan: plan.body
        )
        #expect(try held.snapshot().started == folder.snapshot().started)
        #expect(try held.plan() == folder.plan())
        #expect(throws: StateError.self) { try held.writeReport([]) }
        let bare = RunFolder(id: folder.id, from: "http://agent", journal: [], plan: nil)
        #expect(try bare.snapshot().started == nil)
        #expect(throws: StateError.self) { try bare.plan() }
    }

    @Test func `a line that is being written is not given`() throws {
        let folder = try make(1)[0]
        let whole = try bench.ask(.get, "/api/v1/runs/last/events").body
        let file = try #require(fopen(folder.journalPath, "a"))
        fputs(#"{"crc":"00000000","seq":2,"at""#, file)
        fclose(file)
        #expect(try bench.ask(.get, "/api/v1/runs/last/events").body == whole)
    }

    @Test func `what is too long, a stream of events and unknown wishes are refused`() throws {
        let folder = try make(1)[0]
        let path = "/api/v1/runs/\(folder.id)/events"
        for (accept, status) in [
            ("text/event-stream", 406), ("TEXT/EVENT-STREAM;q=1, */*", 406),
            ("text/event-stream, application/jsonl", 200), ("*/*", 200), ("", 200),
        ] {
            let response = try bench.ask(.get, path, "", ["Accept": accept])
            #expect(response.status == status, "\(accept)")
        }
        let refused = try bench.ask(.get, path, "", ["Accept": "text/event-stream"])
        #expect(
            try bench.json(refused)["detail"]?.string
                == "server-sent events are not supported yet"
        )
        #expect(try bench.ask(.get, path + "?from=1").status == 400)
        truncate(folder.journalPath, RunRecordEndpoint.journalBytesMax + 1)
        let long = try bench.ask(.get, path)
        #expect(long.status == 413)
        #expect(try bench.json(long)["detail"]?.string?.contains("state folder") == true)
        for name in ["state", "events", "plan", "history", "logs"] {
            #expect(try bench.ask(.get, "/api/v1/runs/nope/\(name)").status == 404, "\(name)")
        }
    }

    @Test func `the state says who runs it`() throws {
        let folder = try make(1)[0]
        let open = try bench.json(try bench.ask(.get, "/api/v1/runs/last/state"))
        #expect(open["run"]?.string == folder.id.description)
        #expect(open["state"]?.string == "interrupted")
        #expect(open["pid"] == nil)
        let lock = try FileLock.take(folder.lockPath)
        let owned = try bench.json(try bench.ask(.get, "/api/v1/runs/last/state"))
        #expect(owned["state"]?.string == "running")
        #expect(owned["pid"]?.integer == Int64(getpid()))
        withExtendedLifetime(lock) {}
    }

    @Test func `a body that ends a run says whether to wait`() throws {
        let folder = try make(1)[0]
        let path = "/api/v1/runs/\(folder.id)/cancel"
        for body in [#"{"force":1}"#, #"{"now":true}"#, "[]", "x"] {
            #expect(try bench.ask(.post, path, body, token: bench.token).status == 400, "\(body)")
        }
        for body in ["", "{}", #"{"force":false}"#, #"{"force":true}"#] {
            #expect(try bench.ask(.post, path, body, token: bench.token).status == 202, "\(body)")
        }
        #expect(readText(folder.path + "/inbox/cancel").contains(#""forced":true"#))
    }

    @Test func `records of a log are read elsewhere as they are read here`() throws {
        let folder = RunFolder(id: RunID(high: 1, low: 2), path: bench.folder.path + "/held")
        mkdir(folder.path, 0o700)
        mkdir(folder.logsPath, 0o700)
        let time = "2016-10-06T00:17:09.669794202Z"
        let timed =
            "\(time) stdout P half \n\(time) stderr F no\n\(time) stdout F whole\n"
            + "damaged\n\(time) stdout F:noeol end\n\(time) stderr F to"
        let plain = "one\ntwo\nthree"
        for (name, text) in [("a.1.cri.log", timed), ("b.1.log", plain)] {
            let file = try #require(fopen("\(folder.logsPath)/\(name)", "w"))
            fputs(text, file)
            fclose(file)
        }
        for step in ["a", "b", "c"] {
            let attempt = AttemptRef(step: step, number: 1)
            let here = AttemptLogReader(attempt, of: folder)
            let records = AttemptRecords(of: attempt, in: folder)
            let bytes = records.isThere ? records.read() : nil
            let there = AttemptLogReader(
                isPlain: here.isOfOlderVersion,
                fetch: bytes.map { bytes in { bytes } }
            )
            #expect(here.isThere == there.isThere)
            #expect(text(of: here) == text(of: there), "\(step)")
        }
    }

    private func text(of reader: AttemptLogReader) -> String {
        var bytes: [UInt8] = []
        let style = LogStyle()
        let source = LogSource(
            run: RunID(high: 1, low: 2),
            attempt: AttemptRef(step: "a", number: 1),
            traceID: TraceID(high: 1, low: 2),
            spanID: SpanPath.attempt(AttemptRef(step: "a", number: 1))
                .spanID(in: RunID(high: 1, low: 2), isFinal: false)
        )
        func take(_ piece: LogPiece) -> Bool {
            style.append(piece, of: source, to: &bytes)
            bytes += "[\(piece.stream?.rawValue ?? "-")]".utf8
            return true
        }
        _ = reader.read(take) && reader.finish(take)
        return String(decoding: bytes, as: UTF8.self)
    }
}
