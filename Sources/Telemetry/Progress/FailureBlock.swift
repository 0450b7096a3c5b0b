package import Pipeline

/// What the faces of an ended run say that its events do not know.
package struct EndingNotes: Sendable, Hashable {
    /// A command to give next, and what it does.
    package struct Advice: Sendable, Hashable {
        package var command: String
        package var effect: String

        package init(command: String, effect: String = "") {
            self.command = command
            self.effect = effect
        }
    }

    /// Seconds east of UTC, where the reader is.
    package var utcOffset: Int
    package var advice: Advice?
    /// What became of the trace: `queued: collector refused; goes out with the next start`.
    package var trace: String?
    /// How the run is named in commands.
    package var suffix: RunSuffix

    package init(
        utcOffset: Int = 0,
        advice: Advice? = nil,
        trace: String? = nil,
        suffix: RunSuffix = RunSuffix()
    ) {
        self.utcOffset = utcOffset
        self.advice = advice
        self.trace = trace
        self.suffix = suffix
    }
}

/// The last words of a run that did not succeed: what, where, why, and what to do.
package struct FailureBlock: Sendable {
    private let run: RunSnapshot
    private let style: TerminalStyle
    private let notes: EndingNotes

    package init(_ run: RunSnapshot, style: TerminalStyle, notes: EndingNotes = EndingNotes()) {
        self.run = run
        self.style = style
        self.notes = notes
    }

    /// The block, without line ends.
    ///
    /// Empty when the run has not ended, or has succeeded.
    package var lines: [String] {
        guard let end = run.end, end.outcome.result != .success else { return [] }
        var lines = [headline(end)]
        let step = end.step.flatMap { run.step($0) }
        if let step {
            lines += body(step, limit: Limits.tailLines, fallback: end.message)
        }
        let others = others(but: end.step)
        lines += words(on: others)
        var counts = StyledLine("  ")
        let separator = " \(style.glyph(.separator)) "
        counts.add((RunCounts.words(run) + [undone]).joined(separator: separator))
        lines.append(counts)
        lines += wordsOnUndoing
        lines += footer([step].compactMap(\.self) + others)
        return lines.map { $0.rendered(style) }
    }

    private func headline(_ end: RunEnd) -> StyledLine {
        var line = StyledLine(style.glyph(.failure), .bad)
        line.add(" ")
        line.add(run.started?.pipeline ?? "run", .strong)
        line.add(" \(OutcomeWords.verb(end.outcome.result))", .bad)
        if let elapsed = run.elapsed() { line.add(" after \(HumanText.duration(elapsed))") }
        if let endedAt = run.endedAt {
            let time = CivilTime(endedAt, utcOffset: notes.utcOffset)
            line.add(" at \(time.clock) (\(time.zone))")
        }
        line.add("   ")
        line.add(place(end))
        return line
    }

    /// The step at fault, or what ended a run that no step decided.
    private func place(_ end: RunEnd) -> String {
        if let name = end.step {
            return run.step(name).map(StepWords.ending) ?? "step \(name)"
        }
        switch run.stop {
        case .cancelled(let by, let isForced): return "by \(by)" + (isForced ? ", forced" : "")
        case .superseded(let other): return "by run \(other)"
        case .timedOut: return "the run's own timeout"
        case .failed, .abandoned, nil: return end.message ?? OutcomeWords.reason(end.outcome)
        }
    }

    /// The message and the last lines of output of the attempt that decided the step.
    private func body(_ step: StepSnapshot, limit: Int, fallback: String?) -> [StyledLine] {
        let end = step.lastOwnAttempt?.end
        let output = StepWords.visible(end?.tail, limit: limit)
        var message = end?.message
        if message == nil, output.lines.isEmpty { message = fallback }
        let said = (message ?? "").split(whereSeparator: \.isNewline).prefix(limit)
        var lines = said.map { StyledLine("    \($0)") }
        for (position, text) in output.lines.enumerated() {
            var line = StyledLine("    ")
            line.add(text)
            if position == 0, let note = output.note {
                let fits = style.columns.map { line.width + 8 + note.count <= $0 } ?? true
                if fits {
                    line.add("        ")
                    line.add(note, .dim)
                } else {
                    lines.append(StyledLine("    \(note):", .dim))
                }
            }
            lines.append(line)
        }
        return lines
    }

    /// `2 undone`, `nothing to undo`.
    private var undone: String {
        let ends = run.steps.compactMap(\.compensation)
        guard !ends.isEmpty else { return "nothing to undo" }
        let good = ends.count { $0.outcome.result == .success }
        let bad = ends.count - good
        return bad == 0 ? "\(good) undone" : "\(good) undone, \(bad) not undone"
    }

    /// What is still there and should not be: somebody has to see to it.
    private var wordsOnUndoing: [StyledLine] {
        let steps = run.steps.filter { step in
            step.compensation.map { $0.outcome.result != .success } ?? false
        }
        return steps.prefix(5).flatMap { step -> [StyledLine] in
            let last = step.attempts.last { $0.part == .compensation }?.end
            let cause =
                last.map { OutcomeWords.cause($0, lasted: nil) }
                ?? step.compensation.map { OutcomeWords.reason($0.outcome) } ?? ""
            var line = StyledLine("  ")
            line.add("step \(step.name) is not undone: \(cause)", .bad)
            let output = StepWords.visible(last?.tail, limit: 3)
            return [line] + output.lines.map { StyledLine("    \($0)") }
        }
    }

    /// Steps that failed beside the one that decided.
    private func others(but decisive: String?) -> [StepSnapshot] {
        run.steps.filter { step in
            guard let end = step.end, !end.isTolerated else { return false }
            return end.outcome.isBad && step.name != decisive
        }
    }

    /// The first five of them, with their last three lines.
    private func words(on others: [StepSnapshot]) -> [StyledLine] {
        var lines: [StyledLine] = []
        for step in others.prefix(5) {
            lines.append(StyledLine("  \(StepWords.ending(step))"))
            lines += body(step, limit: 3, fallback: nil)
        }
        if others.count > 5 {
            let more = HumanText.count(others.count - 5, "more step")
            lines.append(StyledLine("  \(style.glyph(.ellipsis)) and \(more) failed"))
        }
        return lines
    }

    private func footer(_ failed: [StepSnapshot]) -> [StyledLine] {
        var lines: [StyledLine] = []
        let name = run.started.map { notes.suffix.text(of: $0.run) } ?? ""
        // A program that never started has written nothing.
        if let step = failed.first(where: { $0.attempts.contains { $0.pid != nil } }) {
            lines.append(row("log", "weir logs \(name) \(step.name)", ""))
        }
        if let advice = notes.advice { lines.append(row("again", advice.command, advice.effect)) }
        if let trace = run.started?.trace.traceID.description {
            let short = "\(trace.prefix(4))\(style.glyph(.ellipsis))\(trace.suffix(4))"
            lines.append(row("trace", short, notes.trace ?? ""))
        }
        return lines
    }

    private func row(_ label: String, _ value: String, _ note: String) -> StyledLine {
        var line = StyledLine("  ")
        line.add(label, .dim)
        line.pad(to: 10)
        line.add(value, .accent)
        guard !note.isEmpty else { return line }
        line.pad(to: 35, atLeast: 2)
        line.add(note, .dim)
        return line
    }
}
