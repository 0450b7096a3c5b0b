import Glibc
import TestSupport
import Testing
import Transport

@testable import Agent

/// The agent under a service manager that speaks sd_notify(3).
@Suite(.timeLimit(.minutes(10)))
struct ServiceIntegrationTests {
    let bench = WeirBench()

    @Test(arguments: [false, true])
    func `the manager hears of the start, of life, and of the end`(isAbstract: Bool) throws {
        let manager = try NotifyReceiver(isAbstract: isAbstract)
        bench.environment["NOTIFY_SOCKET"] = manager.name
        bench.environment["WATCHDOG_USEC"] = "200000"
        bench.offer("hello", "a: {run: 'true'}")
        bench.folder.write("pipelines/bad.yaml", "name: bad\nsteps: {a: {rum: x}}\n")
        let (agent, _) = try bench.serve()
        let ready = manager.next(atMost: .seconds(60))
        #expect(ready == "READY=1\nSTATUS=serves 1 pipeline; 1 file not served")
        for _ in 0..<3 { #expect(try manager.message(with: "WATCHDOG=1") == ["WATCHDOG=1"]) }
        agent.signal(SIGTERM)
        let stopping = try manager.message(with: "STOPPING=1")
        #expect(stopping == ["STOPPING=1", "STATUS=shutting down"])
        #expect(agent.wait(atMost: .seconds(30)) == 0)
    }

    @Test func `the manager hears of a reload, its begin and its end`() throws {
        let manager = try NotifyReceiver()
        bench.environment["NOTIFY_SOCKET"] = manager.name
        bench.offer("one", "a: {run: 'true'}\nschedule: {cron: '0 0 1 1 *', timezone: UTC}")
        let (agent, _) = try bench.serve()
        try manager.message(with: "READY=1")
        agent.signal(SIGHUP)
        let begin = try manager.message(with: "RELOADING=1")
        // What systemd compares with its own clock (sd_notify(3)).
        let at = begin.first { $0.hasPrefix("MONOTONIC_USEC=") }?.split(separator: "=").last
        #expect(try #require(at.flatMap { Int64($0) }) > 0)
        let end = try manager.message(with: "READY=1")
        let status = try #require(end.first { $0.hasPrefix("STATUS=") })
        #expect(status.hasPrefix("STATUS=serves 1 pipeline; next: one at "))
        #expect(status.hasSuffix("-01-01T00:00:00Z"))
        bench.end(agent)
    }

    @Test func `an agent that is asked for no sign of life gives none`() throws {
        let manager = try NotifyReceiver()
        bench.environment["NOTIFY_SOCKET"] = manager.name
        bench.environment["WATCHDOG_USEC"] = "40000"
        bench.environment["WATCHDOG_PID"] = "1"
        let (agent, _) = try bench.serve()
        try manager.message(with: "READY=1")
        #expect(manager.next(atMost: .milliseconds(300)) == nil)
        bench.end(agent)
    }

    @Test func `an end that waits for runs asks for more time`() throws {
        let manager = try NotifyReceiver()
        bench.environment["NOTIFY_SOCKET"] = manager.name
        bench.environment["WATCHDOG_USEC"] = "200000"
        bench.offer("wait", "a: {run: 'until [ -e ../go ]; do sleep 0.01; done'}")
        let (agent, _) = try bench.serve("--grace", "10m")
        _ = try bench.startPipeline("wait")
        agent.signal(SIGTERM)
        let stopping = try manager.message(with: "STOPPING=1")
        let status = "STATUS=shutting down when 1 run has ended"
        #expect(stopping == ["STOPPING=1", "EXTEND_TIMEOUT_USEC=30000000", status])
        let beat = try manager.message(with: "WATCHDOG=1")
        #expect(beat == ["WATCHDOG=1", "EXTEND_TIMEOUT_USEC=30000000", status])
        bench.folder.write("go", "")
        #expect(agent.wait(atMost: .seconds(30)) == 0)
    }

    @Test func `what cannot be obeyed is said once, and the agent serves`() async throws {
        bench.environment["NOTIFY_SOCKET"] = "vsock:2:1234"
        bench.environment["WATCHDOG_USEC"] = "soon"
        bench.environment["LISTEN_PID"] = "me"
        bench.environment["LISTEN_FDS"] = "1"
        let (agent, url) = try bench.serve()
        #expect(try await bench.get("\(url)/readyz").status == 200)
        for name in ["NOTIFY_SOCKET=vsock", "WATCHDOG_USEC=soon", "LISTEN_PID=me"] {
            #expect(agent.err.ranges(of: name).count == 1, "\(agent.err)")
        }
        bench.end(agent)
    }

    @Test func `a manager that has gone is said once, and the agent serves`() async throws {
        bench.environment["NOTIFY_SOCKET"] = bench.folder.path + "/nobody"
        bench.environment["WATCHDOG_USEC"] = "40000"
        let (agent, url) = try bench.serve()
        while !agent.err.contains("is not notified") {
            try #require(agent.wait(atMost: .milliseconds(5)) == nil)
        }
        #expect(try await bench.get("\(url)/readyz").status == 200)
        bench.end(agent)
        #expect(agent.err.ranges(of: "is not notified").count == 1, "\(agent.err)")
    }

    @Test func `steps hear nothing of the manager`() async throws {
        let manager = try NotifyReceiver()
        bench.environment["NOTIFY_SOCKET"] = manager.name
        bench.environment["WATCHDOG_USEC"] = "60000000"
        bench.environment["LISTEN_FDS"] = "0"
        bench.offer("look", "a: {run: 'env; echo \"open: $(ls /proc/self/fd | wc -l)\"'}")
        let (agent, url) = try bench.serve()
        let run = try bench.startPipeline("look")
        _ = try await bench.waitForEnd(of: run, url)
        let printed = bench.weir("logs", run, "a").out
        #expect(printed.contains("PATH="))
        for name in ["NOTIFY_SOCKET", "WATCHDOG_", "LISTEN_"] {
            #expect(!printed.contains(name), "\(printed)")
        }
        bench.end(agent)
    }

    @Test func `without a manager there is neither a message nor a thread more`() throws {
        func threads(_ agent: Subprocess) -> [String] {
            let script = "cat /proc/\(agent.pid)/task/*/comm | sort"
            let shell = Subprocess(["/bin/sh", "-c", script], environment: bench.environment)
            #expect(shell.wait(atMost: .seconds(30)) == 0)
            return shell.out.split(separator: "\n").map(String.init)
        }
        let (plain, _) = try bench.serve()
        let before = threads(plain)
        bench.end(plain)
        let manager = try NotifyReceiver()
        bench.environment["NOTIFY_SOCKET"] = manager.name
        bench.environment["WATCHDOG_USEC"] = "40000"
        let (watched, _) = try bench.serve()
        try manager.message(with: "WATCHDOG=1")
        #expect(before.contains("weir-http"))
        #expect(threads(watched) == before, "the endpoint loop gives the sign itself")
        bench.end(watched)
    }
}

/// What the watchdog hears of a loop that stands still, without a process of its own.
@Suite(.timeLimit(.minutes(5)))
struct WatchdogIntegrationTests {
    private func makeNotifier(_ manager: NotifyReceiver, micros: Int = 40_000) -> ServiceNotifier {
        let variables = ["NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "\(micros)"]
        return ServiceNotifier(variables)
    }

    @Test func `an endpoint loop that stands still gives no sign until it turns again`() throws {
        let manager = try NotifyReceiver()
        let notifier = makeNotifier(manager)
        let entered = try #require(EventDescriptor())
        let release = try #require(EventDescriptor())
        let server = try HTTPServer(listen: [try #require(SocketAddress("127.0.0.1:0"))]) { _ in
            entered.signal()
            _ = release.wait(atMost: .seconds(60))
            return .now(.text("late"))
        }
        notifier.begin { [weak server] interval in
            server?.repeats(every: interval) { notifier.beat(fault: nil, runs: 0) }
        }
        try manager.message(with: "WATCHDOG=1")
        let port = server.addresses[0].description.split(separator: ":").last
        let client = try HTTPTestClient(port: try #require(port.flatMap { UInt16($0) }))
        client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try #require(entered.wait(atMost: .seconds(30)))
        manager.drain()
        #expect(manager.next(atMost: .milliseconds(500)) == nil, "25 signs would be due")
        release.signal()
        try manager.message(with: "WATCHDOG=1")
        #expect(server.stop(within: .seconds(5)))
    }

    @Test func `an agent whose work stands still gives no sign, though its endpoint loop turns`()
        throws
    {
        let manager = try NotifyReceiver()
        let notifier = makeNotifier(manager)
        let bench = try AgentBench("wait", step: "run: 'true'")
        bench.agent.report(to: notifier, status: bench.agent.statusText())
        #expect(try manager.message(with: "READY=1").last == "STATUS=serves 1 pipeline")
        try manager.message(with: "WATCHDOG=1")
        let hold = try #require(EventDescriptor())
        try #require(bench.agent.desk.work.submit { _ = hold.wait(atMost: .seconds(60)) })
        // As `/livez` judges, with less patience than its minute.
        var fault: HealthEndpoint.Check?
        while fault == nil {
            let checks = bench.agent.health.liveness(after: .milliseconds(20))
            fault = checks.first { $0.fault != nil }
        }
        #expect(fault?.name == "loop-work")
        var pulse = ServicePulse(watchdog: .seconds(1))
        #expect(pulse.beat(fault: fault?.fault, runs: 0).message == nil)
        hold.signal()
        try bench.end()
    }

    @Test func `reloading tells the time of the monotonic clock, and ready ends it`() throws {
        let manager = try NotifyReceiver()
        let notifier = makeNotifier(manager, micros: 60_000_000)
        var before = timespec()
        clock_gettime(CLOCK_MONOTONIC, &before)
        notifier.reloading()
        let lines = try manager.message(with: "RELOADING=1")
        let given = lines.last?.split(separator: "=")
        #expect(given?.first == "MONOTONIC_USEC")
        let microseconds = try #require(given?.last.flatMap { Int($0) })
        #expect(microseconds >= before.tv_sec * 1_000_000 + before.tv_nsec / 1_000)
        #expect(microseconds < (before.tv_sec + 60) * 1_000_000)
        notifier.ready(status: "serves\n2 pipelines\nREADY=0")
        #expect(manager.next(atMost: .seconds(30)) == "READY=1\nSTATUS=serves 2 pipelines READY=0")
        notifier.status(String(repeating: "é", count: 5_000))
        #expect(manager.next(atMost: .seconds(30))?.utf8.count ?? 0 < 1_100)
        notifier.stopping(runs: 0)
        notifier.stopping(runs: 0)
        notifier.ready(status: "too late")
        notifier.reloading()
        #expect(manager.next(atMost: .seconds(30))?.hasPrefix("STOPPING=1") == true)
        #expect(manager.next(atMost: .zero) == nil, "what ends is neither ready nor reloading")
    }
}
