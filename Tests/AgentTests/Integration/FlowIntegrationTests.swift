import Glibc
import Pipeline
import TestSupport
import Testing
import Transport

/// Pools, rate limits, breakers, undoing and `finally` of the built binary.
@Suite(.timeLimit(.minutes(10)))
struct FlowIntegrationTests {
    let bench = WeirBench()

    private func offer(_ name: String, _ text: String) {
        mkdir(bench.folder.path + "/pipelines", 0o700)
        bench.folder.write("pipelines/\(name).yaml", "name: \(name)\n" + text)
    }

    /// Asks for metrics until one line says so.
    private func waitForMetric(_ line: String, _ url: String, _ agent: Subprocess) async throws {
        while !(try await bench.text("\(url)/metrics")).contains(line + "\n") {
            try #require(agent.wait(atMost: .milliseconds(5)) == nil)
        }
    }

    @Test func `runs of an agent share a pool, and everybody can see who waits for it`()
        async throws
    {
        offer(
            "holds",
            "pools: {db: 1}\nsteps: {a: {run: 'until [ -e ../go ]; do sleep 0.01; done', pool: db}}\n"
        )
        offer("waits", "pools: {db: 1}\nsteps: {b: {run: 'true', pool: db}}\n")
        let (agent, url) = try bench.serve()
        let holder = try bench.startPipeline("holds")
        try await waitForMetric(#"weir_pool_in_use{pool="db"} 1"#, url, agent)
        let waiter = try bench.startPipeline("waits")
        try await waitForMetric(#"weir_pool_waiting{pool="db"} 1"#, url, agent)
        try await waitForMetric(
            #"weir_steps_blocked{pipeline="waits",step="b",blocker="pool"} 1"#,
            url,
            agent
        )
        let explained = bench.weir("explain", waiter).out
        #expect(explained.contains("b waits for a slot of the pool db"), "\(explained)")
        let steps = try JSONValue(
            parsing: try await bench.get("\(url)/api/v1/runs/\(waiter)/explain").body
        )["steps"]?.array
        #expect(steps?.first?["blocker"] == .string("pool"))
        #expect(steps?.first?["name"] == .string("db"))
        bench.folder.write("go", "")
        for run in [holder, waiter] {
            #expect(try await bench.waitForEnd(of: run, url)["result"] == .string("success"))
        }
        try await waitForMetric(#"weir_pool_in_use{pool="db"} 0"#, url, agent)
        let metrics = try await bench.text("\(url)/metrics")
        let waited = metrics.split(separator: "\n").first {
            $0.hasPrefix(#"weir_step_wait_seconds_total{pipeline="waits",step="b",blocker="pool"}"#)
        }
        #expect(Double(waited?.split(separator: " ").last ?? "0") ?? 0 > 0)
        bench.end(agent)
    }

    @Test func `a breaker that opened stays open for the next agent, and everybody's`()
        async throws
    {
        let breakers = "breakers: {site: {failures: 1, open_for: 1h}}\n"
        offer("fails", breakers + "steps: {a: {run: 'exit 1', breaker: site}}\n")
        offer("other", breakers + "steps: {b: {run: 'true', breaker: site}}\n")
        let (agent, url) = try bench.serve()
        _ = try await bench.waitForEnd(of: try bench.startPipeline("fails"), url)
        let opened = #"weir_breaker_transitions_total{breaker="site",to="open"} 1"#
        try await waitForMetric(opened, url, agent)
        try await waitForMetric(#"weir_breaker_state{breaker="site",state="open"} 1"#, url, agent)
        agent.killHard()
        _ = agent.wait()
        let (next, again) = try bench.serve()
        let metrics = try await bench.text("\(again)/metrics")
        #expect(metrics.contains(#"weir_breaker_state{breaker="site",state="open"} 1"# + "\n"))
        #expect(metrics.contains(opened + "\n"), "a counter never falls")
        let run = try bench.startPipeline("other")
        let blocked = #"weir_steps_blocked{pipeline="other",step="b",blocker="breaker"} 1"#
        try await waitForMetric(blocked, again, next)
        let explained = bench.weir("explain", run).out
        #expect(explained.contains("waits for the open breaker site, which may be tried in"))
        #expect(bench.weir("cancel", run).code == 0)
        #expect(try await bench.waitForEnd(of: run, again)["result"] == .string("cancellation"))
        bench.end(next)
    }

    @Test func `two files that mean different things by one name are told apart`() throws {
        offer("one", "pools: {db: 1}\nsteps: {a: {run: 'true', pool: db}}\n")
        offer("two", "pools: {db: 2}\nsteps: {a: {run: 'true', pool: db}}\n")
        let (agent, _) = try bench.serve()
        #expect(agent.err.contains("two.yaml"), "\(agent.err)")
        #expect(agent.err.contains("the pool `db` is defined differently in"))
        #expect(agent.err.contains("one.yaml"))
        #expect(bench.weir("start", "two").code != 0)
        bench.end(agent)
    }

    @Test func `a run that fails undoes what it did, last first, and then says goodbye`() {
        bench.pipeline(
            """
            name: saga
            steps:
              - {name: a, run: 'echo "id=7" >> "$WEIR_OUTPUT"', compensate: {run: 'echo "undo a $WEIR_OUT_A__ID" >> marks'}}
              - {name: b, run: 'true', compensate: {run: 'echo "undo b" >> marks; [ -e tried ] || { touch tried; exit 1; }', retry: {attempts: 2, backoff: 1ms}}}
              - {name: c, run: exit 4}
            finally:
              bye: {run: 'echo "bye $WEIR_RUN_RESULT" >> marks'}
              cheer: {when: success, run: 'echo cheer >> marks'}
            """
        )
        let outcome = bench.weir("run", "--progress", "plain")
        #expect(outcome.code == 1)
        #expect(bench.folder.read("marks") == "undo b\nundo b\nundo a 7\nbye failure\n")
        #expect(outcome.out.contains("b undone") && outcome.out.contains("a undone"))
        #expect(outcome.out.contains("2 undone"), "\(outcome.out)")
        let shown = bench.weir("show", "last", "--json").out
        #expect(
            shown.contains(#""compensation":{"result":"success","reason":"exit","attempts":2}"#)
        )
    }

    @Test func `what cannot be undone is told, and the result stays`() {
        bench.pipeline(
            """
            name: saga
            steps:
              - {name: a, run: 'true', compensate: {run: 'echo "no way" >&2; exit 9', retry: {attempts: 1}}}
              - {name: c, run: exit 4}
            """
        )
        let outcome = bench.weir("run", "--progress", "plain")
        #expect(outcome.code == 1)
        #expect(outcome.out.contains("0 undone, 1 not undone"), "\(outcome.out)")
        #expect(outcome.out.contains("step a is not undone: exit 9"))
        #expect(outcome.out.contains("no way"))
    }

    @Test func `kill -9 while undoing: a resume undoes what is left`() throws {
        bench.pipeline(
            """
            name: saga
            steps:
              - {name: a, run: 'true', compensate: {run: 'echo a >> marks'}}
              - {name: b, run: 'true', compensate: {run: 'echo b >> marks; until [ -e go ]; do sleep 0.01; done'}}
              - {name: c, run: exit 4}
            """
        )
        let process = bench.startRun(until: "marks", contains: "b")
        process.killHard()
        _ = process.wait()
        bench.folder.write("go", "")
        let resumed = bench.weir("resume", "last", "--progress", "plain")
        #expect(resumed.code == 1, "\(resumed.err)")
        #expect(bench.folder.read("marks") == "b\nb\na\n")
    }

    @Test func `a rate limit spreads starts, and a run by hand remembers it after kill -9`() {
        bench.pipeline(
            """
            name: slow
            rate_limits: {site: {rate: 1/h, burst: 1}}
            steps:
              - {name: a, run: 'true', rate_limit: site}
              - {name: b, run: 'true', rate_limit: site}
            """
        )
        let process = start()
        process.killHard()
        _ = process.wait()
        let resumed = bench.start(["resume", "last", "--progress", "plain"])
        while !resumed.out.contains("b waits") {
            if resumed.wait(atMost: .milliseconds(5)) != nil { break }
        }
        #expect(resumed.out.contains("b waits 59m"), "\(resumed.out)\(resumed.err)")
        resumed.signal(SIGINT)
        #expect(resumed.wait(atMost: .seconds(30)) == 130)
    }

    private func start() -> Subprocess {
        let process = bench.start(["run", "--progress", "plain"])
        while !process.out.contains("b waits") {
            if process.wait(atMost: .milliseconds(5)) != nil { break }
        }
        return process
    }
}
