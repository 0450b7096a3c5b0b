import Pipeline
import TestSupport
import Testing

/// What runs say in the light of those before them, as a person meets it.
@Suite(.timeLimit(.minutes(10)))
struct InsightIntegrationTests {
    let bench = WeirBench()

    @Test func `a step that always fails and may is pointed out, from the third run on`() throws {
        bench.pipeline(
            "name: nightly\nsteps: {flaky: {run: exit 7, allow_failure: true}, a: {run: 'true'}}"
        )
        bench.folder.write("other.yaml", "name: other\nsteps: {flaky: {run: 'true'}}\n")
        let words = "hint  flaky has failed in all 3 runs"
        #expect(!bench.weir("run").out.contains("hint"))
        #expect(!bench.weir("run").out.contains("hint"))
        #expect(!bench.weir("run", "other.yaml").out.contains("hint"))
        let third = bench.weir("run")
        #expect(third.code == 0)
        #expect(third.out.contains(words), "\(third.out)")
        #expect(bench.weir("show", "nightly").out.contains(words))
        #expect(!bench.weir("show", "other").out.contains("hint"))
        let shown = try JSONValue(parsing: Array(bench.weir("show", "nightly", "--json").out.utf8))
        #expect(shown["hints"]?.array?.map { $0["kind"]?.string } == ["always_fails"])
        let id = try #require(shown["run"]?.string)
        let report = try #require(bench.folder.read("state/runs/\(id)/report.json"))
        #expect(try JSONValue(parsing: Array(report.utf8))["hints"] == shown["hints"])
    }

    @Test func `plan estimates from what has run, and says what is needed until then`() throws {
        bench.pipeline("name: job\nsteps: {a: {run: sleep 0.2}, b: {run: sleep 0.1}}")
        let before = bench.weir("plan")
        #expect(before.code == 0)
        #expect(before.out.contains("no estimate: no run of job is remembered"))
        let id = { () -> String? in
            let shown = bench.weir("show", "job", "--json").out
            return try? JSONValue(parsing: Array(shown.utf8))["run"]?.string
        }
        for _ in 1...4 { #expect(bench.weir("run").code == 0) }
        let plan = bench.weir("plan", "--workers", "7").out
        #expect(plan.contains("estimate  from 4 runs, if all goes well"), "\(plan)")
        #expect(plan.contains("  2 workers will do: 5 more would save 0s and idle for "), "\(plan)")
        let json = try JSONValue(parsing: Array(bench.weir("plan", "--json").out.utf8))
        let rows = try #require(json["estimate"]?["workers"]?.array)
        #expect(rows.map { $0["workers"] } == [.integer(1), .integer(2)])
        #expect(bench.weir("plan", "--workers", "0").code == 2)
        #expect(bench.weir("show", "job").out.contains(" (usually "))
        let report = try #require(bench.folder.read("state/runs/\(id() ?? "")/report.json"))
        let steps = try #require(JSONValue(parsing: Array(report.utf8))["steps"]?.array)
        #expect(steps.allSatisfy { $0["usual"]?["count"] == .integer(3) }, "\(report)")
        #expect(steps.contains { $0["slack_seconds"] == .double(0) })
    }

    @Test func `the agent shows what is usual once a run has ended, and after a restart`()
        async throws
    {
        bench.offer("job", "a: {run: sleep 0.2}")
        let name = "weir_step_duration_baseline_seconds"
        let series = #"\#(name){pipeline="job",step="a",stat="p95"} 0.2"#
        let (agent, url) = try bench.serve()
        #expect(!(try await bench.text("\(url)/metrics")).contains(name + "{"))
        let run = try bench.startPipeline("job")
        _ = try await bench.waitForEnd(of: run, url)
        let deadline = ContinuousClock.now + .seconds(30)
        while !(try await bench.text("\(url)/metrics")).contains(series) {
            try #require(ContinuousClock.now < deadline)
        }
        bench.end(agent)
        let (second, place) = try bench.serve()
        #expect(try await bench.text("\(place)/metrics").contains(series))
        bench.end(second)
    }
}
