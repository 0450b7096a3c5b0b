package import Pipeline
import Transport

/// What the exporter has done so far, and what it has still to do: counts for metrics.
package struct ExportStatistics: Hashable, Sendable {
    package struct Spans: Hashable, Sendable {
        /// The collector took them.
        package var accepted = 0
        /// The collector refused them for good, or no request could hold them.
        package var rejected = 0
        /// Read and not settled; there may be more behind them, in journals.
        package var queued = 0
    }

    /// Of the runs of this process.
    package var own = Spans()
    /// Of runs that other processes left.
    package var backlog = Spans()
    /// When the oldest of the queued ended.
    package var oldestQueued: Timestamp?
    /// Requests by HTTP status.
    package var answers: [Int: Int] = [:]
    /// Requests without an answer, by `CurlFailure.Kind`.
    package var failures: [String: Int] = [:]
    /// Why spans are not getting through; `nil` while they are.
    package var problem: ExportProblem?
    /// Repetition will not help, somebody must change something; it is probed now and then.
    package var isParked = false
    /// All that could be read of this process's runs is settled.
    package var isDrained = true
    /// So is all that other processes left.
    package var isBacklogDrained = true

    /// Another process holds `export.lock` and sees to them.
    package var isBacklogElsewhere = false

    package init() {}

    mutating func count(_ result: CurlResult) {
        switch result {
        case .response(let response): answers[response.status, default: 0] += 1
        case .failure(let failure): failures[failure.kind.rawValue, default: 0] += 1
        }
    }

    mutating func count(_ settled: ExportOutbox.Settled) {
        if settled.isBacklog {
            backlog.accepted += settled.accepted
            backlog.rejected += settled.rejected
        } else {
            own.accepted += settled.accepted
            own.rejected += settled.rejected
        }
    }
}

/// How it stands with the spans when a process ends.
package struct ExportSummary: Hashable, Sendable, CustomStringConvertible {
    package var statistics: ExportStatistics
    /// As it may be shown.
    package var endpoint: String

    package init(_ statistics: ExportStatistics, endpoint: String) {
        self.statistics = statistics
        self.endpoint = endpoint
    }

    /// Nothing of this process's runs is left to send.
    package var isComplete: Bool { statistics.isDrained }

    /// One line for a person: `31 accepted by http://…`, or why the rest is `queued: …`.
    package var description: String {
        text(of: statistics.own, isDrained: statistics.isDrained)
    }

    /// The same of the runs that other processes left.
    package var backlogDescription: String {
        guard !statistics.isBacklogElsewhere else {
            return "another process is sending what is unsent"
        }
        return text(of: statistics.backlog, isDrained: statistics.isBacklogDrained)
    }

    private func text(of spans: ExportStatistics.Spans, isDrained: Bool) -> String {
        let refused = spans.rejected > 0 ? ", \(spans.rejected) rejected" : ""
        let accepted = "\(spans.accepted) accepted by \(endpoint)\(refused)"
        if isDrained { return accepted }
        let why = statistics.problem.map(String.init(describing:)) ?? "no time left to send them"
        return (spans.accepted > 0 ? "\(accepted); the rest " : "") + "queued: \(why)"
    }
}
