import Agent
import Glibc
import Pipeline
import Telemetry
import TestSupport
import Testing

/// Steps that are instrumented with OpenTelemetry's own SDK, run by the built binary while the
/// collector is away: what they send is in the run's folder.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct ChildrenIntegrationTests {
    private let bench = WeirBench(endpoint: "http://127.0.0.1:9/v1/traces")

    init() throws {
        bench.environment["PYTHON"] = try OTLPChecker.python()
        bench.environment["CHILD"] = toolPath("otlp_child.py")
        bench.environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:9"
        bench.environment["RUNS"] = bench.folder.path + "/state/runs"
    }

    /// The folder of the run that is there.
    private func run() throws -> RunFolder {
        let state = StateFolder(path: bench.folder.path + "/state")
        return state.run(try #require(try state.runIDs().last))
    }

    private func bodies(_ signal: OTLPSignal) throws -> [ReceivedBody] {
        try readBodies(try run(), signal).bodies
    }

    private func bytes(hex text: Substring) -> [UInt8] {
        var rest = Array(text.utf8)[...]
        var bytes: [UInt8] = []
        while rest.count >= 2 {
            bytes.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
            rest = rest.dropFirst(2)
        }
        return bytes
    }

    @Test(arguments: OTLPEncoding.allCases)
    func `the spans of an SDK have the attempt's span as parent`(_ encoding: OTLPEncoding) throws {
        bench.pipeline(
            """
            steps:
              a:
                run: |
                  printenv TRACEPARENT
                  "$PYTHON" "$CHILD" \(encoding.rawValue) --spans 3
                  # What was answered is there already.
                  cat "$RUNS/$WEIR_RUN_ID/received/"*.jsonl | grep -c '"crc"'
            """
        )
        let run = bench.weir("run")
        let log = bench.weir("logs", "last", "a").out.split(separator: "\n")
        #expect(run.code == 0, "\(run.err) \(log)")
        try #require(log.count == 5, "\(log)")
        #expect(log[1...] == ["traces ok", "metrics ok", "logs ok", "3"])
        let parent = log[0].split(separator: "-")
        let traces = try #require(try bodies(.traces).first)
        #expect(traces.items == 3)
        #expect(traces.encoding == encoding)
        #expect(traces.attempt == AttemptRef(step: "a", number: 1))
        switch encoding {
        case .protobuf:
            // Span: trace_id = 1, parent_span_id = 4, both bytes.
            let trace = [0x0A, 16] + bytes(hex: parent[1])
            let span = [0x22, 8] + bytes(hex: parent[2])
            #expect(traces.bytes.ranges(of: trace).count == 3)
            #expect(traces.bytes.ranges(of: span).count == 3)
        case .json:
            let text = String(decoding: traces.bytes, as: UTF8.self)
            #expect(text.ranges(of: #""traceId": "\#(parent[1])""#).count == 3)
            #expect(text.ranges(of: #""parentSpanId": "\#(parent[2])""#).count == 3)
        }
        #expect(try bodies(.metrics).map(\.items) == [2])
        #expect(try bodies(.logs).map(\.items) == [1])
        let text = String(decoding: traces.bytes, as: UTF8.self)
        for name in ["cicd.pipeline.name", "cicd.pipeline.run.id", "cicd.pipeline.task.name"] {
            #expect(text.contains(name))
        }
        #expect(text.contains("\(try self.run().id)/a"))
    }

    @Test func `conditions, compensations and later attempts send as what they are`() throws {
        bench.pipeline(
            """
            steps:
              a:
                if: '"$PYTHON" "$CHILD" json'
                run: '"$PYTHON" "$CHILD" json'
                compensate: {run: '"$PYTHON" "$CHILD" json'}
              b: {needs: a, run: '"$PYTHON" "$CHILD" json; exit 75', retry: {attempts: 2, backoff: 1ms}}
            """
        )
        #expect(bench.weir("run").code == 1)
        #expect(
            try bodies(.traces).map(\.attempt) == [
                AttemptRef(step: "a", part: .condition, number: 1),
                AttemptRef(step: "a", number: 1),
                AttemptRef(step: "b", number: 1), AttemptRef(step: "b", number: 2),
                AttemptRef(step: "a", part: .compensation, number: 1),
            ]
        )
    }

    @Test func `what was answered survives kill -9, and a resume goes on behind it`() throws {
        bench.pipeline(
            """
            steps:
              a:
                run: |
                  "$PYTHON" "$CHILD" protobuf
                  [ -e again ] || { echo sent > again; sleep 60; }
            """
        )
        let first = bench.startRun(until: "again", contains: "sent")
        first.killHard()
        let before = try bodies(.traces)
        #expect(before.map { $0.attempt?.number } == [1])
        let resumed = bench.weir("resume", "last")
        #expect(resumed.code == 0, "\(resumed.err)")
        let after = try bodies(.traces)
        #expect(after.first == before.first)
        #expect(after.map(\.sequence) == [1, 2])
        #expect(after.map { $0.attempt?.number } == [1, 2])
        #expect(try bodies(.logs).count == 2)
    }

    @Test func `what a step left behind may send until its run ends`() throws {
        bench.pipeline(
            """
            steps:
              a:
                run: |
                  setsid sh -c 'echo > up; "$PYTHON" "$CHILD" protobuf; echo > sent' >/dev/null 2>&1 &
                  # Out of the step's group, which ends with the step.
                  while [ ! -e up ]; do sleep 0.05; done
              b: {needs: a, run: 'while [ ! -e sent ]; do sleep 0.05; done', timeout: 60s}
            """
        )
        let run = bench.weir("run")
        #expect(run.code == 0, "\(run.err)")
        #expect(try bodies(.traces).map(\.attempt) == [AttemptRef(step: "a", number: 1)])
    }

    @Test func `exec's command sends too, and has its own streams`() throws {
        let python = try OTLPChecker.python()
        let run = bench.weir("exec", "--", python, toolPath("otlp_child.py"), "protobuf")
        #expect(run.code == 0, "\(run.err)")
        #expect(run.out == "traces ok\nmetrics ok\nlogs ok\n")
        #expect(try bodies(.traces).count == 1)
    }

    @Test func `an agent's runs share one receiver and keep apart`() async throws {
        bench.offer("one", "a: {run: '\"$PYTHON\" \"$CHILD\" protobuf --spans 1'}")
        bench.offer("two", "a: {run: '\"$PYTHON\" \"$CHILD\" json --spans 2'}")
        let (agent, url) = try bench.serve()
        let runs = [try bench.startPipeline("one"), try bench.startPipeline("two")]
        for run in runs {
            let ended = try await bench.waitForEnd(of: run, url)
            #expect(ended["result"]?.string == "success")
        }
        bench.end(agent)
        let state = StateFolder(path: bench.folder.path + "/state")
        for (spans, run) in zip([1, 2], runs) {
            let folder = state.run(try #require(RunID(hex: run)))
            #expect(try readBodies(folder).bodies.map(\.items) == [spans])
        }
    }

    @Test func `a proxy is passed by, and a secret stays out`() throws {
        bench.environment["http_proxy"] = "http://127.0.0.1:9"
        bench.environment["TOKEN"] = "hunter2hunter2"
        bench.pipeline(
            """
            secrets: [TOKEN]
            steps:
              a:
                secrets: [TOKEN]
                run: |
                  "$PYTHON" "$CHILD" protobuf --text "my $TOKEN"
                  "$PYTHON" "$CHILD" json --text "my $TOKEN"
            """
        )
        let run = bench.weir("run")
        #expect(run.code == 0, "\(run.err) \(bench.weir("logs", "last", "a").out)")
        for signal in OTLPSignal.allCases {
            let bodies = try bodies(signal)
            #expect(bodies.count == 2)
            for body in bodies {
                let text = String(decoding: body.bytes, as: UTF8.self)
                #expect(!text.contains("hunter2"))
                #expect(signal == .metrics || text.contains("my ***"))
            }
        }
    }

    @Test func `the file's own wishes win, and without an exporter there is nothing`() throws {
        bench.pipeline(
            """
            env: {OTEL_RESOURCE_ATTRIBUTES: mine=1, OTEL_EXPORTER_OTLP_ENDPOINT: "http://mine:1"}
            steps: {a: {run: 'printenv | grep -E "^OTEL_(EXP|RES)" | sort'}}
            """
        )
        #expect(bench.weir("run").code == 0)
        #expect(
            bench.weir("logs", "last", "a").out == """
                OTEL_EXPORTER_OTLP_ENDPOINT=http://mine:1
                OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
                OTEL_RESOURCE_ATTRIBUTES=mine=1

                """
        )
        let quiet = WeirBench()
        quiet.pipeline(
            "steps: {a: {run: 'printenv | grep -c ^OTEL_ || cat /proc/$PPID/task/*/comm'}}"
        )
        #expect(quiet.weir("run").code == 0)
        let log = quiet.weir("logs", "last", "a").out
        #expect(log.hasPrefix("0\n"))
        #expect(!log.contains("weir-receive"))
        #expect(!quiet.files().keys.contains { $0.contains("/received/") })
    }
}
