import Pipeline
import TestSupport
import Testing

@testable import Telemetry

struct ExplanationTests {
    private let plan = Plan(
        name: "daily-reports",
        steps: [
            Runs.step("collect"), Runs.step("fetch"), Runs.step("clean", attempts: 3),
            Runs.step("free"), Runs.step("load", needs: [1, 2]), Runs.step("index", needs: [4]),
        ],
        waves: [[0, 1, 2, 3], [4], [5]]
    )

    /// Two workers: `fetch` runs, `collect` as well, `clean` backs off, `free` is ready.
    private func snapshot(stop: StopCause? = nil) -> RunSnapshot {
        var script = RunScript(pipeline: "daily-reports", steps: 6, workers: 2)
        for step in ["collect", "fetch", "clean", "free"] { script.ready(0, step) }
        script.starts(0, "clean", 1, pid: 900)
        script.ends(5, "clean", 1, AttemptEnd(.exit, exitCode: 7))
        script.add(5, .retryScheduled(step: "clean", next: 2, until: RunScript.at(60)))
        script.starts(1, "collect", 1, pid: 901)
        script.starts(6, "fetch", 1, pid: 902)
        if let stop { script.add(7, .runStopping(stop)) }
        script.sort()
        return Runs.folded(script, plan: plan)
    }

    private func text(_ step: String, _ explanation: Explanation) -> String? {
        explanation.lines.first { $0.step == step }?.text
    }

    @Test func `every step that waits says what for, and the workers what they do`() {
        let explanation = Explanation(snapshot(), at: RunScript.at(41))
        #expect(explanation.headline == "2 of 2 workers busy: collect (40s), fetch (35s)")
        #expect(explanation.lines.map(\.step) == ["clean", "free", "load", "index"])
        #expect(text("clean", explanation) == "is tried again in 19s, after exit 7")
        #expect(text("free", explanation) == "waits for a worker for 41s: 2 of 2 are busy")
        #expect(
            text("load", explanation)
                == "waits for fetch (runs, 35s), clean (is tried again in 19s)"
        )
        #expect(text("index", explanation) == "waits for load (waits itself)")
    }

    @Test func `a run that nobody runs, and one that is being stopped, say so first`() {
        let interrupted = Explanation(snapshot(), isInterrupted: true, at: RunScript.at(41))
        #expect(interrupted.headline.hasPrefix("nobody runs it since 35s: go on with weir resume "))
        let stopping = Explanation(snapshot(stop: .failed(step: "collect")), at: RunScript.at(41))
        #expect(stopping.headline.hasPrefix("nothing new starts: collect failed; 2 of 2 workers"))
        #expect(Explanation(RunSnapshot(), at: RunScript.at(0)).headline.contains("not started"))
    }

    @Test func `an ended run says what decided it, and what never began`() {
        let run = Runs.folded(Runs.failedScript(), plan: Runs.dailyPlan)
        let explanation = Explanation(run, at: RunScript.at(500))
        #expect(
            explanation.headline == "daily-reports failed: step load, attempt 3 of 3, exit 2"
        )
        #expect(explanation.text.dropFirst() == ["  index did not run: needs load"])
    }

    @Test func `the JSON has the blocker, since when, and until when`() throws {
        let explanation = Explanation(snapshot(), at: RunScript.at(41))
        let json = try JSONValue(parsing: explanation.json)
        let steps = try #require(json["steps"]?.array)
        #expect(
            steps.map { $0["blocker"]?.string } == [
                "backoff", "workers", "dependency", "dependency",
            ]
        )
        #expect(steps[0]["until"]?.string == RunClockText.instant(RunScript.at(60)))
        #expect(steps[2]["needs"]?.array?.compactMap(\.string) == ["fetch", "clean"])
        #expect(steps.allSatisfy { $0["since"]?.string != nil })
    }

    @Test func `of many only the first are said, and the rest is counted`() {
        let steps = (0..<70).map { Runs.step("s\($0)") }
        let plan = Plan(name: "wide", steps: steps, waves: [Array(steps.indices)])
        var script = RunScript(pipeline: "wide", steps: 70)
        for step in steps { script.ready(0, step.name) }
        let explanation = Explanation(Runs.folded(script, plan: plan), at: RunScript.at(1))
        #expect(explanation.lines.count == 50)
        #expect(explanation.text.last == "  … and 20 steps more")
    }
}
