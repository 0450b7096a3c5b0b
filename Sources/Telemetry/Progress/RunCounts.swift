import Pipeline

/// The line of counts: `3 ok · 1 failed · 1 skipped (needs load)`.
enum RunCounts {
    static func words(_ run: RunSnapshot) -> [String] {
        let counts = run.counts
        var words: [String] = []
        if counts.ok > 0 || counts.finished == 0 { words.append("\(counts.ok) ok" + reused(run)) }
        if counts.failed > 0 { words.append("\(counts.failed) failed") }
        if counts.tolerated > 0 { words.append("\(counts.tolerated) tolerated") }
        words += skipped(run)
        words += cancelled(run)
        if counts.running > 0 { words.append("\(counts.running) running") }
        if counts.undoing > 0 { words.append("\(counts.undoing) being undone") }
        if counts.waiting > 0 { words.append("\(counts.waiting) waiting") }
        return words
    }

    private static func reused(_ run: RunSnapshot) -> String {
        guard run.started?.retryOf != nil else { return "" }
        let count = run.steps.count { $0.outcome?.reason == .reused }
        return count > 0 ? " (\(count) reused)" : ""
    }

    /// Skipped because of a need, and because a condition said no: two different things.
    private static func skipped(_ run: RunSnapshot) -> [String] {
        guard run.counts.skipped > 0 else { return [] }
        var causes: [String] = []
        var byNeed = 0
        for step in run.steps {
            guard let end = step.end, end.outcome.reason == .dependency else { continue }
            byNeed += 1
            if let because = end.because, !causes.contains(because) { causes.append(because) }
        }
        let leftOut = run.steps.count { step in
            step.outcome?.reason == .condition && step.end?.because != nil
        }
        let byCondition = run.counts.skipped - byNeed - leftOut
        var words: [String] = []
        if byNeed > 0 {
            let verb = byNeed == 1 ? "needs " : "need "
            words.append("\(byNeed) skipped" + names(causes, prefix: verb))
        }
        if byCondition > 0 { words.append("\(byCondition) skipped (condition)") }
        if leftOut > 0 { words.append("\(leftOut) left out") }
        return words
    }

    /// Cut off while they ran, and never started: two different things.
    private static func cancelled(_ run: RunSnapshot) -> [String] {
        guard run.counts.cancelled > 0 else { return [] }
        let cut = run.steps.filter { $0.outcome?.result == .cancellation && $0.startedAt != nil }
        let never = run.counts.cancelled - cut.count
        var words: [String] = []
        if !cut.isEmpty {
            words.append("\(cut.count) cancelled" + names(cut.map(\.name), prefix: ""))
        }
        if never > 0 { words.append("\(never) not started") }
        return words
    }

    private static func names(_ names: [String], prefix: String) -> String {
        guard !names.isEmpty else { return "" }
        let shown = names.prefix(3).joined(separator: ", ")
        let more = names.count > 3 ? " and \(names.count - 3) more" : ""
        return " (\(prefix)\(shown)\(more))"
    }
}
