package import Pipeline

/// What the exporter has done so far, and what it has still to do: counts for metrics.
package struct ExportStatistics: Hashable, Sendable {
    /// Spans the collector took.
    package var accepted = 0
    /// Spans the collector refused for good, or that no request could hold.
    package var rejected = 0
    /// Spans read and not yet settled: sent, being sent, or waiting to be. There may be more behind
    /// them, in journals.
    package var queued = 0
    /// When the oldest of those ended.
    package var oldestQueued: Timestamp?
    /// Requests by HTTP status.
    package var answers: [Int: Int] = [:]
    /// Requests without an answer, by `CurlFailure.Kind`.
    package var failures: [String: Int] = [:]
    /// Why spans are not getting through; `nil` while they are.
    package var problem: ExportProblem?
    /// Repetition will not help: somebody must change something. Probed every now and then.
    package var isParked = false
    /// Everything that was to be sent has been settled.
    package var isDrained = true

    package init() {}
}

/// How it stands with a process's spans when it ends.
package struct ExportSummary: Hashable, Sendable, CustomStringConvertible {
    package var accepted: Int
    package var rejected: Int
    /// Known to be unsent; with `isDrained` false there may be more.
    package var queued: Int
    package var isDrained: Bool
    package var problem: ExportProblem?
    /// As it may be shown.
    package var endpoint: String

    package init(_ statistics: ExportStatistics, endpoint: String) {
        accepted = statistics.accepted
        rejected = statistics.rejected
        queued = statistics.queued
        isDrained = statistics.isDrained
        problem = isDrained ? nil : statistics.problem
        self.endpoint = endpoint
    }

    /// One line for a person: `31 accepted by http://…`, or what became of the rest.
    package var description: String {
        let refused = rejected > 0 ? ", \(rejected) rejected" : ""
        guard !isDrained else { return "\(accepted) accepted by \(endpoint)\(refused)" }
        let why = problem.map(String.init(describing:)) ?? "no time left to send them"
        let sent = accepted > 0 ? "\(accepted) accepted by \(endpoint)\(refused); the rest " : ""
        return "\(sent)queued: \(why)"
    }
}
