import Pipeline
import Telemetry
import TestSupport
import Testing

/// From a child's SDK, or a step's output, through Weir to a collector.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct ForwardIntegrationTests {
    private func bench(_ collector: LoopbackCollector) throws -> WeirBench {
        let bench = WeirBench()
        bench.environment["PYTHON"] = try OTLPChecker.python()
        bench.environment["CHILD"] = toolPath("otlp_child.py")
        bench.environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.base
        bench.environment["OTEL_BSP_SCHEDULE_DELAY"] = "10"
        return bench
    }

    private func spans(_ body: [UInt8]) throws -> [JSONValue] {
        let request = try JSONValue(parsing: body)
        return (request["resourceSpans"]?.array ?? []).flatMap { resource in
            (resource["scopeSpans"]?.array ?? []).flatMap { $0["spans"]?.array ?? [] }
        }
    }

    @Test(arguments: OTLPEncoding.allCases)
    func `an SDK's spans, metrics and logs arrive, and the spans hang on the attempt`(
        _ encoding: OTLPEncoding
    ) throws {
        let collector = try LoopbackCollector()
        let bench = try bench(collector)
        bench.pipeline(
            "steps: {a: {run: 'printenv TRACEPARENT; \"$PYTHON\" \"$CHILD\" \(encoding.rawValue) --spans 3'}}"
        )
        let run = bench.weir("run")
        #expect(run.code == 0, "\(run.err)")
        let summary =
            "spans: 6 accepted by \(collector.base)/v1/traces; metric points 2 accepted by "
            + "\(collector.base)/v1/metrics; log records 1 accepted by \(collector.base)/v1/logs"
        #expect(run.out.contains(summary), "\(run.out)")
        let parent = bench.weir("logs", "last", "a").out.split(separator: "-").map(String.init)
        try #require(parent.count > 3)
        let others = try collector.others()
        #expect(others.allSatisfy { $0.type == encoding.mediaType })
        #expect(Set(others.map(\.signal)).isSuperset(of: ["metrics", "logs"]))
        let bodies: [[UInt8]] =
            encoding == .json
            ? collector.bodies().map { Array($0.utf8) }
            : try others.filter { $0.signal == "traces" }
                .map { try OTLPTranscoding.json(ofTraces: $0.body) }
        let children = try bodies.flatMap(spans).filter {
            $0["parentSpanId"]?.string == parent[2]
        }
        #expect(children.count == 3)
        #expect(children.allSatisfy { $0["traceId"]?.string == parent[1] })
        // The file has all of it, whatever the children spoke.
        let file = bench.weir("export", "last", "--file", "-")
        #expect(file.err == "6 spans of 1 run\n")
        let all = try file.out.split(separator: "\n").flatMap { try spans(Array($0.utf8)) }
        #expect(all.count == 6 && Set(all.compactMap { $0["spanId"]?.string }).count == 6)
    }

    @Test func `what children sent while nobody listened goes out with the next start`() throws {
        let collector = try LoopbackCollector(script: "refuse")
        let bench = try bench(collector)
        bench.pipeline("steps: {a: {run: '\"$PYTHON\" \"$CHILD\" protobuf'}}")
        let run = bench.weir("run")
        #expect(run.code == 0 && run.out.contains("queued: collector refused"), "\(run.out)")
        try collector.setMode("ok")
        let sent = bench.weir("export")
        #expect(sent.code == 0, "\(sent.out)")
        #expect(Set(try collector.others().map(\.signal)) == ["traces", "metrics", "logs"])
        #expect(bench.weir("export").out.contains("unsent runs: 0 accepted"))
        #expect(try collector.others().count == 3)
    }

    private func records(_ collector: LoopbackCollector) throws -> [JSONValue] {
        try collector.others().filter { $0.signal == "logs" }.flatMap { other in
            let request = try JSONValue(parsing: other.body)
            return (request["resourceLogs"]?.array ?? []).flatMap { resource in
                (resource["scopeLogs"]?.array ?? []).flatMap { $0["logRecords"]?.array ?? [] }
            }
        }
    }

    @Test func `what steps print goes out as logs where that is asked for`() throws {
        let collector = try LoopbackCollector()
        let bench = try bench(collector)
        bench.environment["TOKEN"] = "hunter2hunter2"
        bench.pipeline(
            """
            secrets: [TOKEN]
            steps:
              a:
                secrets: [TOKEN]
                run: |
                  for i in $(seq 1 1500); do echo "line $i"; done
                  echo "its $TOKEN" >&2
              b: {needs: a, run: 'printenv TRACEPARENT; exit 3'}
            """
        )
        #expect(bench.weir("run", "--otlp-logs").code == 1)
        let records = try records(collector)
        let texts = records.compactMap { $0["body"]?["stringValue"]?.string }
        #expect(texts.count == 1_502)
        #expect((1...1_500).allSatisfy { texts.contains("line \($0)") })
        #expect(texts.contains("its [TOKEN]") || texts.contains { $0.hasPrefix("its ") })
        #expect(!texts.contains { $0.contains("hunter2") })
        // The line that names its own span.
        let last = try #require(
            records.first { $0["body"]?["stringValue"]?.string?.hasPrefix("00-") == true }
        )
        let parent = (last["body"]?["stringValue"]?.string ?? "").split(separator: "-")
        try #require(parent.count == 4)
        #expect(last["traceId"]?.string == String(parent[1]))
        #expect(last["spanId"]?.string == String(parent[2]))
        let before = records.count
        #expect(bench.weir("run").code == 1)
        #expect(try self.records(collector).count == before, "nobody asked for these")
    }

    @Test func `output survives a collector that is away, and a kill`() throws {
        let collector = try LoopbackCollector(script: "refuse")
        let bench = try bench(collector)
        bench.pipeline(
            "steps: {a: {run: 'echo first; sleep 1; echo up > up; [ -e on ] || sleep 60'}}"
        )
        let process = bench.start(["run", "--otlp-logs", "--progress", "none"])
        while bench.folder.read("up") == nil {
            try #require(process.wait(atMost: .milliseconds(5)) == nil)
        }
        process.killHard()
        bench.folder.write("on", "")
        try collector.setMode("ok")
        #expect(bench.weir("resume", "last", "--otlp-logs").code == 0)
        #expect(bench.weir("export").code == 0)
        let texts = try records(collector).compactMap { $0["body"]?["stringValue"]?.string }
        #expect(texts == ["first", "first"], "of both attempts, once each")
    }

    @Test func `logs without a place to go are refused`() {
        let bench = WeirBench()
        bench.pipeline("steps: {a: {run: 'true'}}")
        let run = bench.weir("run", "--otlp-logs")
        #expect(run.code == 2 && run.err.contains("has nowhere to send to"), "\(run.err)")
        let exec = bench.weir("exec", "--otlp-logs", "--", "true")
        #expect(exec.code != 0 && exec.err.contains("not supported yet"), "\(exec.err)")
    }
}
