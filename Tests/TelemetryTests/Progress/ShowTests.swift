import Pipeline
import Telemetry
import TestSupport
import Testing

struct ShowTests {
    @Test func `shows facts, waterfall and failure`() {
        let lines = ShowText.lines(Runs.failed(), style: .plain)
        let expected = """
            daily-reports  7f3c000000000001112233445566d901  failed
              started   2026-03-09 23:10:00 (UTC), by cli
              took      4m12s
              steps     3 ok · 1 failed · 1 skipped (needs load)
              time      running 2m52s · waiting 20s · wasted 2m00s · 58% of 2 workers
              used      cpu 7.0s · peak memory 44 MiB
              critical  4m10s: collect > clean > load
              slack     fetch 48s
              trace     7f3c000000000001112233445566d901

              step      0s                                                4m12s    took     cpu      peak  tries
            ✓ collect * █████                                                       20s    1.7s    44 MiB
            ✓ fetch     ██████████████                                            1m02s
            ✓ clean   *     █████████████████████                                 1m30s
            ✗ load    *                         ▒▒▒▒▒▒▒▒▒·▒▒▒▒▒▒▒▒▒▒·▒▒▒▒▒▒▒▒▒▒   2m20s    5.2s    44 MiB      3
            ○ index     needs load
              █ ran   ▒ failed   · waiting   * critical path

            ✗ daily-reports failed after 4m12s at 23:14 (UTC)   step load, attempt 3 of 3, exit 2
                psql:load.sql:14: ERROR:  relation "reports" does not exist        last 1 of 37 lines
              3 ok · 1 failed · 1 skipped (needs load) · nothing to undo
              log     weir logs d901 load
              trace   7f3c…d901
            """
        #expect(lines.joined(separator: "\n") == expected)
    }

    @Test func `shows a run under way until now, and what does not fit`() {
        var script = RunScript(pipeline: "daily-reports", steps: 5)
        script.ready(0, "collect")
        script.starts(0, "collect")
        script.ready(0, "nobody")
        let run = Runs.folded(script, plan: Runs.dailyPlan)
        let lines = ShowText.lines(run, style: .plain, at: RunScript.at(90))
        #expect(lines[0].hasSuffix("executing"))
        #expect(lines.contains("  running   1m30s"))
        #expect(lines.contains("  steps     0 ok · 1 running · 4 waiting"))
        #expect(lines.contains("  clean     waits for collect"))
        #expect(lines.last == "! event 5: the plan has no step 'nobody'")
        #expect(ShowText.lines(RunSnapshot(), style: .plain).count == 1)
    }

    @Test func `reports a run as one object`() {
        var script = RunScript(pipeline: "p", steps: 2, workers: 1)
        script.ready(0, "a")
        script.starts(1, "a", pid: 7)
        script.add(2, .outputSet(AttemptRef(step: "a", number: 1), key: "k", value: "\"v\"\n"))
        let usage = ResourceUsage(userCPU: .milliseconds(500), peakMemoryFloor: 9)
        script.ends(3, "a", AttemptEnd(.success, exitCode: 0, usage: usage, executable: "bash"))
        script.finishes(3, "a")
        script.finishes(3, "b", Outcome(.dependency), attempts: 0, because: "x")
        script.ends(4, run: RunEnd(.success))
        let id = RunScript.run.description
        let report = String(decoding: RunReport.json(Runs.folded(script)), as: UTF8.self)
        let expected = """
            {"run":"\(id)","trace":"\(id)","pipeline":"p","trigger":"cli",\
            "spec_sha256":"\(String(repeating: "ab", count: 32))","workers":1,\
            "scheduled_at":"2026-03-09T23:10:00Z","state":"finished","result":"success",\
            "reason":"exit","started_at":"2026-03-09T23:10:00Z",\
            "ended_at":"2026-03-09T23:10:04Z","duration_seconds":4.0,"recoveries":0,\
            "counts":{"ok":1,"failed":0,"tolerated":0,"skipped":1,"cancelled":0,"running":0,\
            "waiting":0},"usage":{"attempts":1,"cpu_user_seconds":0.5,"cpu_system_seconds":0.0},\
            "time":{"waiting_seconds":1.0,"running_seconds":2.0,"wasted_seconds":0.0},\
            "parallel_efficiency":0.5,\
            "critical_path":{"steps":["a"],"duration_seconds":2.0},\
            "steps":[{"name":"a","state":"finished","result":"success","reason":"exit",\
            "ready_at":"2026-03-09T23:10:00Z","started_at":"2026-03-09T23:10:01Z",\
            "ended_at":"2026-03-09T23:10:03Z","duration_seconds":3.0,\
            "attempts":[{"number":1,"pid":7,"started_at":"2026-03-09T23:10:01Z",\
            "ended_at":"2026-03-09T23:10:03Z","duration_seconds":2.0,"result":"success",\
            "reason":"exit","exit_code":0,"executable":"bash",\
            "usage":{"cpu_user_seconds":0.5,"cpu_system_seconds":0.0,"memory_floor_bytes":9,\
            "context_switches_voluntary":0,"context_switches_involuntary":0}}],\
            "usage":{"attempts":1,"cpu_user_seconds":0.5,"cpu_system_seconds":0.0},\
            "outputs":{"k":"\\"v\\"\\n"}},\
            {"name":"b","state":"finished","result":"skip","reason":"dependency",\
            "because":"x","ended_at":"2026-03-09T23:10:03Z"}]}

            """
        #expect(report == expected)
    }

    @Test func `reports the tail of a failure and what stopped the run`() {
        let report = String(decoding: RunReport.json(Runs.failed()), as: UTF8.self)
        #expect(report.contains(#""stopped_by":"load failed""#))
        #expect(report.contains(#""tail":{"lines":["psql:load.sql:14: ERROR:  relation \"repo"#))
        #expect(report.contains(#""total_lines":37"#))
        #expect(!report.contains("null"))
    }

    @Test func `lists runs with as many digits as tell them apart`() throws {
        var interrupted = RunScript(pipeline: "daily", steps: 2)
        interrupted.ready(0, "a")
        interrupted.starts(0, "a")
        var rows = [Runs.failed(), Runs.succeeded()].compactMap { RunListRow($0) }
        rows[1].run = RunID(high: 1, low: 0x1122_3344_5500_d901)
        let open = Runs.folded(interrupted)
        rows.append(try #require(RunListRow(open, isInterrupted: true, at: RunScript.at(9))))
        rows.append(try #require(RunListRow(open, at: RunScript.at(9))))
        let unreadable = RunID(high: 3, low: 4)
        rows.append(RunListRow(run: unreadable, status: .unreadable, detail: "no\u{1b}[2J start"))
        #expect(
            RunListText.lines(rows, style: .plain, utcOffset: 3_600) == [
                "run     pipeline       started              took   result       steps",
                "66d901  daily-reports  2026-03-10 00:10:00  4m12s  failure      5/5    "
                    + "step load, attempt 3 of 3, exit 2",
                "00d901  daily          2026-03-10 00:10:00  12s    success      4/4",
                "66d901  daily          2026-03-10 00:10:00  0s     interrupted  0/2    a",
                "66d901  daily          2026-03-10 00:10:00  9.0s   executing    0/2    a",
                "000004  -              -                    -      unreadable   -      no start",
            ]
        )
        #expect(RunListText.lines([], style: .plain).isEmpty)
        #expect(String(decoding: RunListText.json([]), as: UTF8.self) == "[]\n")
        #expect(
            String(decoding: RunListText.json([rows[1]]), as: UTF8.self) == """
                [{"run":"0000000000000001112233445500d901","pipeline":"daily",\
                "state":"finished","result":"success","reason":"exit",\
                "started_at":"2026-03-09T23:10:00Z","duration_seconds":12.34,\
                "done":4,"total":4}]

                """
        )
        #expect(RunListRow(RunSnapshot()) == nil)
    }
}
