import Glibc
import Journal
import Pipeline
import TestSupport
import Testing
import Transport

/// Commands that read and change runs, through an agent and directly.
@Suite(.timeLimit(.minutes(10)))
struct AgentReadingIntegrationTests {
    let bench = WeirBench()

    private func run(_ words: [String], _ more: [String: String] = [:]) -> WeirBench.Outcome {
        let environment = bench.environment.merging(more) { $1 }
        let process = Subprocess(
            [weirBinary] + words,
            environment: environment,
            directory: bench.folder.path
        )
        let code = process.wait(atMost: .seconds(60))
        return WeirBench.Outcome(code: code ?? -1, out: process.out, err: process.err)
    }

    private static let reading: [[String]] = [
        ["runs"], ["runs", "--json"], ["runs", "--limit", "1"], ["show"],
        ["show", "last", "--json"],
        ["show", "bad"], ["show", "good", "--json"], ["explain"], ["explain", "bad", "--json"],
        ["logs", "good"], ["logs", "good", "--json"], ["logs", "good", "b", "-t"],
        ["logs", "good", "a", "--stderr"], ["logs", "good", "--tail", "1"],
        ["logs", "good", "b", "--attempt", "1"], ["logs", "bad"],
        // What does not go, with the same words and the same status.
        ["show", "nope"], ["show", "0"], ["explain", "nope"], ["logs", "nope"],
        ["logs", "good", "nope"], ["cancel", "nope"], ["cancel", "good"], ["retry", "nope"],
    ]

    /// A run that went well at the second attempt, one that failed, and an agent beside them.
    private func prepare() throws -> (Subprocess, url: String, socket: String) {
        bench.pipeline(
            """
            name: good
            steps:
              a: {run: 'echo one; echo two >&2; printf "three\\x1b[31m"'}
              b:
                needs: a
                retry: {attempts: 2, backoff: 1ms..2ms}
                if: echo asked
                run: 'echo "try $WEIR_ATTEMPT"; [ $WEIR_ATTEMPT = 2 ]'
              c: {needs: b, if: 'exit 1', run: echo never}
            """
        )
        #expect(bench.weir("run").code == 0)
        #expect(bench.weir("run").code == 0)
        bench.pipeline(
            "{name: bad, steps: {a: {run: 'echo wrong >&2; exit 3'}, b: {needs: a, run: b}}}"
        )
        #expect(bench.weir("run").code == 1)
        let socket = bench.folder.path + "/own.sock"
        let (agent, url) = try bench.serve("--listen", "unix:\(socket)")
        return (agent, url, socket)
    }

    @Test func `every reading command prints through an agent what it prints directly`() throws {
        let (agent, url, socket) = try prepare()
        for words in Self.reading {
            let direct = run(words)
            for (flags, more) in [
                (["--agent", url], [:]), (["--agent", "unix:\(socket)"], [:]),
                ([], ["WEIR_AGENT": url]), ([], ["WEIR_AGENT": "unix:\(socket)"]),
            ] {
                let through = run(words + flags, more)
                #expect(through.out == direct.out, "\(words) \(flags)")
                #expect(through.err == direct.err, "\(words) \(flags)")
                #expect(through.code == direct.code, "\(words) \(flags)")
            }
        }
        #expect(run(["logs", "good", "b", "-t"]).out.contains("try 2"))
        #expect(run(["show", "0"]).err.contains("may mean"))
        #expect(run(["logs", "good", "-f", "--agent", url]).out == bench.weir("logs", "good").out)
        bench.end(agent)
    }

    @Test func `a run that goes on is shown, explained and ended through an agent`() async throws {
        bench.offer("slow", "a: {run: 'echo up > ../up; exec sleep 60'}")
        let (agent, url) = try bench.serve()
        let id = try bench.startPipeline("slow")
        while bench.folder.read("up") == nil {
            try #require(agent.wait(atMost: .milliseconds(5)) == nil, "\(agent.err)")
        }
        #expect(bench.weir("runs", "--agent", url).out.contains("executing"))
        #expect(bench.weir("show", "slow", "--agent", url).out.contains("running"))
        #expect(bench.weir("explain", "--agent", url).out.contains("1 of "))
        let asked = bench.weir("cancel", "last", "--agent", url)
        #expect(asked.out == "asked process \(agent.pid) to end run \(id)\n", "\(asked.err)")
        _ = try await bench.waitForEnd(of: id, url)
        let again = bench.weir("cancel", id, "--agent", url)
        #expect(again.err.contains("run \(id) has ended already"))
        #expect(again.code == 1)
        let retried = bench.weir("retry", id, "--agent", url, "--json")
        let new = try JSONValue(parsing: Array(retried.out.utf8))["run"]?.string
        let forced = bench.weir("cancel", try #require(new), "--force", "--json", "--agent", url)
        #expect(try JSONValue(parsing: Array(forced.out.utf8))["run"]?.string == new)
        _ = try await bench.waitForEnd(of: try #require(new), url)
        bench.environment["WEIR_STATE_DIR"] = bench.folder.path + "/other"
        #expect(bench.weir("show", "last", "--agent", url).code == 0)
        #expect(bench.weir("cancel", "last", "--agent", url).err.contains("wants a token"))
        bench.end(agent)
    }

    @Test func `an empty answer says where it looked, and nobody who listens is named`() throws {
        let (agent, url) = try bench.serve()
        #expect(bench.weir("runs", "--agent", url).out == "no runs in \(url)\n")
        #expect(bench.weir("runs").out == "no runs in \(bench.folder.path)/state/runs\n")
        bench.end(agent)
        for words in [
            ["runs"], ["show"], ["logs"], ["explain"], ["cancel", "last"], ["retry", "last"],
        ] {
            let refused = run(words + ["--agent", "http://127.0.0.1:1"])
            #expect(refused.code == 3, "\(words)")
            #expect(refused.err.contains("no agent serves here"), "\(words)")
            let socket = run(words, ["WEIR_AGENT": "unix:/nowhere/weir.sock"])
            #expect(socket.err.contains("/nowhere/weir.sock: no such file"), "\(words)")
        }
        #expect(run(["runs", "--agent", "localhost:1"]).code == 2)
    }

    @Test(arguments: ["hello", "[]", "{}", "null", "\u{1}\u{0}", #"{"run":"x"}"#, "[1]"])
    func `what answers with something else is named as no agent`(_ answer: String) throws {
        let server = try HTTPServer(listen: [try #require(SocketAddress("127.0.0.1:0"))]) { _ in
            .now(.text(answer))
        }
        defer { server.stop(within: .zero) }
        let url = "http://\(server.addresses[0])"
        for words in [["show"], ["logs"], ["explain"], ["cancel", "last"]] {
            let refused = run(words + ["--agent", url])
            #expect(refused.code == 3)
            #expect(refused.err.contains("is no weir agent"), "\(words) \(refused.err)")
        }
        let list = run(["runs", "--agent", url])
        #expect(answer == "[]" ? list.code == 0 : list.err.contains("is no weir agent"))
    }

    /// An agent whose one run has this journal.
    private func forger(_ journal: @escaping @Sendable () -> HTTPResponse) throws -> HTTPServer {
        let id = "01a1fd81b89147a3271cae96ae900350"
        return try HTTPServer(listen: [try #require(SocketAddress("127.0.0.1:0"))]) { request in
            let path = request.target.segments.joined(separator: "/")
            if path.hasSuffix("state") {
                return .now(.json(#"{"run":"\#(id)","state":"running"}"#))
            }
            if path.hasSuffix("run-ids") { return .now(.json("[\"\(id)\"]")) }
            if path.hasSuffix("history") || path.hasSuffix("logs") { return .now(.json("[]")) }
            return .now(path.hasSuffix("events") ? journal() : .problem(status: 404))
        }
    }

    private func isRaw(_ outcome: WeirBench.Outcome) -> Bool {
        (outcome.out + outcome.err).unicodeScalars.contains {
            $0.value < 0x20 && $0 != "\n" || $0.value == 0x7f || $0.value == 0x202e
        }
    }

    @Test func `words with control characters in them reach no terminal raw`() throws {
        let server = try forger {
            .problem(status: 409, detail: "no \u{1b}[31m\u{7} here\nat all")
        }
        defer { server.stop(within: .zero) }
        for command in ["show", "logs", "explain", "runs"] {
            let shown = run([command, "--agent", "http://\(server.addresses[0])"])
            #expect(!isRaw(shown) && shown.err.contains("here\nat all"), "\(command)")
        }
    }

    @Test func `names with control characters in them reach no terminal raw`() throws {
        bench.pipeline(
            "{name: nightly, steps: {victim: {run: exit 1}, b: {needs: victim, run: b}}}"
        )
        #expect(bench.weir("run").code == 1)
        let journal = try #require(bench.files().first { $0.key.hasSuffix("journal.jsonl") }).value
        let evil = #"\u001b]0;x\u0007\u001b[2J\u202e\u0085\nx"#
        var forged: [UInt8] = []
        for line in journal.split(separator: "\n") {
            let object = "{" + line.dropFirst(#"{"crc":"00000000","#.count)
            let text = object.replacing("nightly", with: evil).replacing("victim", with: evil)
            try JournalLine.seal(Array(text.utf8), into: &forged)
        }
        let server = try forger { [forged] in
            HTTPResponse(contentType: "application/jsonl", body: forged)
        }
        defer { server.stop(within: .zero) }
        for command in ["show", "explain", "runs", "logs"] {
            let shown = run([command, "--agent", "http://\(server.addresses[0])"])
            #expect(!isRaw(shown), "\(command) \(shown.out)")
            #expect(command == "logs" || shown.code == 0, "\(command) \(shown.err)")
        }
    }

    @Test func `a damaged journal is shown as far as it goes, through an agent as well`() throws {
        let (agent, url, _) = try prepare()
        let path = try #require(
            bench.files().first {
                $0.key.hasSuffix("journal.jsonl") && $0.value.contains("\"bad\"")
            }
        )
        let half = path.value.split(separator: "\n").prefix(4).joined(separator: "\n")
        bench.folder.write(path.key, half + "\n{\"crc\":\"00000000\",\"seq\":5}\nrest\n")
        for words in [["runs"], ["show", "bad"], ["logs", "bad"]] {
            let direct = run(words)
            let through = run(words + ["--agent", url])
            // What is running has been running for longer at the second look.
            #expect(through.code == direct.code, "\(words) \(through.err)")
            #expect(through.out == direct.out && through.err == direct.err, "\(words)")
        }
        bench.end(agent)
    }

    @Test func `an answer without end is cut off`() throws {
        bench.folder.write(
            "endless.py",
            """
            import http.server, sys
            class Handler(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    self.send_response(200)
                    self.send_header("Content-Length", str(1 << 30))
                    self.end_headers()
                    try:
                        for _ in range(1 << 10): self.wfile.write(b"[" * (1 << 20))
                    except OSError: pass
                def log_message(self, *words): pass
            server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            print(server.server_address[1], flush=True)
            server.serve_forever()
            """
        )
        let server = Subprocess(
            ["python3", "endless.py"],
            environment: bench.environment,
            directory: bench.folder.path
        )
        defer { server.killHard() }
        while !server.out.contains("\n") {
            try #require(server.wait(atMost: .milliseconds(5)) == nil, "\(server.err)")
        }
        let port = server.out.filter(\.isNumber)
        for command in ["runs", "show", "logs"] {
            let refused = run([command, "--agent", "http://127.0.0.1:\(port)"])
            #expect(refused.code == 3)
            #expect(refused.err.contains("answered too much"), "\(refused.err)")
        }
    }
}
