import Pipeline
import Telemetry
import TestSupport
import Testing

/// What is usual, and how much later a step could have ended.
struct BaselineTests {
    /// A run of `a`, which waits 5 s for a worker, and of `b`.
    private func run(_ seconds: Double, _ outcome: Outcome = .success) -> RunSnapshot {
        var script = RunScript(pipeline: "p", steps: 2)
        script.ready(0, "a")
        script.starts(5, "a")
        script.ends(5 + seconds, "a", AttemptEnd(outcome))
        script.finishes(5 + seconds, "a", outcome)
        script.succeeds("b", from: 5 + seconds, to: 6 + seconds, after: "a")
        script.ends(6 + seconds, run: RunEnd(outcome))
        return Runs.folded(script)
    }

    @Test func `quantiles are exact, of what succeeded, without the wait for a worker`() {
        let history = (1...20).reversed().map { run(Double($0)) } + [run(500, .exit)]
        let baselines = Baselines(history)
        #expect(baselines.runs == 21)
        let step = baselines.steps["a"]
        #expect(step?.p50 == .seconds(10) && step?.p95 == .seconds(19) && step?.count == 20)
        #expect(baselines.steps["b"]?.p95 == .seconds(1))
        #expect(baselines.steps["b"]?.count == 21)
        #expect(baselines.run?.p50 == .seconds(16) && baselines.run?.p95 == .seconds(25))
    }

    @Test func `one run is what it is, and not yet usual`() {
        let one = Baselines([run(3)])
        #expect(one.steps["a"]?.p50 == .seconds(3) && one.steps["a"]?.p95 == .seconds(3))
        #expect(one.steps["a"]?.isUsual == false)
        #expect(Baselines([run(3), run(4), run(5)]).steps["a"]?.isUsual == true)
        #expect(Baselines().steps.isEmpty && Baselines().run == nil)
        #expect(Baselines([run(3, .exit)]).steps["a"] == nil)
    }

    @Test func `show says what is usual, and the report how usual it is`() {
        let baselines = Baselines([run(3), run(4), run(5)])
        let lines = ShowText.lines(run(30), style: .plain, baselines: baselines)
        #expect(lines.contains("  took      36s (usually 10s)"))
        #expect(lines.contains { $0.hasPrefix("  step") && $0.contains("took  usually") })
        #expect(lines.contains { $0.hasPrefix("✓ a") && $0.hasSuffix("35s     4.0s") })
        let report = String(
            decoding: RunReport.json(run(30), baselines: baselines),
            as: UTF8.self
        )
        #expect(report.contains(#""usual":{"p50_seconds":10.0,"p95_seconds":11.0,"count":3}"#))
        #expect(
            report.contains(
                #""duration_seconds":35.0,"usual":{"p50_seconds":4.0,"p95_seconds":5.0,"count":3}"#
            )
        )
        let few = ShowText.lines(run(30), style: .plain, baselines: Baselines([run(3), run(4)]))
        #expect(!few.joined().contains("usually"))
    }

    // MARK: - Slack

    private func slacks(_ run: RunSnapshot) -> [Duration?] { run.slacks }

    @Test func `slack is what a step had left before it held up the run`() {
        // collect 0-20 ◀ clean 20-110; fetch 0-62; load 110-250 needs both; index is skipped.
        #expect(slacks(Runs.failed()) == [.zero, .seconds(48), .zero, .zero, nil])
        let lines = ShowText.lines(Runs.failed(), style: .plain)
        #expect(lines.contains("  slack     fetch 48s"))
        let report = String(decoding: RunReport.json(Runs.failed()), as: UTF8.self)
        #expect(report.contains(#""duration_seconds":62.0,"slack_seconds":48.0"#))
    }

    /// a 0-10; b 0-4 ◀ c 4-6 ◀ d 10-12, which also needs a; e 0-5 alone.
    @Test func `it reaches back through all that comes after`() {
        let plan = makePlan([
            makeStep("a"), makeStep("b"), makeStep("c", needs: [1]),
            makeStep("d", needs: [0, 2]), makeStep("e"),
        ])
        var script = RunScript(pipeline: "p", steps: 5, workers: 3)
        script.succeeds("a", from: 0, to: 10)
        script.succeeds("b", from: 0, to: 4)
        script.succeeds("c", from: 4, to: 6, after: "b")
        script.succeeds("e", from: 0, to: 5)
        script.succeeds("d", from: 10, to: 12, after: "a")
        #expect(slacks(Runs.folded(script, plan: plan)).isEmpty, "the run goes on")
        script.sort()
        script.ends(12, run: RunEnd(.success))
        let run = Runs.folded(script, plan: plan)
        #expect(slacks(run) == [.zero, .seconds(4), .seconds(4), .zero, .seconds(7)])
        #expect(slacks(Runs.folded(script)).isEmpty, "nobody knows what needs what")
        for step in run.criticalPath?.steps ?? [] {
            #expect(run.steps.firstIndex { $0.name == step }.map { run.slacks[$0] } == .zero)
        }
    }

    @Test func `a wait for a worker on the critical path leaves no slack`() {
        let plan = makePlan([makeStep("a"), makeStep("b", needs: [0])])
        var script = RunScript(pipeline: "p", steps: 2, workers: 1)
        script.succeeds("a", from: 0, to: 3)
        script.ready(3, "b", after: "a")
        script.starts(9, "b")
        script.ends(10, "b", AttemptEnd(.success))
        script.finishes(10, "b")
        script.ends(10, run: RunEnd(.success))
        #expect(slacks(Runs.folded(script, plan: plan)) == [.zero, .zero])
    }
}
