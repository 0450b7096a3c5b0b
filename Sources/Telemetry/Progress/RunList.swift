package import Pipeline

/// One row of `weir runs`.
package struct RunListRow: Sendable, Hashable {
    package var run: RunID
    package var pipeline: String
    package var state: RunSnapshot.State
    package var outcome: Outcome?
    package var startedAt: Timestamp
    package var duration: Duration
    package var done: Int
    package var total: Int
    /// What a person wants to know beside the result: the step at fault and why.
    package var detail: String?
    /// Not ended, and nobody runs it: `weir resume` goes on with it.
    package var isInterrupted: Bool

    /// - Returns: `nil` for a run whose journal has no start.
    package init?(_ run: RunSnapshot, isInterrupted: Bool = false, at now: Timestamp? = nil) {
        guard let started = run.started, let startedAt = run.startedAt else { return nil }
        self.run = started.run
        pipeline = started.pipeline
        state = run.state
        outcome = run.outcome
        self.startedAt = startedAt
        // A run that nobody runs has not been running since its last event.
        duration = run.elapsed(at: isInterrupted ? nil : now) ?? .zero
        done = run.counts.finished
        total = run.stepCount
        self.isInterrupted = isInterrupted
        if let end = run.end, end.outcome.result != .success {
            let step = end.step.flatMap { run.step($0) }.map(StepWords.ending)
            detail = step ?? end.message ?? run.stop.map(OutcomeWords.stop)
        } else {
            let running = run.steps.filter { $0.state == .running }.prefix(3).map(\.name)
            detail = running.isEmpty ? nil : running.joined(separator: ", ")
        }
    }

    /// The result, or how far it is: `failed`, `executing`, `interrupted`.
    package var status: String {
        if let outcome { return outcome.result.rawValue }
        return isInterrupted ? "interrupted" : state.rawValue
    }
}

/// The runs as a table for people and as a JSON array for machines.
package enum RunListText {
    /// Header and rows, without line ends; empty when there is no run.
    package static func lines(
        _ rows: [RunListRow],
        style: TerminalStyle,
        utcOffset: Int = 0
    ) -> [String] {
        guard !rows.isEmpty else { return [] }
        let digits = suffixLength(rows.map(\.run))
        var table = [["run", "pipeline", "started", "took", "result", "steps", ""]]
        for row in rows {
            let time = CivilTime(row.startedAt, utcOffset: utcOffset)
            table.append([
                String(row.run.description.suffix(digits)),
                VisibleText.clean(row.pipeline),
                "\(time.date) \(time.clockWithSeconds)",
                HumanText.duration(row.duration),
                row.status,
                "\(row.done)/\(row.total)",
                VisibleText.clean(row.detail ?? ""),
            ])
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

    package static func json(_ rows: [RunListRow]) -> [UInt8] {
        var json = JSONWriter()
        json.beginArray()
        for row in rows {
            json.beginObject()
            json.member("run", row.run.description)
            json.member("pipeline", row.pipeline)
            json.member("state", row.isInterrupted ? "interrupted" : row.state.rawValue)
            json.member("result", row.outcome?.result.rawValue)
            json.member("reason", row.outcome?.reason.rawValue)
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

    private static func role(_ number: Int, _ column: Int, _ rows: [RunListRow]) -> Role {
        guard number > 0 else { return .dim }
        guard column == 4 else { return column == 6 ? .dim : .plain }
        switch rows[number - 1].outcome?.result {
        case .success: return .good
        case .failure, .error, .timeout: return .bad
        case .cancellation, .skip: return .warning
        case nil: return .accent
        }
    }

    /// As many digits as tell the runs apart, four at least: what a person types.
    private static func suffixLength(_ runs: [RunID]) -> Int {
        let texts = Set(runs).map(\.description)
        return [4, 6, 8, 12, 16].first { distinct(texts, $0) } ?? 32
    }

    private static func distinct(_ texts: [String], _ digits: Int) -> Bool {
        Set(texts.map { $0.suffix(digits) }).count == texts.count
    }
}
