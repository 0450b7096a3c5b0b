import Pipeline
import Telemetry
import TestSupport
import Testing

struct WaterfallTests {
    private let ascii = TerminalStyle(hasColour: false, hasUnicode: false, columns: 64)

    @Test func `draws in ASCII and in less width`() {
        let lines = Waterfall(Runs.failed(), style: ascii).lines
        #expect(
            lines == [
                "  step      0s                             4m12s    took     cpu",
                "+ collect * ===                                      20s    1.7s",
                "+ fetch     =========                              1m02s",
                "+ clean   *   ==============                       1m30s",
                "x load    *                xxxxxxxxxxxxxx.xxxxxx   2m20s    5.2s",
                "o index     needs load",
                "  = ran   x failed   . waiting   * critical path",
            ]
        )
    }

    @Test func `draws to scale`() throws {
        var script = RunScript(pipeline: "p", steps: 2)
        script.succeeds("a", from: 0, to: 25)
        script.ready(25, "b", after: "a")
        script.starts(50, "b")
        let style = TerminalStyle(hasColour: false, hasUnicode: true, columns: 57)
        let lines = Waterfall(Runs.folded(script), style: style, at: RunScript.at(100)).lines
        // Two for the mark, four for the name, three for the sign, forty for the bar, eight.
        let bars = lines[1...2].map { String($0.dropFirst(9).prefix(40)) }
        #expect(bars[0] == String(repeating: "█", count: 10) + String(repeating: " ", count: 30))
        #expect(
            bars[1] == String(repeating: " ", count: 10) + String(repeating: "·", count: 10)
                + String(repeating: "▓", count: 20)
        )
        #expect(lines[2].hasPrefix("> b"))
        #expect(lines[2].hasSuffix("1m15s"))
    }

    @Test func `shows what is too short to see`() {
        var script = RunScript(pipeline: "p", steps: 2)
        script.succeeds("a", from: 0, to: 1_000)
        script.succeeds("b", from: 1_000, to: 1_000.001, after: "a")
        let lines = Waterfall(Runs.folded(script), style: ascii).lines
        #expect(lines[2].contains("="))
        #expect(lines[2].hasSuffix("1ms"))
    }

    @Test func `chooses failures, then the critical path, then the longest of many`() {
        var script = RunScript(pipeline: "p", steps: 1_000)
        for number in 0..<1_000 {
            let name = "s\(number)"
            script.ready(0, name)
            script.starts(0, name)
            let isBad = number == 500
            script.ends(Double(number), name, isBad ? AttemptEnd(.exit, exitCode: 1) : ok)
            script.finishes(Double(number), name, isBad ? .exit : .success)
        }
        script.ready(999, "last", after: "s3")
        script.starts(999, "last")
        script.ends(1_000, "last", ok)
        script.finishes(1_000, "last")
        let lines = Waterfall(Runs.folded(script), style: ascii, rowLimit: 6).lines
        let names = lines.dropFirst().prefix(6).map { $0.split(separator: " ")[1] }
        #expect(names == ["s3", "s500", "s997", "s998", "s999", "last"])
        #expect(lines[7] == "  .. 995 more")
    }

    @Test func `keeps every line within the terminal`() {
        var script = RunScript(pipeline: "p", steps: 2)
        script.succeeds("a-step-with-a-very-long-name-indeed-日本語日本語日本語", from: 0, to: 3)
        for columns in [1, 20, 40, 59, 60, 72, 80, 200] {
            let style = TerminalStyle(hasColour: false, hasUnicode: true, columns: columns)
            for line in Waterfall(Runs.folded(script), style: style).lines {
                #expect(VisibleText.width(line) <= columns, "\(columns) columns: \(line)")
            }
        }
    }

    @Test func `draws nothing of a run without steps and stands a forged clock`() {
        #expect(Waterfall(RunSnapshot(), style: ascii).lines.isEmpty)
        var script = RunScript(pipeline: "p", steps: 1)
        script.ready(0, "a")
        script.starts(0, "a")
        let crash = AttemptEnd(Outcome(.agentCrash), endedAt: Timestamp(nanoseconds: .min))
        script.ends(1, "a", crash)
        let far = Waterfall(Runs.folded(script), style: ascii, at: Timestamp(nanoseconds: .max))
        #expect(far.lines.count == 3)
        let past = Waterfall(Runs.folded(script), style: ascii, at: Timestamp(nanoseconds: .min))
        #expect(past.lines.count == 3)
    }

    private let ok = AttemptEnd(.success, exitCode: 0)
}
