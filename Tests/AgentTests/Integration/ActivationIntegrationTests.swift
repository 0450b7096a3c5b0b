import Glibc
import Synchronization
import TestSupport
import Testing
import Transport

/// The agent with sockets that a service manager opened before it (sd_listen_fds(3)).
@Suite(.timeLimit(.minutes(10)))
struct ActivationIntegrationTests {
    let bench = WeirBench()

    /// Starts the agent with these sockets; it serves `pipelines/`.
    private func activate(_ sockets: [String], _ words: [String] = []) -> Subprocess {
        bench.offer("hello", "a: {run: 'ls -l /proc/self/fd'}")
        let agent = [weirBinary, "serve", "pipelines"] + words
        return Subprocess(
            ["python3", toolPath("socket_activator.py")] + sockets + ["--"] + agent,
            environment: bench.environment,
            directory: bench.folder.path
        )
    }

    /// Until the agent has said for the `count`th time that it serves; where, by its last words.
    private func addresses(_ agent: Subprocess, afterStart count: Int = 1) throws -> [String] {
        while agent.out.ranges(of: "  state: ").count < count {
            try #require(agent.wait(atMost: .milliseconds(5)) == nil, "\(agent.err)")
        }
        let lines = agent.out.split(separator: "\n").map { $0.filter { $0 != " " } }
        let last = lines.lastIndex { $0.hasPrefix("weir") && $0.contains("serves") }
        return lines[(last ?? 0)...].filter { $0.hasPrefix("http://") || $0.hasPrefix("unix:") }
    }

    private func port(_ address: String) throws -> UInt16 {
        try #require(address.split(separator: ":").last.flatMap { UInt16($0) })
    }

    @Test func `sockets that are handed over take the place of the standard address`()
        async throws
    {
        let path = bench.folder.path + "/weir.sock"
        let agent = activate([
            "web=tcp:127.0.0.1:0", "weir.socket=unix:\(path)", "x=abstract:\(path)",
            "six=tcp6:::1:0",
        ])
        let shown = try addresses(agent)
        #expect(shown.count == 5, "\(shown)")
        #expect(shown[0].hasPrefix("http://127.0.0.1:") && shown[3].hasPrefix("http://[::1]:"))
        let unix = ["unix:\(path)", "unix:@\(path)"]
        #expect(Array(shown[1...2]) == unix)
        #expect(shown[4] == "unix:\(bench.folder.path)/state/agent.sock")
        #expect(try HTTPTestClient(port: port(shown[0])).get("/readyz").status == 200)
        #expect(try HTTPTestClient(path: path).get("/readyz").status == 200)
        #expect(try await bench.get("\(shown[3])/readyz").status == 200)

        bench.environment["WEIR_AGENT"] = "unix:\(path)"
        let run = try bench.startPipeline("hello")
        _ = try await bench.waitForEnd(of: run, shown[0])
        let open = bench.weir("logs", run, "a").out
        #expect(open.contains("->"))
        #expect(!open.contains("socket:"), "no step has one of them: \(open)")
        agent.signal(SIGTERM)
        #expect(agent.wait(atMost: .seconds(30)) == 0)
        #expect(access(path, F_OK) == 0, "the file is its maker's")
    }

    @Test func `with --listen there are both`() throws {
        let agent = activate(["web=tcp:127.0.0.1:0"], ["--listen", "127.0.0.1:0"])
        let shown = try addresses(agent)
        #expect(shown.count == 3, "\(shown)")
        for address in shown.prefix(2) {
            #expect(try HTTPTestClient(port: port(address)).get("/healthz").status == 200)
        }
        agent.signal(SIGTERM)
        #expect(agent.wait(atMost: .seconds(30)) == 0)
    }

    @Test(arguments: [
        ("web=tcp:0.0.0.0:0", "is reached from other machines, which needs authentication"),
        ("web=tcp6::::0", "is reached from other machines, which needs authentication"),
        ("web=udp:127.0.0.1:0", "is no stream socket"),
        ("web=bound:127.0.0.1:0", "does not listen"),
        ("web=file:/dev/null", "is no socket"), ("web=closed:", "is not open"),
    ])
    func `what cannot be served is refused by name`(socket: String, words: String) {
        let agent = activate(["good=tcp:127.0.0.1:0", socket])
        #expect(agent.wait(atMost: .seconds(60)) == 2)
        #expect(agent.err.contains(words), "\(agent.err)")
        #expect(agent.err.contains("LISTEN_FDS (web)"), "\(agent.err)")
        let names = agent.err.contains("descriptor 4") || agent.err.contains("--token-file")
        #expect(names, "\(agent.err)")
    }

    /// Asks on new connections, one after the other, until told to stop.
    private final class Asker: Sendable {
        let isOver = Atomic(false)
        let answers = Mutex<[String]>([])

        func run(port: UInt16) {
            while !isOver.load(ordering: .relaxed) {
                let answer: String
                do {
                    answer = "\(try HTTPTestClient(port: port).get("/livez").status)"
                } catch {
                    answer = "\(error)"
                }
                answers.withLock { $0.append(answer) }
            }
        }
    }

    @Test func `a restart loses no connection`() throws {
        let agent = activate(["web=tcp:127.0.0.1:0"])
        let port = try port(try addresses(agent)[0])
        let asker = Asker()
        let threads = try (0..<2).map { _ in try NamedThread("asker") { asker.run(port: port) } }
        defer {
            asker.isOver.store(true, ordering: .relaxed)
            for thread in threads { thread.join() }
        }
        for restart in 2...6 {
            agent.signal(SIGUSR1)
            _ = try addresses(agent, afterStart: restart)
            let before = asker.answers.withLock { $0.count }
            while asker.answers.withLock({ $0.count }) < before + 20 {
                try #require(agent.wait(atMost: .milliseconds(5)) == nil)
            }
        }
        let others = asker.answers.withLock { $0.filter { $0 != "200" } }
        #expect(others == [], "of \(asker.answers.withLock { $0.count }) connections")
        agent.signal(SIGTERM)
        #expect(agent.wait(atMost: .seconds(30)) == 0)
    }
}
