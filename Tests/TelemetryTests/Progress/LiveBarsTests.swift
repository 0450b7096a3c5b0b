import Pipeline
import Telemetry
import TestSupport
import Testing

struct LiveBarsTests {
    private let style = TerminalStyle(hasColour: false, hasUnicode: true, columns: 100)

    private func running() -> RunSnapshot {
        var script = RunScript(pipeline: "daily-reports", steps: 5)
        script.succeeds("collect", from: 0, to: 20)
        script.ready(0, "fetch")
        script.starts(0, "fetch")
        script.ends(62, "fetch", AttemptEnd(.exit, exitCode: 75))
        script.add(62, .retryScheduled(step: "fetch", next: 2, until: RunScript.at(70)))
        script.ready(20, "clean")
        script.starts(20, "clean")
        script.sort()
        return Runs.folded(script, plan: Runs.dailyPlan)
    }

    @Test func `shows what runs, what waits for a retry, and how far the run is`() {
        let frame = LiveBars(style: style, rows: 24).frame(
            running(),
            at: RunScript.at(65.3),
            output: ["clean": "\u{1b}[2J7 of 12"],
            remaining: .seconds(90)
        )
        #expect(
            frame == [
                "⠸ clean     45s  7 of 12",
                "  fetch   1m05s  exit 75, attempt 2 in 4s",
                "  ████░░░░░░░░░░░░░░░░  1/5 20%  1m05s, about 1m30s left  1 ok · 1 running · 3 waiting",
            ]
        )
    }

    @Test func `leaves out the time left where nothing is known of it`() {
        let frame = LiveBars(style: style, rows: 24).frame(running(), at: RunScript.at(65))
        #expect(frame.last?.contains("left") == false)
    }

    @Test(arguments: [1, 2, 3, 5, 24], [1, 10, 40, 80])
    func `fits the terminal whatever its size`(rows: Int, columns: Int) {
        var script = RunScript(pipeline: "wide", steps: 40)
        var output: [String: String] = [:]
        for number in 0..<20 {
            let name = "step-\(number)-日本語"
            script.ready(0, name)
            script.starts(0, name)
            output[name] = "日本語\u{1b}[31m\u{7}" + String(repeating: "x🙂", count: 80)
        }
        let style = TerminalStyle(hasColour: false, hasUnicode: true, columns: columns)
        let frame = LiveBars(style: style, rows: rows)
            .frame(Runs.folded(script), at: RunScript.at(5), output: output)
        #expect(frame.count <= max(1, rows - 1))
        for line in frame {
            #expect(VisibleText.width(line) <= max(1, columns - 1), "\(line)")
            #expect(!line.unicodeScalars.contains { $0.properties.generalCategory == .control })
        }
    }

    @Test func `says how many more run than there is room for`() {
        var script = RunScript(pipeline: "wide", steps: 40)
        for number in 0..<20 {
            script.ready(0, "s\(number)")
            script.starts(0, "s\(number)")
        }
        let frame = LiveBars(style: style, rows: 6).frame(Runs.folded(script), at: RunScript.at(1))
        #expect(frame.count == 5)
        #expect(frame[3] == "  … and 17 more")
    }

    @Test func `redraws in place and lets other lines pass above`() {
        var screen = LiveScreen()
        var terminal = Terminal()
        terminal.write(screen.draw(["one", "two", "three"]))
        #expect(terminal.rows == ["one", "two", "three"])
        terminal.write(screen.draw(["uno", "t"]))
        #expect(terminal.rows == ["uno", "t"])
        terminal.write(screen.draw(["a", "b"], above: ["log 1"]))
        #expect(terminal.rows == ["log 1", "a", "b"])
        terminal.write(screen.draw(["c"], above: ["log 2", "log 3", "log 4"]))
        #expect(terminal.rows == ["log 1", "log 2", "log 3", "log 4", "c"])
        terminal.write(screen.clear())
        terminal.write(screen.clear())
        #expect(terminal.rows == ["log 1", "log 2", "log 3", "log 4"])
        terminal.write("done\n")
        #expect(terminal.rows.last == "done")
    }
}

/// As much of a terminal as the redrawing needs: text, CR, LF, CUU, EL and ED.
private struct Terminal {
    private var grid: [[Character]] = [[]]
    private var row = 0
    private var column = 0

    var rows: [String] {
        var rows = grid.map { String($0).trimmingSpaces }
        while rows.last == "" { rows.removeLast() }
        return rows
    }

    mutating func write(_ text: String) {
        var rest = Array(text.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\r": column = 0
            case "\n":
                row += 1
                column = 0
                while grid.count <= row { grid.append([]) }
            case "\u{1b}":
                rest.removeFirst()
                let digits = rest.prefix { ("0"..."9").contains($0) }
                rest = rest.dropFirst(digits.count)
                let final = rest.popFirst()
                control(final, Int(digits.map(String.init).joined()) ?? 1)
            default:
                while grid[row].count <= column { grid[row].append(" ") }
                grid[row][column] = Character(scalar)
                column += 1
            }
        }
    }

    private mutating func control(_ final: Unicode.Scalar?, _ count: Int) {
        switch final {
        case "A": row = max(0, row - count)
        case "K": grid[row] = Array(grid[row].prefix(column))
        case "J":
            grid[row] = Array(grid[row].prefix(column))
            for below in grid.indices.dropFirst(row + 1) { grid[below] = [] }
        default: Issue.record("unknown control function \(String(describing: final))")
        }
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
