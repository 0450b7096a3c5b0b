import Agent
import Glibc
import Pipeline
import TestSupport
import Testing
import Transport

/// `weir gc` as a person and an agent use it.
@Suite(.timeLimit(.minutes(10)))
struct GcIntegrationTests {
    let bench = WeirBench()

    /// Counters and parts of histograms, by series.
    private func counters(_ url: String) async throws -> [String: Double] {
        let text = try await bench.text("\(url)/metrics")
        let types = Exposition(text).types
        var values: [String: Double] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("weir_") {
            let name = String(line.prefix { $0 != "{" && $0 != " " })
            let parts = ["_bucket", "_sum", "_count"].filter { name.hasSuffix($0) }
            let bases = [name] + parts.map { String(name.dropLast($0.count)) }
            guard bases.contains(where: { ["counter", "histogram"].contains(types[$0]) }),
                let space = line.lastIndex(of: " ")
            else { continue }
            values[String(line[..<space])] = Double(line[line.index(after: space)...])
        }
        return values
    }

    /// What is below what was shown before, or missing.
    private func fallen(_ now: [String: Double], since before: [String: Double]) -> [String] {
        before.filter { series, value in now[series].map { $0 < value } ?? true }.keys.sorted()
    }

    private func gc(_ words: String...) throws -> JSONValue {
        let process = bench.start(["gc", "--json"] + words)
        try #require(process.wait(atMost: .seconds(60)) == 0, "\(process.err)")
        return try JSONValue(parsing: Array(process.out.utf8))
    }

    private func deleted(_ report: JSONValue) -> Set<String> {
        Set((report["deleted"]?.array ?? []).compactMap { $0["run"]?.string })
    }

    @Test func `no counter falls: scrape, gc, restart, scrape`() async throws {
        bench.offer("hello", "a: {run: 'echo hello > \"$WEIR_DIR/x\"'}")
        var (agent, url) = try bench.serve()
        var runs: [String] = []
        func run(_ count: Int) async throws {
            let sample = #"weir_runs_total{pipeline="hello",result="success"}"#
            let before = try await counters(url)[sample] ?? 0
            for _ in 0..<count {
                runs.append(try bench.startPipeline("hello"))
                _ = try await bench.waitForEnd(of: runs[runs.count - 1], url)
            }
            while try await counters(url)[sample] != before + Double(count) {}
        }
        try await run(3)
        var shown = try await counters(url)
        #expect(shown.count > 50)
        #expect(deleted(try gc("--keep-runs", "1", "--dry-run")) == Set(runs[..<2]))
        #expect(fallen(try await counters(url), since: shown) == [])
        // The agent that lives deletes, and shows what it showed; so does the next after kill -9.
        #expect(deleted(try gc("--keep-runs", "1")) == Set(runs[..<2]))
        #expect(try await bench.get("\(url)/api/v1/runs/\(runs[0])").status == 404)
        #expect(fallen(try await counters(url), since: shown) == [])
        shown = try await counters(url)
        agent.killHard()
        (agent, url) = try bench.serve()
        #expect(fallen(try await counters(url), since: shown) == [])
        // Alone, after a kill and after an orderly end.
        try await run(2)
        shown = try await counters(url)
        agent.killHard()
        #expect(deleted(try gc("--keep-runs", "0")) == Set(runs[2...]))
        (agent, url) = try bench.serve()
        #expect(fallen(try await counters(url), since: shown) == [])
        try await run(1)
        shown = try await counters(url)
        bench.end(agent)
        #expect(deleted(try gc("--keep-runs", "0")) == Set(runs[5...]))
        #expect(bench.files().keys.filter { $0.hasPrefix("state/outputs/") }.isEmpty)
        (agent, url) = try bench.serve()
        #expect(fallen(try await counters(url), since: shown) == [])
        bench.end(agent)
        let totals = try #require(bench.folder.read("state/totals.json"))
        #expect(totals.contains(#""absorbed":[]"#), "ids of runs that are gone are forgotten")
    }

    @Test func `an active run and an interrupted one are kept, and said`() async throws {
        bench.offer("wait", "a: {run: 'until [ -e ../go ]; do sleep 0.01; done'}")
        bench.pipeline("steps: {a: {run: 'echo x > began; sleep 60'}}\n")
        let interrupted = bench.startRun(until: "began", contains: "x")
        interrupted.killHard()
        let (agent, url) = try bench.serve()
        let active = try bench.startPipeline("wait")
        let kept = bench.weir("gc", "--keep-runs", "0", "--keep-age", "0s", "--keep-size", "0B")
        #expect(kept.code == 0)
        #expect(kept.out.contains("nothing to delete in"))
        #expect(kept.out.contains("kept 2 runs\n  1 running · 1 interrupted"))
        bench.folder.write("go", "")
        _ = try await bench.waitForEnd(of: active, url)
        bench.end(agent)
        let alone = try gc("--keep-runs", "0")
        #expect(deleted(alone) == [active])
        #expect(alone["kept"]?["interrupted"] == .integer(1))
        #expect(bench.weir("runs").out.contains("interrupted"))
    }

    @Test func `what an agent has sent of a run does not keep it`() async throws {
        let collector = try LoopbackCollector()
        bench.environment["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = collector.endpoint
        bench.environment["OTEL_BSP_SCHEDULE_DELAY"] = "10"
        bench.offer("hello", "a: {run: 'echo hello'}")
        let (agent, url) = try bench.serve("--keep-runs", "0")
        let run = try bench.startPipeline("hello")
        _ = try await bench.waitForEnd(of: run, url)
        #expect(try collector.stats(after: 3).spans == 3)
        // The answer to the last request may still be on its way.
        var report = try gc()
        while report["kept"]?["unsent"] != nil { report = try gc() }
        #expect(deleted(report) == [run])
        bench.end(agent)
    }

    @Test func `unsent spans keep a run until it is too old`() throws {
        // Nobody listens on port 1.
        bench.environment["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = "http://127.0.0.1:1/v1/traces"
        bench.pipeline("steps: {a: {run: 'true'}}\n")
        #expect(bench.weir("run").code == 0)
        let kept = bench.weir("gc", "--keep-runs", "0")
        #expect(kept.out.contains("1 with spans that are not sent"))
        let dry = bench.weir("gc", "--keep-runs", "0", "--keep-age", "0s", "--dry-run")
        #expect(dry.out.contains("would delete 1 run of"))
        #expect(dry.out.contains("too old"))
        let gone = bench.weir("gc", "--keep-runs", "0", "--keep-age", "0s")
        #expect(gone.out.contains("deleted 1 run of"))
        #expect(
            bench.weir("gc").out
                == "nothing to delete: no runs in \(bench.folder.path)/state/runs\n"
        )
        #expect(bench.weir("runs").out.contains("no runs in"))
    }

    @Test(
        arguments: [
            ["--keep-runs", "-1"], ["--keep-runs", "many"], ["--keep-age", "30"],
            ["--keep-age", ""], ["--keep-size", "10"], ["--keep-size", "10GB"],
        ]
    )
    func `limits without sense are refused, by the agent's start too`(words: [String]) throws {
        mkdir(bench.folder.path + "/pipelines", 0o700)
        for command in [["gc"], ["serve", "pipelines", "--listen", "127.0.0.1:0"]] {
            let process = bench.start(command + words)
            #expect(process.wait(atMost: .seconds(30)) == 2, "\(command)")
            #expect(process.err.contains(words[0]))
        }
    }

    @Test func `the agent is asked with its token, and refuses what it does not know`() async throws
    {
        let (agent, url) = try bench.serve("--keep-runs", "7")
        let open = try await bench.get("\(url)/api/v1/gc")
        #expect(open.status == 405)
        for body in [
            "[]", #"{"keep_runs":"1"}"#, #"{"keep_age":"30"}"#, #"{"x":1}"#, #"{"dry_run":1}"#,
        ] {
            let refused = try await bench.post("\(url)/api/v1/gc", body, [])
            #expect(refused.status == 400, "\(body)")
            #expect(bench.text(refused).contains("detail"))
        }
        let done = try await bench.post("\(url)/api/v1/gc", #"{"keep_size":"1GiB"}"#, [])
        #expect(done.status == 200)
        #expect(try JSONValue(parsing: done.body)["deleted"] == .array([]))
        let token = try #require(bench.folder.read("state/token"))
        bench.folder.write("state/token", String(repeating: "0", count: 64) + "\n")
        #expect(bench.weir("gc").err.contains("deletes hourly by itself"))
        bench.folder.write("state/token", token)
        #expect(bench.weir("gc").code == 0)
        bench.end(agent)
    }
}
