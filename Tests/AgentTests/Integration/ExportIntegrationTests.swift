import Pipeline
import TestSupport
import Testing

/// `weir export` as a person uses it.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct ExportIntegrationTests {
    @Test func `a run from before there was a collector is sent whole, and again`() throws {
        let bench = WeirBench()
        bench.pipeline("steps: {a: {run: 'true'}, b: {needs: a, run: 'exit 3'}}")
        #expect(bench.weir("run").code == 1)
        let without = bench.weir("export", "last")
        #expect(without.code == 2 && without.err.contains("no endpoint: set"))
        let collector = try LoopbackCollector()
        for round in 1...2 {
            let sent = bench.weir("export", "last", "--endpoint", collector.base)
            #expect(sent.code == 0, "\(sent.err)")
            #expect(sent.out == "1 run: 5 accepted by \(collector.endpoint)\n")
            #expect(try collector.stats(after: 5 * round).spans == 5 * round)
        }
        // The same bytes both times: the checker refuses an id with two contents.
        let verdict = try OTLPChecker.check(collector.bodiesFile, ["--expect-runs", "1"])
        #expect(verdict.isAccepted, "\(verdict.findings)")
    }

    @Test func `what is unsent goes out on request, and only that`() throws {
        let collector = try LoopbackCollector(script: "503")
        let bench = WeirBench(endpoint: collector.endpoint)
        bench.pipeline("steps: {a: {run: 'true'}}")
        #expect(bench.weir("run").out.contains("queued: collector answered 503"))
        let refused = bench.weir("export", "--timeout", "100ms")
        #expect(refused.code == 1 && refused.out.contains("unsent runs: queued: "))
        try collector.setMode("ok")
        let sent = bench.weir("export", "--json")
        #expect(sent.code == 0)
        let value = try JSONValue(parsing: Array(sent.out.utf8))
        #expect(value["signals"]?["traces"]?["accepted"]?.integer == 3)
        #expect(value["complete"] == .boolean(true))
        #expect(bench.weir("export").out.contains("unsent runs: 0 accepted"))
        #expect(try collector.stats().spans == 3)
    }

    @Test func `a file has every span in OTLP's form, a request a line`() throws {
        let bench = WeirBench()
        bench.pipeline("steps: {a: {run: 'true'}, b: {needs: a, run: 'true'}}")
        for _ in 1...2 { #expect(bench.weir("run").code == 0) }
        let runs = try JSONValue(parsing: Array(bench.weir("runs", "--json").out.utf8)).array ?? []
        let ids = runs.compactMap { $0["run"]?.string }
        try #require(ids.count == 2)
        let file = bench.folder.path + "/spans.jsonl"
        let written = bench.weir("export", ids[0], ids[1], "--file", file)
        #expect(written.code == 0 && written.err == "10 spans of 2 runs\n", "\(written.err)")
        let verdict = try OTLPChecker.check(file, ["--expect-runs", "2"])
        #expect(verdict.isAccepted, "\(verdict.findings)")
        #expect(
            bench.weir("export", ids[1], ids[0], "--file", "-").out.split(separator: "\n").count
                == 2
        )
        let full = bench.weir("export", ids[0], "--file", "/dev/full")
        #expect(full.code == 3 && full.err.contains("No space left"), "\(full.err)")
    }

    @Test func `what makes no sense is refused`() {
        let bench = WeirBench()
        bench.pipeline("steps: {a: {run: 'true'}}")
        #expect(bench.weir("run").code == 0)
        for words in [
            ["--endpoint", "ftp://x", "last"], ["--endpoint", "http://x"], ["--file", "f"],
            ["last", "--file", "f", "--json"], ["last", "--timeout", "5"], ["--timeout", "0s"],
        ] {
            let process = bench.start(["export"] + words)
            #expect(process.wait(atMost: .seconds(60)) == 2, "\(words)")
            #expect(!process.err.isEmpty)
        }
        #expect(bench.weir("export", "nosuch").code != 0)
    }
}
