import Pipeline
import Telemetry
import TestSupport
import Testing

struct FailureBlockTests {
    /// The design's own example, byte for byte.
    @Test func `says what failed, where, why and what to do`() {
        let notes = EndingNotes(
            utcOffset: 3 * 3_600,
            advice: EndingNotes.Advice(
                command: "weir retry d901",
                effect: "load and what follows, reusing 3 steps"
            ),
            trace: "queued: collector refused; goes out with the next start, or weir export d901"
        )
        let block = FailureBlock(Runs.failed(), style: .plain, notes: notes)
        let expected = """
            ✗ daily-reports failed after 4m12s at 02:14 (+03)   step load, attempt 3 of 3, exit 2
                psql:load.sql:14: ERROR:  relation "reports" does not exist        last 1 of 37 lines
              3 ok · 1 failed · 1 skipped (needs load) · nothing to undo
              log     weir logs d901 load
              again   weir retry d901          load and what follows, reusing 3 steps
              trace   7f3c…d901                queued: collector refused; goes out with the next start, or weir export d901
            """
        #expect(block.lines.joined(separator: "\n") == expected)
    }

    @Test func `keeps to ASCII where the locale has no more`() {
        let style = TerminalStyle(hasColour: false, hasUnicode: false, columns: 80)
        let lines = FailureBlock(Runs.failed(), style: style).lines
        #expect(lines.joined().utf8.allSatisfy { $0 < 0x80 })
        #expect(lines[0].hasPrefix("x daily-reports failed"))
        #expect(lines.last == "  trace   7f3c..d901")
    }

    @Test func `puts the note on its own line where the terminal is too narrow`() {
        let style = TerminalStyle(hasColour: false, hasUnicode: true, columns: 80)
        let lines = FailureBlock(Runs.failed(), style: style).lines
        #expect(lines[1] == "    last 1 of 37 lines:")
        #expect(lines[2] == #"    psql:load.sql:14: ERROR:  relation "reports" does not exist"#)
    }

    @Test func `colours what matters, and nothing under NO_COLOR`() {
        let environment = ["TERM": "xterm", "LANG": "en_GB.UTF-8"]
        let colour = TerminalStyle(isTerminal: true, environment: environment, columns: 120)
        let lines = FailureBlock(Runs.failed(), style: colour).lines
        #expect(lines[0].hasPrefix("\u{1b}[1;31m✗\u{1b}[0m \u{1b}[1mdaily-reports\u{1b}[0m"))
        let without = environment.merging(["NO_COLOR": "1"]) { $1 }
        let plain = TerminalStyle(isTerminal: true, environment: without, columns: 120)
        #expect(!FailureBlock(Runs.failed(), style: plain).lines.joined().contains("\u{1b}"))
        let empty = environment.merging(["NO_COLOR": ""]) { $1 }
        #expect(TerminalStyle(isTerminal: true, environment: empty, columns: 9).hasColour)
        #expect(!TerminalStyle(isTerminal: false, environment: [:], columns: 9).hasColour)
        let cLocale = ["LC_ALL": "C", "LANG": "en_GB.UTF-8"]
        #expect(!TerminalStyle(isTerminal: true, environment: cLocale, columns: 9).hasUnicode)
    }

    @Test func `lets no control character of a step through`() {
        let evil = "\u{1b}]0;owned\u{07}\u{1b}[2Jred \u{9b}31m\u{202e}txt\u{8}"
        let lines = FailureBlock(Runs.failed(tail: [evil], of: 37), style: .plain).lines
        #expect(lines[1] == "    red \u{fffd}31mtxt\u{fffd}        last 1 of 37 lines")
    }

    @Test(arguments: endings)
    private func `says every ending in its own words`(_ ending: Ending) {
        var script = RunScript(pipeline: "daily", steps: 1)
        script.ready(0, "load")
        script.starts(0, "load", pid: ending.end.outcome.reason == .launch ? nil : 7)
        script.ends(90, "load", ending.end)
        script.finishes(90, "load", ending.end.outcome)
        script.ends(90, run: RunEnd(ending.end.outcome, step: "load"))
        let lines = FailureBlock(Runs.folded(script), style: .plain).lines
        #expect(lines[0] == "✗ daily \(ending.words)")
        #expect(Array(lines.dropFirst().prefix(ending.body.count)) == ending.body)
        #expect(lines.contains { $0.hasPrefix("  log") } == (ending.end.outcome.reason != .launch))
    }

    @Test func `names who cancelled and what was cut off`() {
        var script = RunScript(pipeline: "daily", steps: 3)
        script.ready(0, "load")
        script.starts(0, "load")
        script.add(9, .runStopping(.cancelled(by: "signal SIGINT", isForced: false)))
        script.ends(12, "load", AttemptEnd(Outcome(.cancel), signal: 15))
        script.finishes(12, "load", Outcome(.cancel))
        script.finishes(12, "index", Outcome(.cancel), attempts: 0)
        script.finishes(12, "notify", Outcome(.condition), attempts: 0)
        script.ends(12, run: RunEnd(Outcome(.cancel)))
        let lines = FailureBlock(Runs.folded(script), style: .plain).lines
        #expect(
            lines
                == [
                    "✗ daily was cancelled after 12s at 23:10 (UTC)   by signal SIGINT",
                    "  1 skipped (condition) · 1 cancelled (load) · 1 not started · nothing to undo",
                    "  trace   7f3c…d901",
                ]
        )
    }

    @Test func `says that the run's own timeout passed`() {
        var script = RunScript(pipeline: "daily", steps: 1)
        script.add(7_200, .runStopping(.timedOut))
        script.finishes(7_200, "load", Outcome(.cancel), attempts: 0)
        script.ends(7_200, run: RunEnd(Outcome(.timeout)))
        let lines = FailureBlock(Runs.folded(script), style: .plain).lines
        #expect(lines[0] == "✗ daily timed out after 2h00m at 01:10 (UTC)   the run's own timeout")
    }

    @Test func `points to a log that exists`() {
        var script = RunScript(pipeline: "daily", steps: 2)
        script.ready(0, "gone")
        script.starts(0, "gone", pid: nil)
        script.ends(0, "gone", AttemptEnd(Outcome(.launch), message: "no such program"))
        script.finishes(0, "gone", Outcome(.launch))
        script.ready(0, "load")
        script.starts(0, "load")
        script.ends(1, "load", AttemptEnd(.exit, exitCode: 1))
        script.finishes(1, "load", .exit)
        script.ends(1, run: RunEnd(Outcome(.launch), step: "gone"))
        let lines = FailureBlock(Runs.folded(script), style: .plain).lines
        #expect(lines.contains("  log     weir logs d901 load"))
    }

    @Test func `shows the other failures, five of them with three lines each`() {
        var script = RunScript(pipeline: "daily", steps: 8)
        for number in 1...8 {
            let name = "s\(number)"
            let lines = (1...4).map { "line \($0) of \(name)" }
            let tail = OutputTail(lines: lines, totalLines: 4)
            script.ready(0, name)
            script.starts(0, name)
            script.ends(1, name, AttemptEnd(.exit, exitCode: 1, tail: tail))
            script.finishes(1, name, .exit)
        }
        script.ends(2, run: RunEnd(.exit, step: "s1"))
        let lines = FailureBlock(Runs.folded(script), style: .plain).lines
        #expect(lines[1] == "    line 1 of s1")
        #expect(lines[4] == "    line 4 of s1")
        #expect(lines[5] == "  step s2, exit 1")
        #expect(lines[6] == "    line 2 of s2        last 3 of 4 lines")
        #expect(lines.contains("  … and 2 more steps failed"))
        #expect(lines.contains("  8 failed · nothing to undo"))
    }

    @Test func `says nothing of a run that goes on or has succeeded`() {
        #expect(FailureBlock(RunSnapshot(), style: .plain).lines.isEmpty)
        #expect(FailureBlock(Runs.succeeded(), style: .plain).lines.isEmpty)
        #expect(SuccessLine.text(RunSnapshot(), style: .plain) == nil)
        #expect(SuccessLine.text(Runs.failed(), style: .plain) == nil)
    }

    @Test func `says a success in one line`() {
        let line = SuccessLine.text(Runs.succeeded(), style: .plain)
        #expect(line == "✓ daily succeeded in 12s   2 ok · 1 tolerated · 1 skipped (condition)")
    }
}

private struct Ending: Sendable, CustomTestStringConvertible {
    let end: AttemptEnd
    let words: String
    var body: [String] = []

    var testDescription: String { words }
}

private let endings = [
    Ending(
        end: AttemptEnd(.exit, exitCode: 2),
        words: "failed after 1m30s at 23:11 (UTC)   step load, exit 2"
    ),
    Ending(
        end: AttemptEnd(Outcome(.signal), signal: 11),
        words: "failed after 1m30s at 23:11 (UTC)   step load, ended by SIGSEGV"
    ),
    Ending(
        end: AttemptEnd(Outcome(.timeout), signal: 15),
        words: "timed out after 1m30s at 23:11 (UTC)   step load, timed out after 1m30s"
    ),
    Ending(
        end: AttemptEnd(
            Outcome(.launch),
            message: "pgload: No such file or directory\nlooked in /usr/bin",
            executable: "pgload"
        ),
        words: "ended in an error after 1m30s at 23:11 (UTC)   step load, could not start pgload",
        body: ["    pgload: No such file or directory", "    looked in /usr/bin"]
    ),
    Ending(
        end: AttemptEnd(Outcome(.oomKill), signal: 9),
        words: "ended in an error after 1m30s at 23:11 (UTC)   "
            + "step load, out of memory: killed by the kernel"
    ),
    Ending(
        end: AttemptEnd(
            Outcome(.outputContract),
            exitCode: 0,
            message: "output 'count' is larger than 64 KiB"
        ),
        words: "failed after 1m30s at 23:11 (UTC)   step load, outputs are not as declared",
        body: ["    output 'count' is larger than 64 KiB"]
    ),
]
