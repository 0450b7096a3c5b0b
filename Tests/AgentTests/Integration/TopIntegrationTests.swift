import Glibc
import Pipeline
import TestSupport
import Testing
import Transport

/// `weir top` of the built binary: printed once, and live on a terminal.
@Suite(.timeLimit(.minutes(5)))
struct TopIntegrationTests {
    let bench = WeirBench()

    private static let sleeper =
        "a: {run: 'echo hello; echo up > ../up; exec sleep 60'}\n  b: {needs: a, run: echo b}"

    @Test func `what an agent runs is printed once, by its socket and by its address`() async throws
    {
        bench.offer("slow", Self.sleeper)
        let socket = bench.folder.path + "/own.sock"
        let (agent, url) = try bench.serve("--listen", "unix:\(socket)")
        #expect(bench.weir("top", "--agent", url).out.contains("nothing runs at \(url)\n"))
        let id = try bench.startPipeline("slow")
        while bench.folder.read("up") == nil {
            try #require(agent.wait(atMost: .milliseconds(5)) == nil, "\(agent.err)")
        }
        for place in [url, "unix:\(socket)"] {
            bench.environment["WEIR_AGENT"] = place
            let shown = bench.weir("top")
            #expect(shown.code == 0, "\(shown.err)")
            #expect(shown.out.contains("weir top  "))
            #expect(shown.out.contains("slow \(id.suffix(4))"), "\(shown.out)")
            #expect(shown.out.contains("  hello\n") && shown.out.contains("  waits for a\n"))
            #expect(shown.out.contains(" · agent lags "))
            #expect(!shown.out.contains("\u{1b}"))
            let json = try JSONValue(parsing: Array(bench.weir("top", "--json").out.utf8))
            #expect(json["runs"]?.array?.first?["run"]?.string == id)
        }
        bench.environment["WEIR_AGENT"] = nil
        // Without an agent the same run is found in the state folder.
        let direct = bench.weir("top", "--once")
        #expect(direct.out.contains("slow \(id.suffix(4))"), "\(direct.out) \(direct.err)")
        #expect(direct.out.contains("  hello\n") && direct.out.contains("  waits for a\n"))
        let json = try JSONValue(parsing: Array(bench.weir("top", "--json").out.utf8))
        #expect(json["runs"]?.array?.first?["run"]?.string == id)
        #expect(bench.weir("cancel", id).code == 0)
        bench.end(agent)
        #expect(bench.weir("top").out.contains("nothing runs at \(bench.folder.path)/state/runs"))
        #expect(bench.weir("top", "--agent", url).err.contains("no agent serves here"))
        #expect(bench.weir("top", "--interval", "1ms").code == 2)
    }

    @Test func `a server that is no agent is named as such`() throws {
        let server = try HTTPServer(listen: [try #require(SocketAddress("127.0.0.1:0"))]) { _ in
            .now(.json(#"{"runs":[{"run":"\u001b[2J"}]}"#))
        }
        defer { server.stop(within: .zero) }
        let refused = bench.weir("top", "--agent", "http://\(server.addresses[0])")
        #expect(refused.code == 3)
        #expect(refused.err.contains("no weir agent"))
    }

    /// Runs `weir top` at a terminal of its own, does `then`, and prints what came and how it ended.
    private func terminal(_ words: String, then: String) -> WeirBench.Outcome {
        bench.folder.write(
            "terminal.py",
            """
            import fcntl, os, pty, select, signal, struct, sys, termios, time
            pid, screen = pty.fork()
            if pid == 0:
                os.execv("\(weirBinary)", ["weir", "top"] + "\(words)".split())
            def size(rows, columns):
                fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            seen = b""
            def until(text, limit=20):
                global seen
                end = time.time() + limit
                while text not in seen and time.time() < end:
                    if select.select([screen], [], [], 0.05)[0]:
                        try: seen += os.read(screen, 65536)
                        except OSError: return
            size(10, 60)
            until(b"\\x1b[?1049h")
            until(b"\\x1b[J")
            mode = termios.tcgetattr(screen)[3]
            print("raw" if not mode & termios.ICANON else "cooked")
            \(then)
            until(b"\\x1b[?1049l")
            status = os.waitpid(pid, 0)[1]
            print("cooked" if termios.tcgetattr(screen)[3] & termios.ICANON else "raw")
            print("left" if seen.rstrip().endswith(b"\\x1b[?25h\\x1b[?1049l") else repr(seen[-80:]))
            print("status", os.waitstatus_to_exitcode(status))
            """
        )
        bench.environment["TERM"] = "xterm"
        bench.environment["LANG"] = "C.UTF-8"
        let process = Subprocess(
            ["python3", "terminal.py"],
            environment: bench.environment,
            directory: bench.folder.path
        )
        let code = process.wait(atMost: .seconds(60))
        return WeirBench.Outcome(code: code ?? -1, out: process.out, err: process.err)
    }

    @Test(arguments: [
        ("os.write(screen, b'q')", 0), ("os.write(screen, b'\\x03')", 130),
        ("os.kill(pid, signal.SIGTERM)", 143), ("os.kill(pid, signal.SIGHUP)", 129),
        ("os.write(screen, b'\\x1a\\x1c'); time.sleep(0.2); os.write(screen, b'q')", 0),
    ])
    func `the terminal is as it was, whatever ends it`(_ action: String, _ status: Int) throws {
        let outcome = terminal("", then: action)
        #expect(outcome.out == "raw\ncooked\nleft\nstatus \(status)\n", "\(outcome.err)")
    }

    @Test func `it is drawn anew in its interval and when the terminal changes its size`() throws {
        let often = terminal(
            "--interval 100ms",
            then: """
                first = seen.count(b"\\x1b[H")
                time.sleep(1); until(b"nothing at all", 0.3)
                print("drawn", seen.count(b"\\x1b[H") - first >= 5)
                os.write(screen, b"q")
                """
        )
        #expect(often.out.contains("drawn True\n"), "\(often.out) \(often.err)")
        let resized = terminal(
            "--interval 1h",
            then: """
                first = seen.count(b"\\x1b[H")
                size(4, 30); until(b"nothing at all", 1)
                print("drawn", seen.count(b"\\x1b[H") - first)
                os.write(screen, b"q")
                """
        )
        #expect(resized.out.contains("drawn 1\n"), "\(resized.out) \(resized.err)")
    }
}
