import Pipeline
import Telemetry
import TestSupport
import Testing

/// `weir top`, from the tasks as an agent tells them to lines.
struct TopTests {
    private let style = TerminalStyle(hasColour: false, hasUnicode: true, columns: 100)
    private let head = TopText.Head(at: RunScript.at(65), place: "http://127.0.0.1:9347")

    private func tasks() throws -> TopTable {
        var script = RunScript(pipeline: "daily-reports", steps: 5)
        script.succeeds("collect", from: 0, to: 20)
        script.ready(0, "fetch")
        script.starts(0, "fetch")
        script.ends(62, "fetch", AttemptEnd(.exit, exitCode: 75))
        script.add(62, .retryScheduled(step: "fetch", next: 2, until: RunScript.at(70)))
        script.ready(20, "clean")
        script.starts(20, "clean")
        script.sort()
        var usage = ProcessUsage()
        usage.cpu = .milliseconds(3_250)
        usage.residentBytes = 41 << 20
        let clean = AttemptRef(step: "clean", number: 1)
        let table = TaskTable(
            runs: [(Runs.folded(script, plan: Runs.dailyPlan), [clean: "\u{1b}[2J7 of 12"])],
            usage: [4_242: usage],
            at: RunScript.at(65),
            limit: 100
        )
        return try #require(TopTable(json: try JSONValue(parsing: table.json)))
    }

    @Test func `shows each run, what runs of it and what waits for what`() throws {
        let lines = TopText(style: style).lines(try tasks(), head)
        #expect(
            lines == [
                "weir top  23:11:05  http://127.0.0.1:9347",
                "1 run · 1 of 2 workers busy · 3 steps waiting", "",
                "run / step          try   pid  elapsed   cpu     rss",
                "daily-reports d901               1m05s                executing, 1 of 5 done",
                "  clean               1  4242      45s  3.2s  41 MiB  7 of 12",
                "  fetch               1             3s                is tried again later",
                "  load                           1m05s                waits for fetch, clean",
                "  index                          1m05s                waits for load",
            ],
            "\(lines.joined(separator: "\n"))"
        )
    }

    @Test func `says how the agent does, why it is not up to date, and that nothing runs`() {
        var head = head
        head.load = "agent lags 1ms"
        let idle = TopText(style: style).lines(TopTable(), head)
        #expect(idle[1] == "0 runs · agent lags 1ms")
        #expect(idle[2] == "nothing runs at http://127.0.0.1:9347")
        head.problem = "not up to date: refused"
        #expect(TopText(style: style).lines(TopTable(), head)[2] == "not up to date: refused")
    }

    @Test(arguments: [1, 2, 3, 5, 24], [1, 10, 20, 40, 200])
    func `fits the terminal whatever an agent says`(rows: Int, columns: Int) throws {
        let evil = "日本\u{1b}[31m\u{7}\u{202e}" + String(repeating: "x🙂", count: 200)
        var json = JSONWriter()
        json.string(evil)
        let text = String(decoding: json.bytes, as: UTF8.self)
        let step = """
            {"step":\(text),"state":"blocked","blocker":\(text),"name":\(text),"elapsed_seconds":1e300,
            "attempts":[{"state":"running","attempt":9223372036854775807,"part":\(text),"pid":-7,
            "cpu_seconds":-1e300,"rss_bytes":9223372036854775807,"last_line":\(text)}]}
            """
        let run = """
            {"run":\(text),"pipeline":\(text),"state":\(text),"elapsed_seconds":9223372036854775807,
            "workers":9223372036854775807,"stopped_by":\(text),"steps_omitted":-1,
            "counts":{"running":9223372036854775807,"finished":9223372036854775807},
            "steps":[\(step),\(step),{"step":"x"}]}
            """
        let value = try JSONValue(parsing: Array("{\"runs\":[\(run),\(run)]}".utf8))
        let table = try #require(TopTable(json: value))
        var head = head
        (head.place, head.load, head.problem) = (evil, evil, evil)
        let style = TerminalStyle(hasColour: false, hasUnicode: true, columns: columns)
        let lines = TopText(style: style, rows: rows).lines(table, head)
        #expect(lines.count <= max(1, rows - 1))
        for line in lines {
            #expect(VisibleText.width(line) <= max(1, columns - 1), "\(line)")
            #expect(
                !line.unicodeScalars.contains {
                    $0.properties.generalCategory == .control || $0.value == 0x202e
                }
            )
        }
    }

    @Test(arguments: [
        "[]", "{}", "1", #"{"runs":{}}"#, #"{"runs":[1]}"#, #"{"runs":[{"run":"x"}]}"#,
    ])
    func `takes no other answer for tasks`(_ text: String) throws {
        #expect(TopTable(json: try JSONValue(parsing: Array(text.utf8))) == nil)
    }
}
