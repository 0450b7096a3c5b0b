import Glibc
import Pipeline
import Synchronization
import TestSupport
import Testing
import Transport

/// The agent as a service manager and a person use it.
@Suite(.timeLimit(.minutes(10)))
struct ServeIntegrationTests {
    let bench = WeirBench()

    @Test func `serves, runs by request, and ends when asked`() async throws {
        bench.offer("hello", "a: {run: 'echo hello'}")
        bench.folder.write("pipelines/bad.yaml", "name: bad\nsteps: {a: {rum: x}}\n")
        let (agent, url) = try bench.serve()
        #expect(agent.err.contains("bad.yaml:2:"))
        #expect(bench.text(try await bench.get("\(url)/healthz")) == "ok\n")
        #expect(try await bench.get("\(url)/readyz").status == 200)
        let run = try bench.startPipeline("hello")
        let shown = try await bench.waitForEnd(of: run, url)
        #expect(shown["result"]?.string == "success")
        #expect(bench.weir("logs", run, "a").out == "hello\n")
        #expect(bench.weir("start", "helo").err.contains("did you mean `hello`?"))
        agent.signal(SIGTERM)
        #expect(agent.wait(atMost: .seconds(30)) == 0)
    }

    @Test func `a second agent on one state folder is refused with the pid of the first`() throws {
        let (agent, _) = try bench.serve()
        let second = bench.weir("serve", "pipelines", "--listen", "127.0.0.1:0")
        #expect(second.code == 3)
        #expect(second.err.contains("process \(agent.pid) serves"))
        agent.signal(SIGTERM)
        #expect(agent.wait(atMost: .seconds(30)) == 0)
    }

    @Test func `what other machines could reach needs authentication`() {
        let refused = bench.weir("serve", "pipelines", "--listen", "0.0.0.0:0")
        #expect(refused.code == 2)
        #expect(refused.err.contains("--token-file"))
        #expect(bench.weir("serve", "pipelines", "--listen", "nowhere").code == 2)
        #expect(bench.weir("serve", "/nonexistent").code == 2)
    }

    @Test func `kill -9: what the agent ran goes on with the next one, each step once`()
        async throws
    {
        bench.offer(
            "long",
            """
            first: {run: 'echo first >> ../marks'}
              second: {needs: first, run: ': > ../started; until [ -e ../go ]; do sleep 0.01; done; echo second >> ../marks'}
            """
        )
        let (agent, _) = try bench.serve()
        let run = try bench.startPipeline("long")
        // The second step has begun, so the success of the first is in the journal.
        while bench.folder.read("started") == nil {
            try #require(agent.wait(atMost: .milliseconds(5)) == nil)
        }
        agent.killHard()
        #expect(bench.weir("start", "long").err.contains("no agent serves"))
        let (next, url) = try bench.serve()
        // What the killed one left running has been ended by now, or it would leave a mark too.
        bench.folder.write("go", "")
        #expect(next.err.contains("run \(run) (long) goes on"))
        let shown = try await bench.waitForEnd(of: run, url)
        #expect(shown["result"]?.string == "success")
        #expect(shown["recoveries"] == .integer(1))
        #expect(bench.folder.read("marks") == "first\nsecond\n")
        next.signal(SIGTERM)
        #expect(next.wait(atMost: .seconds(30)) == 0)
    }

    @Test func `SIGTERM lets what runs end and starts nothing more; a second one ends it`()
        async throws
    {
        bench.offer("wait", "a: {run: 'until [ -e ../go ]; do sleep 0.01; done'}")
        let (agent, url) = try bench.serve("--grace", "10m")
        let run = try bench.startPipeline("wait")
        agent.signal(SIGTERM)
        while try await bench.get("\(url)/readyz").status != 503 {}
        #expect(bench.weir("start", "wait").err.contains("shutting down"))
        #expect(agent.wait(atMost: .zero) == nil)
        bench.folder.write("go", "")
        #expect(agent.wait(atMost: .seconds(30)) == 0)
        #expect(bench.weir("show", run, "--json").out.contains(#""result":"success""#))

        unlink(bench.folder.path + "/go")
        let (other, _) = try bench.serve("--grace", "10m")
        let long = try bench.startPipeline("wait")
        other.signal(SIGTERM)
        while !other.err.contains("shutting down") {
            try #require(other.wait(atMost: .milliseconds(5)) == nil)
        }
        other.signal(SIGINT)
        #expect(other.wait(atMost: .seconds(30)) == 0)
        #expect(bench.weir("show", long, "--json").out.contains(#""result":"cancellation""#))
    }

    private func sample(_ name: String, _ url: String) async throws -> String? {
        let response = try await bench.get("\(url)/metrics")
        #expect(response.status == 200)
        let line = bench.text(response).split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return line.map { String($0.dropFirst(name.count + 1)) }
    }

    @Test func `what was counted stays counted over an end, a kill and a damaged file`()
        async throws
    {
        bench.offer("hello", "a: {run: 'echo hello'}")
        let runs = #"weir_runs_total{pipeline="hello",result="success"}"#
        let attempts = #"weir_step_attempts_total{pipeline="hello",step="a",result="success"}"#
        var (agent, url) = try bench.serve()
        #expect(try await sample(runs, url) == "0", "it exists from load")
        _ = try await bench.waitForEnd(of: try bench.startPipeline("hello"), url)
        while try await sample(runs, url) != "1" {}
        #expect(try await sample(attempts, url) == "1")
        #expect(try await sample("process_start_time_seconds", url) != nil)
        let syncs = try await sample("weir_journal_sync_duration_seconds_count", url)
        #expect((Int(syncs ?? "") ?? 0) > 0)
        agent.signal(SIGTERM)
        #expect(agent.wait(atMost: .seconds(30)) == 0)

        (agent, url) = try bench.serve()
        #expect(try await sample(runs, url) == "1")
        _ = try await bench.waitForEnd(of: try bench.startPipeline("hello"), url)
        agent.killHard()
        (agent, url) = try bench.serve()
        #expect(try await sample(runs, url) == "2")
        #expect(try await sample(attempts, url) == "2")
        agent.killHard()

        bench.folder.write("state/totals.json", "{")
        (agent, url) = try bench.serve()
        #expect(agent.err.contains("totals.json"))
        #expect(try await sample(runs, url) == "2", "the journals still tell")
        agent.killHard()
    }

    @Test func `cancel reaches a run of the agent`() async throws {
        bench.offer("wait", "a: {run: 'sleep 60'}")
        let (agent, url) = try bench.serve()
        let run = try bench.startPipeline("wait")
        #expect(bench.weir("cancel", run).out.contains("process \(agent.pid)"))
        let shown = try await bench.waitForEnd(of: run, url)
        #expect(shown["result"]?.string == "cancellation")
        agent.signal(SIGTERM)
        #expect(agent.wait(atMost: .seconds(30)) == 0)
    }
}
