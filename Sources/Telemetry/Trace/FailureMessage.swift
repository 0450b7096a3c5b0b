package import Pipeline

/// What a person is told about an attempt that did not end well, in one line.
package enum FailureMessage {
    /// The cause, and what the program said of it: `exit 2: psql:load.sql:14: ERROR: …`.
    package static func text(of end: AttemptEnd) -> String {
        let cause = cause(of: end)
        guard let detail = end.message ?? said(by: end) else { return cause }
        let line = detail.split(whereSeparator: \.isNewline).first.map(String.init) ?? detail
        return shortened("\(cause): \(line)")
    }

    /// What is known without any output: of a step that never started, for example.
    package static func text(of outcome: Outcome) -> String {
        switch outcome.reason {
        case .exit: outcome.result == .success ? "exit 0" : "exit status other than 0"
        case .cacheHit: "taken from the cache"
        case .reused: "reused from an earlier run"
        case .signal: "ended by a signal"
        case .httpStatus: "unexpected HTTP status"
        case .items: "items failed"
        case .outputContract: "outputs are not as declared"
        case .approvalRejected: "approval was rejected"
        case .launch: "could not be started"
        case .oomKill: "out of memory: killed by the kernel"
        case .network: "network error"
        case .agentCrash: "Weir was ended while it ran"
        case .recoveryLimit: "recovered too often after Weir was ended"
        case .breakerOpen: "circuit breaker is open"
        case .queueFull: "queue is full"
        case .journal: "the journal could not be written"
        case .conditionError: "the condition could not be decided"
        case .internal: "internal error"
        case .timeout: "timed out"
        case .idleTimeout: "no output for too long"
        case .cancel: "cancelled"
        case .superseded: "superseded by a newer run"
        case .drain: "cancelled by a shutdown"
        case .dependency: "a need did not end well"
        case .condition: "the condition said no"
        }
    }

    /// The last lines of output, or the message, as one text.
    package static func detail(of end: AttemptEnd) -> String? {
        if let lines = end.tail?.lines, !lines.isEmpty { return lines.joined(separator: "\n") }
        return end.message.map { String($0.prefix(TraceLimits.exceptionCharacters)) }
    }

    static func shortened(_ text: String) -> String {
        let limit = TraceLimits.messageCharacters
        guard text.utf8.count > limit, text.count > limit else { return text }
        return text.prefix(limit - 1) + "…"
    }

    private static func cause(of end: AttemptEnd) -> String {
        switch end.outcome.reason {
        case .exit: end.exitCode.map { "exit \($0)" } ?? text(of: end.outcome)
        case .signal: end.signal.map { "ended by \(SignalName.text($0))" } ?? text(of: end.outcome)
        case .oomKill where end.isOOMDoubtful:
            "killed while the kernel was out of memory"
        default: text(of: end.outcome)
        }
    }

    /// What the program itself said of its end.
    ///
    /// One that Weir or the kernel ended said nothing of it: its last line is just where it was.
    private static func said(by end: AttemptEnd) -> String? {
        switch end.outcome.reason {
        case .exit, .signal, .conditionError: end.tail.flatMap(usefulLine)
        default: nil
        }
    }

    /// Programs name the cause first and then add context, so the first line that speaks of an
    /// error beats the last line; without one the last line beats the others.
    private static func usefulLine(_ tail: OutputTail) -> String? {
        let lines = tail.lines.map(trimmed).filter { !$0.isEmpty }
        return lines.first(where: speaksOfError) ?? lines.last
    }

    private static func speaksOfError(_ line: String) -> Bool {
        let line = line.lowercased()
        return ["error", "fatal", "panic", "exception", "cannot", "failed"].contains { word in
            line.contains(word)
        }
    }

    private static func trimmed(_ line: String) -> String {
        let start = line.drop { $0.isWhitespace }
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...last])
    }
}
