import Synchronization
import Telemetry

/// Carries what the exporter counts, from 0 at its start, over into counters that go on from where
/// the last process stopped.
final class ExportMeters: Sendable {
    private let registry: MetricRegistry
    /// What is in the counters of this process's exporter, by counter.
    private let taken = Mutex<[MetricLabels: Int]>([:])

    private struct MetricLabels: Hashable {
        var metric: MetricDefinition
        var last: String
    }

    init(_ registry: MetricRegistry) {
        self.registry = registry
    }

    /// Takes over what was counted since the last call; what is older than that changes nothing.
    func take(_ statistics: ExportStatistics) {
        let (own, backlog) = (statistics.own, statistics.backlog)
        raise(MetricCatalog.otlpItems, "sent", to: own.accepted + backlog.accepted)
        raise(MetricCatalog.otlpItems, "rejected", to: own.rejected + backlog.rejected)
        for (status, count) in statistics.answers {
            raise(MetricCatalog.otlpRequests, String(status), to: count)
        }
        let unanswered = statistics.failures.values.reduce(0, +)
        raise(MetricCatalog.otlpRequests, "0", to: unanswered)
        registry.gauge(MetricCatalog.otlpBacklog).set(Double(own.queued + backlog.queued))
        let oldest = registry.gauge(MetricCatalog.otlpBacklogOldest)
        if let instant = statistics.oldestQueued { oldest.set(instant) } else { oldest.clear() }
    }

    private func raise(_ metric: MetricDefinition, _ last: String, to count: Int) {
        let key = MetricLabels(metric: metric, last: last)
        let new = taken.withLock { taken in
            let known = taken[key] ?? 0
            taken[key] = max(known, count)
            return max(0, count - known)
        }
        registry.counter(metric, ["traces", last]).add(UInt64(new))
    }
}
