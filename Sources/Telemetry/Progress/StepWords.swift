import Pipeline

/// How a step's ending is said.
enum StepWords {
    /// Which attempt of which step, and why: `step load, attempt 3 of 3, exit 2`.
    static func ending(_ step: StepSnapshot) -> String {
        var words = ["step \(step.name)"]
        if let attempt = attempt(step) { words.append(attempt) }
        words.append(cause(step))
        return words.joined(separator: ", ")
    }

    /// What decided it: `exit 2`, `could not start psql`, `needs load`.
    static func cause(_ step: StepSnapshot) -> String {
        guard let end = step.end else { return "not ended" }
        switch end.outcome.reason {
        case .dependency:
            return OutcomeWords.because(end) ?? OutcomeWords.reason(end.outcome)
        case .condition where end.because != nil:
            return OutcomeWords.because(end) ?? OutcomeWords.reason(end.outcome)
        case .reused, .cacheHit:
            guard let from = step.reused?.from.run else { break }
            let verb = end.outcome.reason == .reused ? "reused" : "cached"
            return "\(verb) from run \(from)"
        // Without a condition to ask, it was `when` that did not hold.
        case .condition where step.attempts.isEmpty: return "its when does not hold"
        case .cancel where step.attempts.isEmpty: return "not started"
        default: break
        }
        // The step's reason wins where it is not the last attempt's: given up, for example.
        guard let last = step.lastOwnAttempt, let attemptEnd = last.end,
            attemptEnd.outcome.reason == end.outcome.reason
        else { return OutcomeWords.reason(end.outcome) }
        return OutcomeWords.cause(attemptEnd, lasted: last.duration())
    }

    /// Which attempt it was, where there could be several.
    private static func attempt(_ step: StepSnapshot) -> String? {
        let count = step.attemptCount
        guard let allowed = step.attemptsAllowed else {
            return count > 1 ? "attempt \(count)" : nil
        }
        if count == 0 || (allowed == 1 && count == 1) { return nil }
        return numbered(count, of: allowed)
    }

    /// `waits for a slot of the pool db`, `waits 3s for the rate limit site`.
    static func waiting(for wait: GateWait, at now: Timestamp) -> String {
        let left = wait.until.map { max(.zero, $0 - now) }
        switch wait.kind {
        case .pool: return "waits for a slot of the pool \(wait.name)"
        case .rateLimit:
            let time = left.map { " \(HumanText.duration($0))" } ?? ""
            return "waits\(time) for the rate limit \(wait.name)"
        case .breaker:
            let time = left.map { ", which may be tried in \(HumanText.duration($0))" }
            return "waits for the open breaker \(wait.name)\(time ?? ", which is being tried")"
        }
    }

    /// `attempt 2 of 3`, without the second number where it is not known or passed: an attempt
    /// that is lost in a crash does not use up `retry.attempts`.
    static func numbered(_ number: Int, of allowed: Int?) -> String {
        guard let allowed, number <= allowed else { return "attempt \(number)" }
        return "attempt \(number) of \(allowed)"
    }

    /// The tail without its empty edges, and what it is a part of.
    static func visible(_ tail: OutputTail?, limit: Int) -> (lines: [String], note: String?) {
        guard let tail else { return ([], nil) }
        func isBlank(_ line: String) -> Bool { line.allSatisfy(\.isWhitespace) }
        var lines = tail.lines[...]
        while let last = lines.last, isBlank(last) { lines.removeLast() }
        lines = lines.suffix(limit)
        while let first = lines.first, isBlank(first) { lines.removeFirst() }
        let isWhole = lines.count >= tail.totalLines || lines.isEmpty
        let note =
            isWhole ? nil : "last \(lines.count) of \(HumanText.count(tail.totalLines, "line"))"
        return (Array(lines), note)
    }
}
