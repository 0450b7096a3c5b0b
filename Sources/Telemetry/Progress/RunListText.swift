package import Pipeline

/// The runs as a table for people and as a JSON array for machines.
package enum RunListText {
    /// Header and rows, without line ends; empty when there is no run.
    ///
    /// - Parameters:
    ///   - rows: The runs shown.
    ///   - all: Those and others, from which they must be told apart.
    ///   - style: What the terminal can show.
    ///   - utcOffset: Seconds east of UTC, where the reader is.
    /// - Returns: A line each.
    package static func lines(
        _ rows: [RunListRow],
        among all: [RunID] = [],
        style: TerminalStyle,
        utcOffset: Int = 0
    ) -> [String] {
        guard !rows.isEmpty else { return [] }
        let suffix = RunSuffix(of: rows.map(\.run), among: all)
        var table = [["run", "pipeline", "started", "took", "result", "steps", ""]]
        for row in rows {
            table.append(cells(row, suffix, utcOffset))
        }
        let widths = table[0].indices.map { column in
            table.map { VisibleText.width($0[column]) }.max() ?? 0
        }
        return table.enumerated().map { number, cells in
            var line = StyledLine()
            var end = 0
            for (column, cell) in cells.enumerated() {
                if !cell.isEmpty { line.pad(to: end) }
                line.add(cell, role(number, column, rows))
                end += widths[column] + 2
            }
            return line.rendered(style, columns: style.columns)
        }
    }

    /// A JSON array with a line end after it.
    package static func json(_ rows: [RunListRow]) -> [UInt8] {
        var json = JSONWriter()
        json.beginArray()
        for row in rows {
            json.beginObject()
            json.member("run", row.run.description)
            json.member("pipeline", row.pipeline)
            if case .ended(let outcome) = row.status {
                json.member("state", RunSnapshot.State.finished.rawValue)
                json.member("result", outcome.result.rawValue)
                json.member("reason", outcome.reason.rawValue)
            } else {
                json.member("state", row.status.word)
            }
            json.member("started_at", row.startedAt)
            json.member("duration_seconds", row.duration)
            json.member("done", row.done)
            json.member("total", row.total)
            json.member("detail", row.detail)
            json.endObject()
        }
        json.endArray()
        return json.bytes + [UInt8(ascii: "\n")]
    }

    private static func cells(_ row: RunListRow, _ suffix: RunSuffix, _ utcOffset: Int) -> [String]
    {
        let time = row.startedAt.map { CivilTime($0, utcOffset: utcOffset) }
        return [
            suffix.text(of: row.run),
            VisibleText.clean(row.pipeline ?? "-"),
            time.map { "\($0.date) \($0.clockWithSeconds)" } ?? "-",
            row.duration.map(HumanText.duration) ?? "-",
            row.status.word,
            row.total.map { total in row.done.map { "\($0)/\(total)" } ?? "\(total)" } ?? "-",
            VisibleText.clean(row.detail ?? ""),
        ]
    }

    private static func role(_ number: Int, _ column: Int, _ rows: [RunListRow]) -> Role {
        guard number > 0 else { return .dim }
        guard column == 4 else { return column == 6 ? .dim : .plain }
        switch rows[number - 1].status {
        case .active: return .accent
        case .interrupted: return .warning
        case .unreadable: return .bad
        case .ended(let outcome):
            if outcome.isBad { return .bad }
            return outcome.result == .success ? .good : .warning
        }
    }
}
