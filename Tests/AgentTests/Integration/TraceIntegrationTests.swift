import Glibc
import Pipeline
import TestSupport
import Testing

/// Spans of the built binary at a real collector, judged by the checker that can refuse.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct TraceIntegrationTests {
    @Test func `the checker refuses what is wrong`() throws {
        let (output, status) = try OTLPChecker.selfTest()
        #expect(status == 0, "\(output)")
        #expect(output.hasPrefix("ok: "))
    }

    @Test func `a caller's trace is continued, and children continue it`() throws {
        let collector = try LoopbackCollector()
        let bench = WeirBench(endpoint: collector.endpoint)
        bench.environment["TRACEPARENT"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        bench.environment["TRACESTATE"] = "vendor=value"
        bench.environment["BAGGAGE"] = "user=alice"
        bench.pipeline("steps: {a: {run: 'printenv TRACEPARENT TRACESTATE BAGGAGE'}}")
        let run = bench.weir("run")
        #expect(run.code == 0, "\(run.err)")
        #expect(run.out.contains("spans: 3 accepted by \(collector.endpoint)"))
        let child = bench.weir("logs", "last", "a").out.split(separator: "\n").map(String.init)
        try #require(child.count == 3)
        #expect(child[0].hasPrefix("00-0af7651916cd43dd8448eb211c80319c-"))
        #expect(child[0].hasSuffix("-01"))
        #expect(Array(child[1...]) == ["vendor=value", "user=alice"])
        // The child's parent is the attempt's span.
        let span = child[0].split(separator: "-")[2]
        let bodies = collector.bodies().joined()
        #expect(bodies.contains(#""spanId":"\#(span)""#))
        #expect(bodies.contains(#""parentSpanId":"b7ad6b7169203331""#))
        let verdict = try OTLPChecker.check(collector.bodiesFile, ["--expect-runs", "1"])
        #expect(verdict.isAccepted, "\(verdict.findings)")
    }

    @Test func `switched off, Weir stands aside`() throws {
        let bench = WeirBench(endpoint: "http://127.0.0.1:9/v1/traces")
        bench.environment["OTEL_SDK_DISABLED"] = "true"
        bench.pipeline("steps: {a: {run: 'echo ${TRACEPARENT-none}'}}")
        #expect(bench.weir("run").code == 0)
        #expect(bench.weir("logs", "last", "a").out == "none\n")
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        bench.environment["TRACEPARENT"] = parent
        #expect(bench.weir("run").code == 0)
        #expect(bench.weir("logs", "last", "a").out == parent + "\n")
    }

    @Test func `every ending makes a whole trace`() throws {
        let collector = try LoopbackCollector()
        let bench = WeirBench(endpoint: collector.endpoint)
        bench.pipeline(
            """
            failure: continue
            steps:
              ok: {run: 'true'}
              retried: {run: '[ -e t ] || { touch t; exit 75; }', retry: {attempts: 2, backoff: 1ms}}
              slow: {run: sleep 30, timeout: 100ms}
              missing: {exec: [no-such-program]}
              killed: {run: kill -9 $$}
              asked: {if: exit 1, run: 'true'}
              unsure: {if: exit 9, run: 'true'}
              after: {needs: slow, run: 'true'}
              tolerated: {run: exit 1, allow_failure: true}
            """
        )
        let run = bench.weir("run")
        #expect(run.code == 124 || run.code == 1 || run.code == 3)
        let verdict = try OTLPChecker.check(
            collector.bodiesFile,
            [
                "--expect-runs", "1", "--expect-attempts", "retried=2", "--expect-attempts",
                "after=0",
            ]
        )
        #expect(verdict.isAccepted, "\(verdict.findings)")
        let bodies = collector.bodies().joined()
        for reason in ["timeout", "launch", "signal", "condition_error"] {
            #expect(bodies.contains(#"{"key":"error.type","value":{"stringValue":"\#(reason)"}}"#))
        }
    }

    @Test func `an absent collector holds up nobody, and the next start sends all`() throws {
        let bench = WeirBench(endpoint: "http://127.0.0.1:9/v1/traces")
        bench.pipeline("steps: {a: {run: 'true'}}")
        let run = bench.weir("run")
        #expect(run.code == 0)
        #expect(run.out.contains("queued: "))
        let collector = try LoopbackCollector()
        bench.environment["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = collector.endpoint
        #expect(bench.weir("resume", "last").code == 0)
        let verdict = try OTLPChecker.check(collector.bodiesFile, ["--expect-runs", "1"])
        #expect(verdict.isAccepted, "\(verdict.findings)")
    }

    @Test func `without an endpoint nothing is spooled`() {
        let bench = WeirBench()
        bench.pipeline("steps: {a: {run: 'true'}}")
        let run = bench.weir("run")
        #expect(run.code == 0)
        #expect(!run.out.contains("spans:"))
        #expect(!bench.files().keys.contains { $0.hasSuffix("/export") })
    }

    @Test func `a malformed variable is one clear warning`() {
        let bench = WeirBench()
        bench.environment["OTEL_TRACES_SAMPLER"] = "sometimes"
        bench.environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = "collector:4318"
        bench.pipeline("steps: {a: {run: 'true'}}")
        let run = bench.weir("run")
        #expect(run.code == 0)
        let warnings = run.err.split(separator: "\n")
        #expect(warnings.count == 2)
        #expect(run.err.contains("OTEL_TRACES_SAMPLER"))
        #expect(run.err.contains("OTEL_EXPORTER_OTLP_ENDPOINT"))
    }
}
