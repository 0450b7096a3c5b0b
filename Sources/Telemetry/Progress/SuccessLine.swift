package import Pipeline

/// The last words of a run that succeeded, on one line.
package enum SuccessLine {
    /// One line: `✓ daily-reports succeeded in 12.3s   8 ok · 1 tolerated`.
    ///
    /// - Returns: `nil` when the run has not ended, or has not succeeded.
    package static func text(_ run: RunSnapshot, style: TerminalStyle) -> String? {
        guard run.outcome?.result == .success, let elapsed = run.elapsed() else { return nil }
        var line = StyledLine(style.glyph(.success), .good)
        line.add(" ")
        line.add(run.started?.pipeline ?? "run", .strong)
        line.add(" succeeded", .good)
        line.add(" in \(HumanText.duration(elapsed))")
        var words = RunCounts.words(run)
        if run.recoveries > 0 { words.append("resumed \(HumanText.count(run.recoveries, "time"))") }
        line.add("   ")
        line.add(words.joined(separator: " \(style.glyph(.separator)) "))
        return line.rendered(style)
    }
}
