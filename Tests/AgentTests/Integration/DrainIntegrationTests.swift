import Glibc
import Pipeline
import TestSupport
import Testing
import Transport

/// An agent of the built binary that is stopped and started again while runs go on.
@Suite(.timeLimit(.minutes(10)))
struct DrainIntegrationTests {
    let bench = WeirBench()

    @Test func `what outlasts the grace goes on with the next start`() async throws {
        bench.offer(
            "long",
            """
            a: {run: 'echo done >> first'}
              b:
                needs: a
                retry: {attempts: 1}
                run: 'echo x >> marks; until [ -e go ]; do sleep 0.01; done'
            """
        )
        let (agent, _) = try bench.serve("--grace", "1s")
        let run = try bench.startPipeline("long")
        _ = try bench.waitForMarks(1, agent)
        agent.signal(SIGTERM)
        // Its own end would never come.
        #expect(agent.wait(atMost: .seconds(60)) == 0)
        #expect(agent.out.contains("state:"))
        #expect(
            bench.folder.read("state/runs/\(run)/journal.jsonl")?.contains(#""reason":"drain""#)
                == true
        )
        bench.folder.write("pipelines/go", "")
        let (next, url) = try bench.serve()
        let shown = try await bench.waitForEnd(of: run, url)
        #expect(shown["result"]?.string == "success")
        // What was done is not done again, and one attempt allowed is still one.
        #expect(bench.folder.read("pipelines/first") == "done\n")
        #expect(try bench.waitForMarks(2, next).count == 2)
        bench.end(next)
    }

    @Test func `what ends within the grace ends in peace`() async throws {
        bench.offer("short", "a: {run: 'echo x >> marks; until [ -e go ]; do sleep 0.01; done'}")
        let (agent, url) = try bench.serve("--grace", "10m")
        let run = try bench.startPipeline("short")
        _ = try bench.waitForMarks(1, agent)
        agent.signal(SIGTERM)
        while try await bench.get("\(url)/readyz").status != 503 {}
        bench.folder.write("pipelines/go", "")
        #expect(agent.wait(atMost: .seconds(120)) == 0)
        #expect(
            bench.folder.read("state/runs/\(run)/journal.jsonl")?.contains("run_finished") == true
        )
    }

    @Test func `a wrong grace is refused`() {
        bench.offer("short", "a: {run: 'true'}")
        let outcome = bench.weir("serve", "pipelines", "--grace", "soon")
        #expect(outcome.code == 2 && outcome.err.contains("a duration such as 25s is meant"))
    }

    @Test func `no work is lost over fifty restarts under load`() async throws {
        bench.offer(
            "work",
            """
            a: {run: 'sleep 0.05'}
              b: {needs: a, run: 'sleep 0.2'}
              c: {needs: b, run: 'echo "$WEIR_RUN_ID" >> done'}
            """
        )
        bench.offer(
            "tick",
            "a: {run: 'true'}\nschedule: {every: 1s, catch_up: all, overlap: queue}"
        )
        var accepted: Set<String> = []
        for _ in 0..<50 {
            let (agent, url) = try bench.serve("--grace", "400ms")
            for _ in 0..<3 {
                let answer = try await bench.post("\(url)/api/v1/pipelines/work/runs", "{}", [])
                guard answer.status == 202 else { continue }
                let value = try JSONValue(parsing: answer.body)
                accepted.insert(try #require(value["run"]?.string))
            }
            agent.signal(SIGTERM)
            #expect(agent.wait(atMost: .seconds(30)) == 0, "\(agent.err)")
        }
        #expect(accepted.count == 150)
        let (agent, url) = try bench.serve()
        for run in accepted {
            let shown = try await bench.waitForEnd(of: run, url)
            #expect(shown["result"]?.string == "success", "run \(run)")
        }
        bench.end(agent)
        let done = (bench.folder.read("pipelines/done") ?? "").split(separator: "\n").map(
            String.init
        )
        #expect(Set(done) == accepted)
        let slots = try bench.scheduledRuns().filter { $0.pipeline == "tick" }
            .map { $0.scheduledAt / 1_000_000_000 }.sorted()
        let first = try #require(slots.first)
        #expect(slots == (0..<Int64(slots.count)).map { first + $0 })
    }
}
