import Glibc
import Pipeline
import TestSupport
import Testing
import Transport

/// Weir's own log, from the built binary.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct OwnLogIntegrationTests {
    let bench = WeirBench()

    private func put(_ target: String, _ url: String, token: Bool = true) throws -> String {
        let port = try #require(url.split(separator: ":").last.flatMap { Int($0) })
        let text = bench.folder.read("state/token")?.filter { !$0.isWhitespace } ?? ""
        let field = token ? "Authorization: Bearer \(text)\r\n" : ""
        return try loopbackExchange(
            port: port,
            "PUT \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\(field)"
                + "Content-Length: 0\r\nConnection: close\r\n\r\n"
        )
    }

    /// Runs the pipeline once, to its end.
    private func runOnce(_ name: String, _ url: String) async throws -> String {
        let response = try await bench.post("\(url)/api/v1/pipelines/\(name)/runs", "{}", [])
        let run = try #require(try JSONValue(parsing: response.body)["run"]?.string)
        _ = try await bench.waitForEnd(of: run, url)
        return run
    }

    private func wait(_ agent: Subprocess, for text: String) throws {
        while !agent.err.contains(text) {
            try #require(agent.wait(atMost: .milliseconds(5)) == nil, "\(agent.err)")
        }
    }

    @Test func `an agent tells what it does, and its level changes while it runs`() async throws {
        bench.offer("hello", "a: {run: 'echo hello'}")
        let (agent, url) = try bench.serve()
        try wait(agent, for: #"msg="pipelines loaded" count=1 failed=0"#)
        #expect(agent.err.contains("level=info msg=listening address=127.0.0.1:"))
        let first = try await runOnce("hello", url)
        try wait(agent, for: #"msg="run finished" run=\#(first) pipeline=hello"#)
        #expect(!agent.err.contains("level=debug"))
        #expect(try put("/debug/loglevel?level=debug", url, token: false).contains(" 401 "))
        #expect(try put("/debug/loglevel?level=loud", url).contains("debug, info, warn, error"))
        #expect(try put("/debug/loglevel?level=debug", url).contains(#""level":"debug""#))
        try wait(agent, for: #"msg="log level changed" from=info to=debug"#)
        #expect(try await bench.text("\(url)/debug/loglevel").contains(#""level":"debug""#))
        let second = try await runOnce("hello", url)
        try wait(agent, for: #"msg="run finished" run=\#(second)"#)
        let attempt = agent.err.split(separator: "\n").first { line in
            line.contains("level=debug") && line.contains("attempt finished")
        }
        let line = try #require(attempt)
        #expect(
            line.contains("run=\(second) ") && line.contains("step=a ")
                && line.contains("attempt=1")
        )
        #expect(line.firstMatch(of: #/trace_id=[0-9a-f]{32} span_id=[0-9a-f]{16} /#) != nil)
        _ = try put("/debug/loglevel?level=error", url)
        bench.end(agent)
        #expect(!agent.err.contains("msg=draining"))
    }

    @Test func `as JSON every line on stderr is an object`() async throws {
        bench.environment["WEIR_LOG_FORMAT"] = "json"
        bench.offer("hello", "a: {run: 'exit 1'}")
        mkdir(bench.folder.path + "/pipelines", 0o700)
        bench.folder.write("pipelines/broken.yaml", "steps: [")
        let (agent, url) = try bench.serve("--log-level", "warn")
        _ = try await runOnce("hello", url)
        bench.end(agent)
        let lines = agent.err.split(separator: "\n")
        let values = try lines.map { try JSONValue(parsing: Array($0.utf8)) }
        #expect(values.contains { $0["level"]?.string == "error" && $0["run"] != nil })
        #expect(values.contains { $0["msg"]?.string?.contains("broken.yaml") == true })
        #expect(values.allSatisfy { $0["level"]?.string != "info" })
    }

    @Test func `a wish that cannot be met is refused`() {
        bench.offer("hello", "a: {run: 'true'}")
        bench.environment["WEIR_LOG_LEVEL"] = "loud"
        let serve = bench.weir("serve", "pipelines")
        #expect(serve.code == 2)
        #expect(serve.err.contains("WEIR_LOG_LEVEL=loud"))
        bench.environment["WEIR_LOG_LEVEL"] = nil
        #expect(bench.weir("serve", "pipelines", "--log-format", "xml").code == 2)
        bench.pipeline("steps: {a: {run: 'true'}}")
        #expect(bench.weir("run", "--log-format", "json").err.contains("needs `--log-level`"))
    }

    @Test func `a run in front of a person is silent unless asked, and tells no secret`() {
        bench.environment["TOKEN"] = "hunter2hunter2"
        bench.environment["WEIR_LOG_LEVEL"] = "debug"
        bench.pipeline(
            """
            secrets: [TOKEN]
            steps:
              a: {secrets: [TOKEN], run: 'echo "bad $TOKEN" >&2; echo "k=$TOKEN" >> "$WEIR_OUTPUT"; exit 1'}
            """
        )
        #expect(bench.weir("run").err.isEmpty)
        let loud = bench.weir("run", "--log-level", "debug")
        #expect(loud.code == 1)
        #expect(loud.err.contains(#"error="exit 1: bad ***""#), "\(loud.err)")
        #expect(!loud.err.contains("hunter2"))
        let exec = bench.weir("exec", "--log-level", "info", "--log-format", "json", "--", "true")
        #expect(exec.err.split(separator: "\n").count == 2, "\(exec.err)")
    }

    @Test func `an agent whose stderr nobody reads goes on, and counts what is lost`() async throws
    {
        let steps = (1...12).map { "s\($0): {exec: ['true']}" }.joined(separator: "\n  ")
        bench.offer("busy", steps)
        // A pipe with a reader that never reads, and that is full from the start.
        let words = """
            mkfifo pipe; exec 3<>pipe; head -c 65536 /dev/zero >&3
            exec \(weirBinary) serve pipelines --listen 127.0.0.1:0 --log-level debug 2>&3
            """
        let agent = Subprocess(
            ["/bin/bash", "-c", words],
            environment: bench.environment,
            directory: bench.folder.path
        )
        while !agent.out.contains("  state: ") {
            try #require(agent.wait(atMost: .milliseconds(5)) == nil)
        }
        let line = agent.out.split(separator: "\n").first { $0.contains("http://") }
        let url = try #require(line.map { $0.filter { $0 != " " } })
        for _ in 0..<100 { _ = try await runOnce("busy", url) }
        #expect(try await bench.text("\(url)/healthz") == "ok\n")
        let metrics = try await bench.text("\(url)/metrics")
        let lost = metrics.split(separator: "\n").first {
            $0.hasPrefix(#"weir_events_dropped_total{subscriber="log"}"#)
        }
        let count = lost?.split(separator: " ").last.flatMap { Int($0) }
        #expect((count ?? 0) > 1_000, "\(lost ?? "")")
        agent.signal(SIGTERM)
        #expect(agent.wait(atMost: .seconds(60)) == 0)
    }
}
