package import Pipeline

/// A run drawn to scale: a row for each step, time from left to right.
///
///       step       0s                               4m12s   took   cpu    peak
///     ✓ collect *  ████                                      20s  1.7s  44 MiB
///     ✗ load    *                      ▒▒▒▒▒··▒▒▒▒▒··▒▒▒▒  2m20s  5.2s  44 MiB
///     ○ index      needs load
package struct Waterfall: Sendable {
    private let run: RunSnapshot
    private let style: TerminalStyle
    private let horizon: Timestamp
    private let critical: Set<String>
    private let rows: [StepSnapshot]
    private let columns: Columns
    private let usual: [String: Duration]

    /// Steps shown; of more, those that tell most are chosen.
    package static let defaultRows = 40

    /// - Parameters:
    ///   - run: the run to draw.
    ///   - style: where it is drawn; without a width, 100 columns.
    ///   - baselines: what the steps usually take.
    ///   - now: until when what is under way is drawn; the last event, if not given.
    ///   - rowLimit: how many steps are drawn.
    package init(
        _ run: RunSnapshot,
        style: TerminalStyle,
        baselines: Baselines = Baselines(),
        at now: Timestamp? = nil,
        rowLimit: Int = Waterfall.defaultRows
    ) {
        self.run = run
        self.style = style
        let start = run.startedAt ?? Timestamp(nanoseconds: 0)
        let end = max(start, run.horizon(now) ?? start)
        horizon = end
        critical = Set(run.criticalPath?.steps ?? [])
        rows = Waterfall.chosen(run.steps, critical: critical, limit: rowLimit, at: end)
        let usual = baselines.steps.filter(\.value.isUsual).mapValues(\.p50)
        self.usual = usual
        columns = Columns(rows, usual: usual, total: style.columns ?? 100)
    }

    /// Header, rows and legend, without line ends; empty when no step is known.
    package var lines: [String] {
        guard let start = run.startedAt, !rows.isEmpty else { return [] }
        var lines = [header(from: start)]
        let scale = TimeScale(from: start, to: horizon, cells: columns.bar)
        var shown: Set<WaterfallBar.Cell> = []
        for step in rows {
            let bar = WaterfallBar(step, scale, until: horizon)
            shown.formUnion(bar.cells)
            lines.append(row(step, bar))
        }
        let left = run.stepCount - rows.count
        if left > 0 { lines.append(StyledLine("  \(style.glyph(.ellipsis)) \(left) more", .dim)) }
        lines.append(legend(shown))
        return lines.map { $0.rendered(style, columns: style.columns ?? 100) }
    }

    private func header(from start: Timestamp) -> StyledLine {
        var line = StyledLine("  step")
        line.pad(to: columns.barStart)
        line.add("0s", .dim)
        let total = HumanText.duration(horizon - start)
        line.pad(to: columns.barStart + columns.bar - total.count, atLeast: 1)
        line.add(total, .dim)
        for figure in columns.figures { line.addRight(figure.title, figure.width, .dim) }
        return line
    }

    private func row(_ step: StepSnapshot, _ bar: WaterfallBar) -> StyledLine {
        var line = StyledLine()
        let mark = mark(step)
        line.add(mark.glyph, mark.role)
        line.add(" ")
        let isCritical = critical.contains(step.name)
        let name = VisibleText.truncated(
            VisibleText.clean(step.name),
            to: columns.name,
            ellipsis: style.glyph(.ellipsis)
        )
        line.add(name, isCritical ? .strong : .plain)
        line.pad(to: columns.barStart - 2)
        line.add(isCritical ? "* " : "  ", .accent)
        if step.readyAt == nil {
            let words = step.end == nil ? waiting(step) : StepWords.cause(step)
            let cut = VisibleText.truncated(
                VisibleText.clean(words),
                to: columns.bar,
                ellipsis: style.glyph(.ellipsis)
            )
            line.add(cut, .dim)
            return line
        }
        for (cell, count) in bar.runs {
            let sign = style.hasUnicode ? cell.unicode : cell.ascii
            line.add(String(repeating: sign, count: count), cell.role(isCritical: isCritical))
        }
        line.pad(to: columns.barStart + columns.bar)
        for figure in columns.figures {
            let text = figure.text(step, usual: usual[step.name], horizon)
            line.addRight(text, figure.width, .plain)
        }
        return line
    }

    private func waiting(_ step: StepSnapshot) -> String {
        let open = step.needs.filter {
            run.steps.indices.contains($0) && run.steps[$0].state != .finished
        }
        guard !open.isEmpty, run.end == nil else { return "not started" }
        return "waits for " + open.prefix(3).map { run.steps[$0].name }.joined(separator: ", ")
    }

    private func mark(_ step: StepSnapshot) -> (glyph: String, role: Role) {
        guard let end = step.end else {
            return step.state == .running ? (">", .accent) : (" ", .plain)
        }
        if end.isTolerated { return (style.glyph(.tolerated), .warning) }
        switch end.outcome.result {
        case .success: return (style.glyph(.success), .good)
        case .failure, .error, .timeout: return (style.glyph(.failure), .bad)
        case .cancellation: return (style.glyph(.failure), .warning)
        case .skip: return (style.glyph(.skipped), .dim)
        }
    }

    /// The signs that were used, and no others.
    private func legend(_ shown: Set<WaterfallBar.Cell>) -> StyledLine {
        var line = StyledLine("  ")
        let cells: [(WaterfallBar.Cell, String)] = [
            (.ran, "ran"), (.failed, "failed"), (.running, "running"), (.waiting, "waiting"),
        ]
        for (cell, words) in cells where shown.contains(cell) {
            line.add(style.hasUnicode ? cell.unicode : cell.ascii, cell.role(isCritical: false))
            line.add(" \(words)   ", .dim)
        }
        if rows.contains(where: { critical.contains($0.name) }) {
            line.add("* critical path", .dim)
        }
        return line
    }

    /// In order of readiness; of too many, what failed, then the critical path, then the longest.
    private static func chosen(
        _ steps: [StepSnapshot],
        critical: Set<String>,
        limit: Int,
        at end: Timestamp
    ) -> [StepSnapshot] {
        func rank(_ step: StepSnapshot) -> (Int, Duration) {
            let isBad = step.end.map { !$0.isTolerated && $0.outcome.isBad } ?? false
            let length = step.readyAt.map { (step.endedAt ?? end) - $0 } ?? .zero
            return (isBad ? 2 : critical.contains(step.name) ? 1 : 0, length)
        }
        var positions = Array(steps.indices)
        if positions.count > limit {
            let ranks = steps.map(rank)
            // Equal ranks keep the plan's order, so that the choice is the same every time.
            positions.sort { ranks[$0] == ranks[$1] ? $0 < $1 : ranks[$0] > ranks[$1] }
            positions = Array(positions.prefix(max(0, limit)))
        }
        let never = Timestamp(nanoseconds: .max)
        let ready = positions.map { (steps[$0].readyAt ?? never, $0) }
        return ready.sorted { $0 < $1 }.map { steps[$0.1] }
    }
}

extension Outcome {
    /// Failure, error or timeout: what a person has to look at.
    var isBad: Bool {
        switch result {
        case .failure, .error, .timeout: true
        case .success, .cancellation, .skip: false
        }
    }
}

extension StyledLine {
    /// Adds text that ends `width` columns further on.
    fileprivate mutating func addRight(_ text: String, _ width: Int, _ role: Role) {
        pad(to: self.width + width - VisibleText.width(text), atLeast: 1)
        add(text, role)
    }
}
