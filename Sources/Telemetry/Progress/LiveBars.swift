package import Pipeline

/// A frame of the live display: what runs now, and how far the run is.
///
///     ⠹ fetch      1m2s  attempt 2 of 3  GET https://reports.example/2026-03-09.csv
///     ⠹ load        12s  COPY 100000
///       ███████████░░░░░░░░░  3/5 60%  4m12s, about 1m left  3 ok · 2 running
package struct LiveBars: Sendable {
    private let style: TerminalStyle
    private let columns: Int
    private let rows: Int

    /// - Parameters:
    ///   - style: what the terminal can show.
    ///   - rows: the terminal's height; a frame leaves one row free, for the cursor.
    package init(style: TerminalStyle, rows: Int) {
        self.style = style
        // One column stays free: what is written into the last one hangs between two rows, and
        // terminals differ in what they then erase.
        columns = max(1, (style.columns ?? 80) - 1)
        self.rows = max(1, rows - 1)
    }

    /// Draws one frame.
    ///
    /// - Parameters:
    ///   - run: the run to show.
    ///   - now: the present; also turns the spinner.
    ///   - output: the last line that each step wrote, by the step's name; any text.
    ///   - remaining: how long it will still take, where history tells.
    /// - Returns: lines, each narrower than the terminal, fewer than it is high.
    package func frame(
        _ run: RunSnapshot,
        at now: Timestamp,
        output: [String: String] = [:],
        remaining: Duration? = nil
    ) -> [String] {
        let active = activeSteps(run, at: now)
        let room = rows - 1
        let hidden = active.count > room ? active.count - max(0, room - 1) : 0
        let shown = active.prefix(active.count - hidden)
        let names = shown.map { VisibleText.width(VisibleText.clean($0.name)) }
        let nameWidth = min(names.max() ?? 0, max(8, columns / 3))
        var lines = shown.map { line($0, nameWidth, run, now, output[$0.name]) }
        if hidden > 0, room > 0 {
            let dots = style.glyph(.ellipsis)
            lines.append(StyledLine("  \(dots) and \(hidden) more", .dim))
        }
        lines.append(summary(run, now, remaining))
        return lines.map { $0.rendered(style, columns: columns) }
    }

    /// Steps that run, then those that wait for their next attempt.
    private func activeSteps(_ run: RunSnapshot, at now: Timestamp) -> [StepSnapshot] {
        guard run.end == nil else { return [] }
        var running: [StepSnapshot] = []
        var backingOff: [StepSnapshot] = []
        for step in run.steps {
            switch step.state {
            case .running: running.append(step)
            case .finished where step.current != nil: running.append(step)
            case .backingOff: backingOff.append(step)
            case .waiting, .ready, .blocked, .finished: break
            }
        }
        return running + backingOff
    }

    private func line(
        _ step: StepSnapshot,
        _ nameWidth: Int,
        _ run: RunSnapshot,
        _ now: Timestamp,
        _ output: String?
    ) -> StyledLine {
        let isRunning = step.state == .running
        var line = StyledLine(isRunning ? spinner(run, now) : " ", .accent)
        line.add(" ")
        let name = VisibleText.truncated(
            VisibleText.clean(step.name),
            to: nameWidth,
            ellipsis: style.glyph(.ellipsis)
        )
        line.add(name, isRunning ? .strong : .plain)
        let since = step.startedAt ?? now
        let elapsed = HumanText.ticking(now - since)
        line.pad(to: 2 + nameWidth + 8 - elapsed.count, atLeast: 1)
        line.add(elapsed)
        line.add("  ")
        if step.attemptCount > 1 || !isRunning { line.add(attempts(step, now), .warning) }
        if step.current?.part == .condition { line.add("if  ", .warning) }
        line.add(output ?? "", .dim)
        return line
    }

    private func attempts(_ step: StepSnapshot, _ now: Timestamp) -> String {
        let allowed = step.attemptsAllowed
        guard let retryAt = step.retryAt else {
            return StepWords.numbered(step.attemptCount, of: allowed) + "  "
        }
        let cause = step.attempts.last?.end.map { OutcomeWords.cause($0, lasted: nil) } ?? "failed"
        let wait = HumanText.ticking(retryAt - now)
        let next = StepWords.numbered(step.attemptCount + 1, of: allowed)
        return "\(cause), \(next) in \(wait)  "
    }

    private func summary(_ run: RunSnapshot, _ now: Timestamp, _ remaining: Duration?) -> StyledLine
    {
        let counts = run.counts
        let total = run.stepCount
        var line = StyledLine("  ")
        let width = columns >= 60 ? 20 : 10
        let filled = total == 0 ? 0 : min(width, counts.finished * width / total)
        let isBad = counts.failed + counts.cancelled > 0
        line.add(
            String(repeating: style.hasUnicode ? "█" : "#", count: filled),
            isBad ? .bad : .good
        )
        line.add(String(repeating: style.hasUnicode ? "░" : ".", count: width - filled), .dim)
        let percent = total == 0 ? 0 : counts.finished * 100 / total
        line.add("  \(counts.finished)/\(total) \(percent)%  ")
        line.add(HumanText.ticking(run.elapsed(at: now) ?? .zero))
        if let remaining { line.add(", about \(HumanText.ticking(remaining)) left") }
        line.add("  ")
        line.add(RunCounts.words(run).joined(separator: " \(style.glyph(.separator)) "))
        if run.stop != nil, run.end == nil { line.add("  stopping", .warning) }
        return line
    }

    private func spinner(_ run: RunSnapshot, _ now: Timestamp) -> String {
        let signs = style.hasUnicode ? LiveBars.unicodeSpinner : LiveBars.asciiSpinner
        let elapsed = max(.zero, now - (run.startedAt ?? now)).wholeNanoseconds
        let turn = elapsed / 100_000_000 % Int64(signs.count)
        return signs[Int(turn)]
    }

    private static let unicodeSpinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]
    private static let asciiSpinner = ["|", "/", "-", "\\"]
}
