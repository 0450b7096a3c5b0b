import Pipeline

extension TaskTable {
    /// The table as a page.
    package var html: [UInt8] {
        var page = HTMLPage(title: "Tasks")
        page.raw("<p>")
        page.text("At \(RunClockText.instant(at)), \(HumanText.count(runs.count, "run")) going on.")
        if stepsOmitted > 0 {
            page.text(" \(HumanText.count(stepsOmitted, "step")) not shown: raise ?limit=.")
        }
        if !isUsageComplete {
            page.text(" Not all processes could be looked at: CPU and memory may be too small.")
        }
        page.raw("</p>\n")
        for run in runs { run.write(to: &page) }
        return page.finished()
    }
}

extension TaskRun {
    fileprivate func write(to page: inout HTMLPage) {
        page.raw("<h2>")
        page.text(pipeline)
        page.raw("</h2><p><code>")
        page.text(run.description)
        page.raw("</code> ")
        page.text(words)
        page.raw("</p>\n")
        let columns = ["step", "state", "since", "attempt", "elapsed", "pid", "processes"]
        page.beginTable(columns + ["CPU", "RSS", "last line"])
        for step in steps { step.write(to: &page, at: startedAt + elapsed) }
        page.endTable()
        if stepsOmitted > 0 {
            page.raw("<p>")
            page.text("… and \(HumanText.count(stepsOmitted, "step")) more")
            page.raw("</p>\n")
        }
    }

    private var words: String {
        var words = "\(state.rawValue) for \(HumanText.duration(elapsed)), by \(trigger): "
        words += "\(counts.running) running on \(HumanText.count(workers, "worker")), "
        words += "\(counts.waiting) waiting, \(counts.finished) ended, \(counts.failed) failed"
        if recoveries > 0 { words += ", recovered \(HumanText.count(recoveries, "time"))" }
        if let stopping { words += "; nothing new starts: \(stopping)" }
        return words
    }
}

extension TaskStep {
    fileprivate func write(to page: inout HTMLPage, at now: Timestamp) {
        let last = attempts.last
        page.raw("<tr>")
        page.cell(step)
        switch state {
        case .running: page.raw("<td class=\"running\">")
        case .blocked: page.raw("<td class=\"blocked\">")
        case .finished where outcome?.result != .success: page.raw("<td class=\"bad\">")
        case .finished: page.raw("<td>")
        }
        page.text(stateWords(at: now))
        page.raw("</td>")
        page.cell(since.map { HumanText.duration(now - $0) }, isNumber: true)
        page.cell(last?.words)
        page.cell(last.map { HumanText.duration($0.elapsed) }, isNumber: true)
        page.cell(last?.pid.map { "\($0)" }, isNumber: true)
        page.cell(last?.usage.map { "\($0.processes)" }, isNumber: true)
        page.cell(last?.usage.map { HumanText.duration($0.cpu) }, isNumber: true)
        page.cell(last?.usage.map { HumanText.bytes($0.residentBytes) }, isNumber: true)
        page.raw("<td><code>")
        if let line = last?.lastLine { page.text(line) }
        page.raw("</code></td></tr>\n")
    }

    private func stateWords(at now: Timestamp) -> String {
        switch blocker {
        case .dependency(let needs) where needs.isEmpty: return "waits for other steps"
        case .dependency(let needs):
            let rest = needs.count - 3
            let more = rest > 0 ? " and \(rest) more" : ""
            return "waits for " + needs.prefix(3).joined(separator: ", ") + more
        case .workers: return "waits for a worker"
        case .gate(let wait): return StepWords.waiting(for: wait, at: now)
        case .backoff(let until):
            return "next attempt in \(HumanText.duration(until - now))"
        case nil: break
        }
        guard let outcome else { return state.rawValue }
        return "\(outcome.result.rawValue) (\(outcome.reason.rawValue))"
    }
}

extension TaskAttempt {
    /// `2`, `if 1`.
    fileprivate var words: String {
        part == .main ? "\(number)" : "\(part.rawValue) \(number)"
    }
}
