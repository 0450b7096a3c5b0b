import Pipeline
import Telemetry
import TestSupport
import Testing

/// What `weir plan` says of workers.
struct PlanEstimateTests {
    /// Runs in which each step took so many seconds.
    private func history(_ seconds: [(String, Double)], runs: Int = 3) -> Baselines {
        var script = RunScript(pipeline: "test", steps: seconds.count)
        for (step, duration) in seconds { script.succeeds(step, from: 0, to: duration) }
        script.sort()
        script.ends(seconds.map(\.1).max() ?? 0, run: RunEnd(.success))
        return Baselines((0..<runs).map { _ in Runs.folded(script) })
    }

    /// Eight steps of 10 s, and a chain of 20 s beside them.
    private let plan = makePlan(
        (0..<8).map { makeStep("s\($0)") } + [makeStep("a"), makeStep("b", needs: [8])]
    )

    private var seconds: [(String, Double)] {
        (0..<8).map { ("s\($0)", 10) } + [("a", 10), ("b", 10)]
    }

    @Test func `what more workers would cost and save, up to as many as can be busy`() throws {
        let estimate = try #require(PlanEstimate(plan, history(seconds), workers: 3))
        #expect(estimate.rows.map(\.workers) == [1, 2, 3, 4, 5, 8, 9])
        #expect(estimate.rows.map(\.duration.seconds) == [100, 50, 40, 30, 20, 20, 20])
        #expect(estimate.rows.map(\.idle.seconds) == [0, 0, 20, 20, 0, 60, 80])
        #expect(estimate.knee == 5)
        #expect(estimate.saved(estimate.rows[3]) == .seconds(70))
        #expect(estimate.missing.isEmpty)
        #expect(
            EstimateText.lines(estimate, of: plan, style: .plain) == [
                "estimate  from 3 runs, if all goes well",
                "  workers  takes      idle       saved",
                "  1        1m40s      0s         0s",
                "  2        50s        0s         50s",
                "  3        40s        20s        1m00s",
                "  4        30s        20s        1m10s",
                "  5        20s        0s         1m20s",
                "  8        20s        1m00s      1m20s",
                "  9        20s        1m20s      1m20s",
                "  5 workers will do: 4 more would save 0s and idle for 1m20s",
            ]
        )
    }

    @Test func `a chain gains nothing from a second worker`() throws {
        let chain = makePlan([makeStep("a"), makeStep("b", needs: [0])])
        let estimate = try #require(PlanEstimate(chain, history([("a", 3), ("b", 4)])))
        #expect(estimate.rows.map(\.workers) == [1])
        #expect(estimate.knee == 1)
        let lines = EstimateText.lines(estimate, of: chain, style: .plain)
        #expect(lines.last == "  1 worker: as many as can be busy at once")
    }

    @Test func `what no run tells is named, and nothing is made up for it`() throws {
        let estimate = try #require(PlanEstimate(plan, history([("a", 10), ("s3", 5)])))
        #expect(estimate.missing == ["s0", "s1", "s2", "s4", "s5", "s6", "s7", "b"])
        #expect(estimate.knee == nil)
        #expect(estimate.rows.first?.duration == .seconds(15))
        let lines = EstimateText.lines(estimate, of: plan, style: .plain)
        #expect(lines[2].hasPrefix("  1        >=15s"))
        #expect(
            lines.last
                == "  at least: no run is known in which s0, s1, s2, s4, s5 and 3 more did the work"
        )
        let json = String(decoding: PlanJSON.json(plan, estimate: estimate), as: UTF8.self)
        #expect(json.contains(#""estimate":{"runs":3,"complete":false,"missing":["s0","#))
        #expect(!json.contains("enough_workers"))
    }

    @Test func `without history there is no estimate, and it says what is needed`() {
        #expect(PlanEstimate(plan, Baselines()) == nil)
        #expect(PlanEstimate(plan, history([("other", 3)])) == nil)
        #expect(
            EstimateText.lines(nil, of: plan, style: .plain) == [
                "no estimate: no run of test is remembered in which a step did its work"
            ]
        )
        #expect(!String(decoding: PlanJSON.json(plan), as: UTF8.self).contains("estimate"))
    }

    @Test func `a handler of failures is not missed`() throws {
        let handled = makePlan([makeStep("a"), makeStep("mend", needs: [0], when: .failure)])
        let estimate = try #require(PlanEstimate(handled, history([("a", 3)])))
        #expect(estimate.missing.isEmpty)
        #expect(estimate.rows.map(\.duration) == [.seconds(3)])
    }

    @Test func `the JSON has every row`() throws {
        let estimate = try #require(PlanEstimate(plan, history(seconds)))
        let value = try JSONValue(parsing: PlanJSON.json(plan, estimate: estimate))
        let rows = try #require(value["estimate"]?["workers"]?.array)
        #expect(rows.count == estimate.rows.count)
        #expect(value["estimate"]?["enough_workers"] == .integer(5))
        #expect(value["estimate"]?["complete"] == .boolean(true))
    }
}
