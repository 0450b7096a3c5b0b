package import Pipeline

/// What `weir show` prints: the facts, the waterfall and, of a failed run, the failure block.
package enum ShowText {
    /// Without line ends.
    package static func lines(
        _ run: RunSnapshot,
        style: TerminalStyle,
        notes: EndingNotes = EndingNotes(),
        baselines: Baselines = Baselines(),
        at now: Timestamp? = nil
    ) -> [String] {
        var lines = facts(run, style, notes, baselines, now).map { $0.rendered(style) }
        for part in [
            Waterfall(run, style: style, baselines: baselines, at: now).lines,
            FailureBlock(run, style: style, notes: notes).lines,
            run.inconsistencies.map { VisibleText.clean("! \($0)") },
        ] where !part.isEmpty {
            lines.append("")
            lines += part
        }
        return lines
    }

    private static func facts(
        _ run: RunSnapshot,
        _ style: TerminalStyle,
        _ notes: EndingNotes,
        _ baselines: Baselines,
        _ now: Timestamp?
    ) -> [StyledLine] {
        guard let started = run.started, let startedAt = run.startedAt else {
            return [StyledLine("This run has not started: its journal has no first event.")]
        }
        let separator = " \(style.glyph(.separator)) "
        var lines = [head(run, started)]
        func fact(_ label: String, _ value: String) {
            var line = StyledLine("  ")
            line.add(label, .dim)
            line.pad(to: 12)
            line.add(value)
            lines.append(line)
        }
        let time = CivilTime(startedAt, utcOffset: notes.utcOffset)
        let elapsed = run.elapsed(at: now) ?? .zero
        fact(
            "started",
            "\(time.date) \(time.clockWithSeconds) (\(time.zone)), by \(started.trigger)"
        )
        if let source = started.retryOf { fact("retry of", source.run.description) }
        let usual =
            baselines.run.flatMap { $0.isUsual ? $0.p50 : nil }
            .map { " (usually \(HumanText.duration($0)))" } ?? ""
        fact(run.end == nil ? "running" : "took", HumanText.duration(elapsed) + usual)
        fact("steps", RunCounts.words(run).joined(separator: separator))
        if run.end == nil, let stop = run.stop { fact("stopping", OutcomeWords.stop(stop)) }
        if run.recoveries > 0 { fact("resumed", HumanText.count(run.recoveries, "time")) }
        for line in accounts(run, now, separator) { fact(line.0, line.1) }
        if let slack = slack(run, separator) { fact("slack", slack) }
        fact("trace", started.trace.traceID.description)
        return lines
    }

    private static func head(_ run: RunSnapshot, _ started: RunStarted) -> StyledLine {
        var head = StyledLine(started.pipeline, .strong)
        head.add("  \(started.run)")
        let verb = run.outcome.map { OutcomeWords.verb($0.result) } ?? run.state.rawValue
        let role: Role = run.outcome.map { $0.result == .success ? .good : .bad } ?? .accent
        head.add("  ")
        head.add(verb, role)
        return head
    }

    /// The steps that come next once the critical path is shorter: those with the least slack.
    private static func slack(_ run: RunSnapshot, _ separator: String) -> String? {
        let critical = Set(run.criticalPath?.steps ?? [])
        let others = zip(run.steps, run.slacks).compactMap { step, slack in
            slack.flatMap { critical.contains(step.name) ? nil : (step.name, $0) }
        }
        guard !others.isEmpty else { return nil }
        // Of equals the one that the plan names first.
        let least = others.enumerated().sorted {
            ($0.element.1, $0.offset) < ($1.element.1, $1.offset)
        }
        return least.prefix(4).map { "\($0.element.0) \(HumanText.duration($0.element.1))" }
            .joined(separator: separator)
    }

    private static func accounts(
        _ run: RunSnapshot,
        _ now: Timestamp?,
        _ separator: String
    ) -> [(String, String)] {
        let accounts = run.accounts(at: now)
        let workers = HumanText.count(run.started?.workers ?? 1, "worker")
        var time = [
            "running \(HumanText.duration(accounts.running))",
            "waiting \(HumanText.duration(accounts.waiting))",
            "wasted \(HumanText.duration(accounts.wasted))",
        ]
        if let efficiency = accounts.parallelEfficiency {
            time.append("\(HumanText.percent(efficiency)) of \(workers)")
        }
        var usage: [String] = []
        if run.usage.measured > 0 { usage.append("cpu \(HumanText.duration(run.usage.cpu))") }
        if let peak = run.usage.peakMemory { usage.append("peak memory \(HumanText.bytes(peak))") }
        var lines = [("time", time.joined(separator: separator))]
        if !usage.isEmpty { lines.append(("used", usage.joined(separator: separator))) }
        if let path = run.criticalPath {
            let steps =
                path.steps.count > 8
                ? path.steps.prefix(7) + ["\(path.steps.count - 7) more"] : path.steps[...]
            let chain = steps.joined(separator: " > ")
            lines.append(("critical", "\(HumanText.duration(path.duration)): \(chain)"))
        }
        return lines
    }
}
