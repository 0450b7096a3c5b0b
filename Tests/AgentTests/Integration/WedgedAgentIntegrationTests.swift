import Glibc
import Pipeline
import Synchronization
import Telemetry
import TestSupport
import Testing
import Transport

@testable import Agent

/// G5: health, metrics and debug pages answer within a second whatever else stands still.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct WedgedAgentIntegrationTests {
    private static let pages = [
        "/healthz", "/livez", "/readyz?verbose", "/metrics", "/debug/", "/debug/tasks",
        "/debug/tasks?format=html", "/debug/memory", "/debug/vars", "/debug/spans",
    ]

    /// Asks for every page on connections of their own, and how long each took.
    private func askAll(port: UInt16) throws -> [String: HTTPTestClient.Answer] {
        var answers: [String: HTTPTestClient.Answer] = [:]
        for page in Self.pages {
            let start = ContinuousClock.now
            answers[page] = try HTTPTestClient(port: port).get(page)
            #expect(ContinuousClock.now - start < .seconds(1), "\(page)")
        }
        return answers
    }

    // MARK: - In this process

    private func makeAgent() throws -> AgentBench {
        try AgentBench("wait", step: "run: 'sleep 60'")
    }

    private final class Spin: Sendable {
        let started = Atomic(0)
        let isOver = Atomic(false)
        let probeRan = Atomic(false)

        func run() {
            started.add(1, ordering: .relaxed)
            while !isOver.load(ordering: .relaxed) {}
        }
    }

    @Test func `every thread of Swift's pool spins`() async throws {
        let bench = try makeAgent()
        let port = bench.port
        let spin = Spin()
        let processors = Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        try await withThrowingDiscardingTaskGroup { group in
            // Nothing here awaits: this body has one of the pool's threads, the spinners the rest.
            defer { spin.isOver.store(true, ordering: .relaxed) }
            for _ in 0..<processors * 4 { group.addTask { spin.run() } }
            // Where other tests hold the pool's threads, the spinners are next in line: what comes
            // after them does not run either.
            let deadline = ContinuousClock.now + .seconds(2)
            let idle = try #require(EventDescriptor())
            while spin.started.load(ordering: .relaxed) < max(1, processors - 1),
                ContinuousClock.now < deadline
            {
                _ = idle.wait(atMost: .milliseconds(5))
            }
            group.addTask { spin.probeRan.store(true, ordering: .relaxed) }
            let answers = try askAll(port: port)
            for (page, answer) in answers { #expect(answer.status == 200, "\(page)") }
            #expect(answers["/readyz?verbose"]?.body.contains("[+]loop-work ok") == true)
            let begun = ContinuousClock.now
            #expect(try bench.start("wait").status == 202)
            #expect(ContinuousClock.now - begun < .seconds(1), "also what is a task")
            let isWedged = !spin.probeRan.load(ordering: .relaxed)
            #expect(isWedged, "a task could run meanwhile")
        }
        try bench.end(isForced: true)
    }

    @Test func `1,000 slow clients hang on the port`() throws {
        var files = rlimit()
        getrlimit(Int32(RLIMIT_NOFILE.rawValue), &files)
        files.rlim_cur = files.rlim_max
        setrlimit(Int32(RLIMIT_NOFILE.rawValue), &files)
        let bench = try makeAgent()
        let port = bench.port
        let starts = ["", "G", "GET /metrics HTTP/1.1\r\nHost: localhost\r\n"]
        let slow = try (0..<1_000).map { number in
            let client = try HTTPTestClient(port: port)
            client.send(starts[number % 3])
            return client
        }
        for (page, answer) in try askAll(port: port) { #expect(answer.status == 200, "\(page)") }
        let vars = try HTTPTestClient(port: port).get("/debug/vars").body
        let open = try JSONValue(parsing: Array(vars.utf8))["connections"]?["open"]
        guard case .integer(let count) = open else {
            Issue.record("\(vars)")
            return
        }
        #expect(count > 900, "the slow ones hang on")
        #expect(slow.count == 1_000)
        try bench.end(isForced: true)
    }

    @Test func `an engine that stands still is found out, and names its run`() throws {
        let box = try PingBox()
        let ping = LoopPing("engine") { box.post($0) }
        let start = ContinuousClock.now
        #expect(ping.lag(at: start) == .zero)
        #expect(box.bell.wait(atMost: .zero), "the loop is woken")
        #expect(ping.lag(at: start + .seconds(70)) == .seconds(70))
        box.answer()
        #expect(!box.bell.wait(atMost: .zero))
        #expect(ping.lag(at: start + .seconds(71)) == .zero)
        for _ in 0..<64 { _ = box.post {} }
        #expect(!box.post {}, "what nobody answers is bounded")
    }

    // MARK: - The built binary

    /// Starts the agent by a shell command that must end in `serve …`, and finds its port.
    private func serve(_ bench: WeirBench, _ command: [String]) throws -> (Subprocess, UInt16) {
        mkdir(bench.folder.path + "/pipelines", 0o700)
        bench.folder.write(
            "pipelines/wait.yaml",
            "name: wait\nsteps: {long: {run: 'echo begun; sleep 60'}}\n"
        )
        let agent = Subprocess(
            command,
            environment: bench.environment,
            directory: bench.folder.path
        )
        while !agent.out.contains("  state: ") {
            try #require(agent.wait(atMost: .milliseconds(5)) == nil, "\(agent.err)")
        }
        let line = agent.out.split(separator: "\n").first { $0.contains("http://") }
        let port = line?.split(separator: ":").last.flatMap { UInt16($0) }
        return (agent, try #require(port))
    }

    /// Asks until the agent says that it is not ready.
    private func waitUntilUnready(_ port: UInt16, because why: String) throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            let answer = try HTTPTestClient(port: port).get("/readyz?verbose")
            if answer.status == 503, answer.body.contains(why) { return }
            try #require(ContinuousClock.now < deadline, "\(answer.body)")
        }
    }

    @Test func `the state folder is gone`() throws {
        let bench = WeirBench()
        let words = [weirBinary, "serve", "pipelines", "--listen", "127.0.0.1:0"]
        let (agent, port) = try serve(bench, words)
        #expect(bench.weir("start", "wait").code == 0)
        try #require(
            rename(bench.folder.path + "/state", bench.folder.path + "/moved") == 0
        )
        let answers = try askAll(port: port)
        #expect(answers["/healthz"]?.status == 200)
        #expect(answers["/livez"]?.status == 200)
        #expect(answers["/metrics"]?.body.contains("weir_runs_total") == true)
        try waitUntilUnready(port, because: "[-]state failed")
        agent.killHard()
    }

    private func start(
        _ pipeline: String,
        _ port: UInt16,
        _ token: String
    ) throws -> HTTPTestClient.Answer {
        let client = try HTTPTestClient(port: port)
        client.send(
            """
            POST /api/v1/pipelines/\(pipeline)/runs HTTP/1.1\r
            Host: localhost\r
            Authorization: Bearer \(token)\r
            Content-Length: 0\r
            \r

            """
        )
        return try client.answer()
    }

    @Test func `the disk is full`() throws {
        let bench = WeirBench()
        // The state has a file system of its own, which nobody outside sees: what is to happen
        // there is told by files outside.
        let script = """
            mkdir -p state && mount -t tmpfs -o size=4m,mode=700 none state || exit 77
            await() { until [ -e "$1" ]; do kill -0 $$ || exit; sleep 0.02; done; }
            (await state/token; cp state/token token
             await fill; cat /dev/zero > state/filler 2>/dev/null; : > filled
             await empty; rm state/filler) &
            exec "$0" serve pipelines --listen 127.0.0.1:0
            """
        let flags = getuid() == 0 ? ["--mount"] : ["--mount", "--map-root-user"]
        let shell = ["unshare"] + flags + ["bash", "-c", script, weirBinary]
        let (agent, port) = try serve(bench, shell)
        bench.folder.write("fill", "")
        while bench.folder.read("filled") == nil {
            try #require(agent.wait(atMost: .milliseconds(5)) == nil)
        }
        let answers = try askAll(port: port)
        #expect(answers["/healthz"]?.status == 200)
        #expect(answers["/livez"]?.status == 200)
        try waitUntilUnready(port, because: "No space left on device")
        let token = try #require(bench.folder.read("token")).filter { $0 != "\n" }
        let refused = try start("wait", port, token)
        #expect(refused.status == 500 || refused.status == 503)
        for (page, answer) in try askAll(port: port) where page.hasPrefix("/debug") {
            #expect(answer.status == 200, "\(page)")
        }
        bench.folder.write("empty", "")
        let deadline = ContinuousClock.now + .seconds(60)
        while try HTTPTestClient(port: port).get("/readyz").status != 200 {
            try #require(ContinuousClock.now < deadline)
        }
        #expect(try start("wait", port, token).status == 202)
        agent.killHard()
    }
}
