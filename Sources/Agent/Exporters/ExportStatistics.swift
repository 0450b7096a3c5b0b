package import Pipeline
package import Telemetry
import Transport

/// What the exporter has done so far for one signal, and what it has still to do: counts for
/// metrics.
package struct ExportStatistics: Hashable, Sendable {
    /// Spans, data points or log records.
    package struct Items: Hashable, Sendable {
        /// The collector took them.
        package var accepted = 0
        /// The collector refused them for good, or no request could hold them.
        package var rejected = 0
        /// Read and not settled; there may be more behind them, in journals.
        package var queued = 0
    }

    /// Of the runs of this process.
    package var own = Items()
    /// Of runs that other processes left.
    package var backlog = Items()
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

/// How it stands with everything when a process ends.
package struct ExportSummary: Hashable, Sendable, CustomStringConvertible {
    package var statistics: [OTLPSignal: ExportStatistics]
    /// As they may be shown.
    package var endpoints: [OTLPSignal: String]

    package init(
        _ statistics: [OTLPSignal: ExportStatistics],
        endpoints: [OTLPSignal: String]
    ) {
        self.statistics = statistics
        self.endpoints = endpoints
    }

    package subscript(_ signal: OTLPSignal) -> ExportStatistics {
        statistics[signal] ?? ExportStatistics()
    }

    /// Nothing of this process's runs is left to send.
    package var isComplete: Bool { statistics.values.allSatisfy(\.isDrained) }

    /// Nothing of any run is left to send.
    package var isBacklogComplete: Bool { statistics.values.allSatisfy(\.isBacklogDrained) }

    /// One line for a person: `31 accepted by http://…`, or why the rest is `queued: …`; of what
    /// children sent besides spans, only what there was.
    package var description: String {
        text { ($0.own, $0.isDrained) }
    }

    /// The same of the runs that other processes left.
    package var backlogDescription: String {
        guard !statistics.values.contains(where: \.isBacklogElsewhere) else {
            return "another process is sending what is unsent"
        }
        return text { ($0.backlog, $0.isBacklogDrained) }
    }

    private func text(
        _ part: (ExportStatistics) -> (ExportStatistics.Items, isDrained: Bool)
    ) -> String {
        OTLPSignal.allCases.compactMap { signal -> String? in
            guard let statistics = statistics[signal] else { return nil }
            let (items, isDrained) = part(statistics)
            if signal == .traces { return text(of: items, isDrained, signal, statistics) }
            guard items != ExportStatistics.Items() || !isDrained else { return nil }
            return signal.items + " " + text(of: items, isDrained, signal, statistics)
        }.joined(separator: "; ")
    }

    private func text(
        of items: ExportStatistics.Items,
        _ isDrained: Bool,
        _ signal: OTLPSignal,
        _ statistics: ExportStatistics
    ) -> String {
        let refused = items.rejected > 0 ? ", \(items.rejected) rejected" : ""
        let accepted = "\(items.accepted) accepted by \(endpoints[signal] ?? "nobody")\(refused)"
        if isDrained { return accepted }
        let why = statistics.problem.map(String.init(describing:)) ?? "no time left to send them"
        return (items.accepted > 0 ? "\(accepted); the rest " : "") + "queued: \(why)"
    }
}

extension OTLPSignal {
    /// What its items are called.
    var items: String {
        switch self {
        case .traces: "spans"
        case .metrics: "metric points"
        case .logs: "log records"
        }
    }
}
