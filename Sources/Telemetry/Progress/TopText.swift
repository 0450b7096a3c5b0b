package import Pipeline

/// `weir top` as lines: a head, and a row for each run and each of its steps that run or wait.
///
///     weir top  06:12:33  http://127.0.0.1:9347
///     2 runs · 3 of 8 workers busy · 5 steps wait · lag 1ms
///
///     run / step      try    pid  elapsed   cpu     rss
///     nightly d901                  4m12s               executing, 3 of 12 done
///       load            2  12345      12s  3.2s  41 MiB  COPY 100000
///       clean                          8s               waits for load
package struct TopText: Sendable {
    /// What stands above the table.
    package struct Head: Sendable {
        package var at: Timestamp
        package var utcOffset: Int
        /// Whom or where it was asked.
        package var place: String
        /// How the agent itself does.
        package var load: String?
        /// Why what is shown is old.
        package var problem: String?

        package init(
            at: Timestamp,
            utcOffset: Int = 0,
            place: String,
            load: String? = nil,
            problem: String? = nil
        ) {
            self.at = at
            self.utcOffset = utcOffset
            self.place = place
            self.load = load
            self.problem = problem
        }
    }

    private struct Row {
        var cells: [String]
        var text: String
        var role: Role
        var textRole: Role
    }

    private let style: TerminalStyle
    private let columns: Int?
    private let rows: Int?

    /// - Parameters:
    ///   - style: What the place shows; with `columns` no line is as wide as that.
    ///   - rows: The terminal's height, of which one row stays free; `nil`: as many as there are.
    package init(style: TerminalStyle, rows: Int? = nil) {
        self.style = style
        columns = style.columns.map { max(1, $0 - 1) }
        self.rows = rows.map { max(1, $0 - 1) }
    }

    /// Without line ends; at most so many, and so wide, as the terminal takes.
    package func lines(_ table: TopTable, _ head: Head) -> [String] {
        var lines = self.head(table, head)
        let body = table.runs.flatMap(self.rows(of:))
        if !body.isEmpty {
            lines.append(StyledLine())
            lines += layOut(body)
        }
        if let rows, lines.count > rows {
            let hidden = lines.count - rows + 1
            lines = Array(lines.prefix(rows - 1))
            lines.append(StyledLine("\(style.glyph(.ellipsis)) and \(hidden) more lines", .dim))
        }
        return lines.map { $0.rendered(style, columns: columns) }
    }

    private func head(_ table: TopTable, _ head: Head) -> [StyledLine] {
        let time = CivilTime(head.at, utcOffset: head.utcOffset)
        var first = StyledLine("weir top", .strong)
        first.add("  \(time.clockWithSeconds)  \(head.place)")
        let workers = table.workers
        var words = [HumanText.count(table.runs.count, "run")]
        if !table.runs.isEmpty {
            words.append("\(workers.busy) of \(HumanText.count(workers.places, "worker")) busy")
            words.append("\(HumanText.count(table.waiting, "step")) waiting")
        }
        if let load = head.load { words.append(load) }
        var lines = [first, StyledLine(words.joined(separator: " \(style.glyph(.separator)) "))]
        if let problem = head.problem { lines.append(StyledLine(problem, .bad)) }
        if table.runs.isEmpty, head.problem == nil {
            lines.append(StyledLine("nothing runs at \(head.place)", .dim))
        }
        return lines
    }

    private func rows(of run: TopTable.Run) -> [Row] {
        let done = "\(run.finished) of \(run.total) done"
        var words = [run.state, done].filter { !$0.isEmpty }
        if run.failed > 0 { words.append("\(run.failed) failed") }
        if let stopping = run.stopping { words.append("nothing new starts: \(stopping)") }
        let name = "\(run.pipeline) \(run.run.suffix(4))"
        let head = Row(
            cells: [name, "", "", HumanText.ticking(run.elapsed), "", ""],
            text: words.joined(separator: ", "),
            role: .strong,
            textRole: run.failed > 0 ? .bad : .plain
        )
        var rows = [head] + run.steps.map(row(of:))
        if run.omitted > 0 {
            let text = "and \(HumanText.count(run.omitted, "step")) more"
            let none = [String](repeating: "", count: 6)
            rows.append(Row(cells: none, text: text, role: .dim, textRole: .dim))
        }
        return rows
    }

    private func row(of step: TopTable.Step) -> Row {
        let part = step.part.map { " (\($0))" } ?? ""
        return Row(
            cells: [
                "  \(step.step)\(part)",
                step.attempt.map(String.init) ?? "",
                step.pid.map(String.init) ?? "",
                step.elapsed.map(HumanText.ticking) ?? "",
                step.cpu.map(HumanText.duration) ?? "",
                step.residentBytes.map(HumanText.bytes) ?? "",
            ],
            text: step.blocker ?? step.lastLine ?? "",
            role: step.blocker == nil ? .accent : .plain,
            textRole: step.blocker == nil ? .plain : .warning
        )
    }

    /// Names to the left, numbers to the right, and the text takes what is left.
    private func layOut(_ rows: [Row]) -> [StyledLine] {
        let titles = ["run / step", "try", "pid", "elapsed", "cpu", "rss"]
        let cells = [titles] + rows.map { $0.cells.map(VisibleText.clean) }
        var widths = titles.indices.map { column in
            cells.map { VisibleText.width($0[column]) }.max() ?? 0
        }
        widths[0] = min(widths[0], columns.map { max(12, $0 / 3) } ?? 60)
        return cells.enumerated().map { number, cells in
            var line = StyledLine()
            var end = 0
            for (column, cell) in cells.enumerated() {
                let text = VisibleText.truncated(
                    cell,
                    to: widths[column],
                    ellipsis: style.glyph(.ellipsis)
                )
                let missing = widths[column] - VisibleText.width(text)
                line.pad(to: end + (column == 0 ? 0 : missing))
                line.add(text, number == 0 ? .dim : column == 0 ? rows[number - 1].role : .plain)
                end += widths[column] + 2
            }
            guard number > 0 else { return line }
            line.pad(to: end)
            line.add(rows[number - 1].text, rows[number - 1].textRole)
            return line
        }
    }
}
