import Pipeline
import TestSupport

/// Runs that several tests look at.
enum Runs {
    static func folded(_ script: RunScript, plan: Plan? = nil) -> RunSnapshot {
        var run = plan.map { RunSnapshot(plan: $0) } ?? RunSnapshot()
        for event in script.events { run.apply(event) }
        return run
    }

    static let dailyPlan = Plan(
        name: "daily-reports",
        steps: [
            step("collect"), step("fetch"), step("clean", needs: [0]),
            step("load", needs: [1, 2], attempts: 3), step("index", needs: [3]),
        ],
        waves: [[0, 1], [2], [3], [4]]
    )

    static func step(_ name: String, needs: [Int] = [], attempts: Int = 1) -> PlannedStep {
        PlannedStep(
            name: name,
            action: .script("true"),
            needs: needs,
            retry: RetryPolicy(attempts: attempts)
        )
    }

    static func failedScript(
        tail: [String] = [#"psql:load.sql:14: ERROR:  relation "reports" does not exist"#],
        of lines: Int = 37
    ) -> RunScript {
        let usage = ResourceUsage(
            userCPU: .milliseconds(1_500),
            systemCPU: .milliseconds(250),
            peakMemory: 44 << 20
        )
        let end = AttemptEnd(
            .exit,
            exitCode: 2,
            usage: usage,
            executable: "bash",
            tail: OutputTail(lines: tail, totalLines: lines)
        )
        var script = RunScript(pipeline: "daily-reports", steps: 5)
        script.succeeds("collect", from: 0, to: 20, usage: usage)
        script.succeeds("fetch", from: 0, to: 62)
        script.succeeds("clean", from: 20, to: 110, after: "collect")
        script.ready(110, "load", after: "clean")
        for (number, time) in [(1, 110.0), (2, 160.0), (3, 210.0)] {
            script.starts(time, "load", number, pid: Int32(900 + number))
            script.ends(time + 40, "load", number, end)
            guard number < 3 else { continue }
            let until = RunScript.at(time + 50)
            script.add(time + 40, .retryScheduled(step: "load", next: number + 1, until: until))
        }
        script.finishes(250, "load", .exit, attempts: 3)
        script.add(250, .runStopping(.failed(step: "load")))
        script.finishes(250, "index", Outcome(.dependency), attempts: 0, because: "load")
        script.ends(252, run: RunEnd(.exit, step: "load"))
        script.sort()
        return script
    }

    /// Five steps: three succeed, `load` fails three times, `index` is skipped.
    static func failed(
        tail: [String] = [#"psql:load.sql:14: ERROR:  relation "reports" does not exist"#],
        of lines: Int = 37
    ) -> RunSnapshot {
        folded(failedScript(tail: tail, of: lines), plan: dailyPlan)
    }

    static func succeeded() -> RunSnapshot {
        var script = RunScript(pipeline: "daily", steps: 4)
        script.succeeds("a", from: 0, to: 5)
        script.succeeds("b", from: 5, to: 12, after: "a")
        script.ready(5, "c")
        script.starts(5, "c")
        script.ends(6, "c", AttemptEnd(.exit, exitCode: 1))
        script.finishes(6, "c", .exit, tolerated: true)
        script.finishes(6, "d", Outcome(.condition), attempts: 0)
        script.ends(12.34, run: RunEnd(.success))
        script.sort()
        return folded(script)
    }
}
