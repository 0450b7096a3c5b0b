import Pipeline
import TestSupport
import Testing

@testable import Telemetry

struct TaskTableTests {
    /// A run in which one step runs, one backs off, one waits for a worker and one for steps.
    private func table(
        usage: [Int32: ProcessUsage] = [:],
        lastLine: String? = nil,
        limit: Int = 100
    ) -> TaskTable {
        var script = RunScript(pipeline: "daily-reports", steps: 5)
        script.succeeds("collect", from: 0, to: 20)
        script.ready(0, "fetch")
        script.ready(20, "clean", after: "collect")
        script.starts(21, "clean", 1, pid: 901)
        script.ends(30, "clean", 1, AttemptEnd(.exit, exitCode: 2))
        let until = RunScript.at(60)
        script.add(30, .retryScheduled(step: "clean", next: 2, until: until))
        script.starts(31, "fetch", 1, pid: 902)
        let plan = Plan(
            name: "daily-reports",
            steps: [
                Runs.step("collect"), Runs.step("fetch"), Runs.step("clean", needs: [0]),
                Runs.step("free"), Runs.step("load", needs: [1, 2]),
            ],
            waves: [[0, 1, 3], [2], [4]]
        )
        script.ready(0, "free")
        script.sort()
        let lines = lastLine.map { [AttemptRef(step: "fetch", number: 1): $0] } ?? [:]
        return TaskTable(
            runs: [(Runs.folded(script, plan: plan), lines)],
            usage: usage,
            at: RunScript.at(41),
            limit: limit
        )
    }

    @Test func `what runs comes first, then what waits with its blocker, then what has ended`()
        throws
    {
        let run = try #require(table().runs.first)
        #expect(run.steps.map(\.step) == ["fetch", "clean", "free", "load", "collect"])
        #expect(run.steps.map(\.state) == [.running, .blocked, .blocked, .blocked, .finished])
        #expect(
            run.steps.map(\.blocker) == [
                nil, .backoff(until: RunScript.at(60)), .workers, .dependency(["fetch", "clean"]),
                nil,
            ]
        )
        #expect(run.elapsed == .seconds(41))
        #expect(run.steps[1].attempts.map(\.outcome?.result) == [.failure])
        #expect(run.steps[1].attempts[0].pid == nil, "what has ended has no process")
    }

    @Test func `a running attempt shows its processes and its last line`() throws {
        var usage = ProcessUsage()
        usage.processes = 3
        usage.cpu = .milliseconds(1_500)
        usage.residentBytes = 5 << 20
        let table = table(usage: [902: usage, 901: usage], lastLine: "<half> done")
        let attempt = try #require(table.runs[0].steps[0].attempts.first)
        #expect(attempt.pid == 902)
        #expect(attempt.usage == usage)
        #expect(attempt.elapsed == .seconds(10))
        #expect(table.runs[0].steps[1].attempts[0].usage == nil, "its number may be another's now")
        let json = try JSONValue(parsing: table.json)
        guard case .array(let runs) = json["runs"], case .array(let steps) = runs[0]["steps"],
            case .array(let attempts) = steps[0]["attempts"]
        else {
            Issue.record("\(json)")
            return
        }
        #expect(attempts[0]["pid"] == .integer(902))
        #expect(attempts[0]["processes"] == .integer(3))
        #expect(attempts[0]["cpu_seconds"] == .double(1.5))
        #expect(attempts[0]["rss_bytes"] == .integer(5 << 20))
        #expect(attempts[0]["last_line"]?.string == "<half> done")
        #expect(steps[1]["blocker"]?.string == "backoff")
        let page = String(decoding: table.html, as: UTF8.self)
        #expect(page.contains("<code>&lt;half&gt; done</code>"))
        #expect(page.contains("waits for fetch, clean"))
        #expect(page.contains("next attempt in 19s"))
    }

    @Test func `steps beyond the limit are counted, and those that run are kept`() {
        let table = table(limit: 2)
        #expect(table.runs[0].steps.map(\.step) == ["fetch", "clean"])
        #expect(table.stepsOmitted == 3)
        #expect(String(decoding: table.html, as: UTF8.self).contains("3 steps not shown"))
        #expect(self.table(limit: 0).runs[0].stepsOmitted == 5)
    }

    @Test(arguments: [
        "<script>alert(1)</script>", "\"onload='x'", "a&b", "\u{1b}[31mred\u{202e}", "\n<td>\r",
    ])
    func `nothing from outside becomes markup`(text: String) {
        var page = HTMLPage(title: text)
        page.cell(text)
        let written = String(decoding: page.finished(), as: UTF8.self)
        for mark in ["<script", "\"onload", "'x'", "a&b<", "\u{1b}", "\u{202e}", "\n<td>\n"] {
            #expect(!written.contains(mark))
        }
    }
}
