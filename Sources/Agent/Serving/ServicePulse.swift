/// When a service manager gets a sign of life, and which: a value, so that the rule can be tested
/// as a script.
///
/// Whoever asks it is the endpoint loop, so that it turns is shown by the asking; the rest is what
/// `/livez` judges by.
struct ServicePulse: Hashable, Sendable {
    /// How often the watchdog wants to hear; `nil`: there is none.
    let watchdog: Duration?
    /// Whether the agent is on its way out.
    private(set) var isEnding = false
    private var fault: String?

    /// A stop goes on for so long after each message.
    static let extensionSpan = Duration.seconds(30)
    private static let extensionEvery = Duration.seconds(10)

    struct Answer: Hashable, Sendable {
        /// For the manager.
        var message: String?
        /// For the log; once for each time that it turns out.
        var complaint: String?
    }

    init(watchdog: Duration?) {
        self.watchdog = watchdog
    }

    /// How often to ask; `nil`: nobody has to wake up.
    var interval: Duration? {
        guard isEnding else { return watchdog }
        return min(watchdog ?? Self.extensionEvery, Self.extensionEvery)
    }

    mutating func end() {
        isEnding = true
    }

    /// - Parameters:
    ///   - fault: Why the agent does not count as alive; `nil` when it does.
    ///   - runs: How many go on.
    /// - Returns: What is to be sent and said now.
    mutating func beat(fault: String?, runs: Int) -> Answer {
        defer { self.fault = fault }
        if let fault {
            let isNew = self.fault == nil
            return Answer(complaint: isNew ? "no sign of life to the watchdog: \(fault)" : nil)
        }
        var lines: [String] = []
        if watchdog != nil { lines.append("WATCHDOG=1") }
        // Without runs the end is near, or something hangs: then the manager's own limit is right.
        if isEnding, runs > 0 { lines += Self.extending(runs) }
        return Answer(message: lines.isEmpty ? nil : lines.joined(separator: "\n"))
    }

    /// Asks for more time while runs go on.
    static func extending(_ runs: Int) -> [String] {
        let (seconds, _) = extensionSpan.components
        return [
            "EXTEND_TIMEOUT_USEC=\(seconds * 1_000_000)", "STATUS=\(endingStatus(runs))",
        ]
    }

    static func endingStatus(_ runs: Int) -> String {
        switch runs {
        case 0: "shutting down"
        case 1: "shutting down when 1 run has ended"
        default: "shutting down when \(runs) runs have ended"
        }
    }
}
