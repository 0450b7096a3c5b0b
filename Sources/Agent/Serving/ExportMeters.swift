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
        var values: [String]
    }

    init(_ registry: MetricRegistry) {
        self.registry = registry
    }

    /// Takes over what was counted since the last call; what is older than that changes nothing.
    func take(_ statistics: [OTLPSignal: ExportStatistics]) {
        for (signal, lane) in statistics {
            let name = signal.rawValue
            let (own, backlog) = (lane.own, lane.backlog)
            raise(MetricCatalog.otlpItems, [name, "sent"], to: own.accepted + backlog.accepted)
            raise(MetricCatalog.otlpItems, [name, "rejected"], to: own.rejected + backlog.rejected)
            for (status, count) in lane.answers {
                raise(MetricCatalog.otlpRequests, [name, String(status)], to: count)
            }
            let unanswered = lane.failures.values.reduce(0, +)
            raise(MetricCatalog.otlpRequests, [name, "0"], to: unanswered)
        }
        let queued = statistics.values.reduce(0) { $0 + $1.own.queued + $1.backlog.queued }
        registry.gauge(MetricCatalog.otlpBacklog).set(Double(queued))
        let oldest = registry.gauge(MetricCatalog.otlpBacklogOldest)
        let instant = statistics.values.compactMap(\.oldestQueued).min()
        if let instant { oldest.set(instant) } else { oldest.clear() }
    }

    private func raise(_ metric: MetricDefinition, _ values: [String], to count: Int) {
        let key = MetricLabels(metric: metric, values: values)
        let new = taken.withLock { taken in
            let known = taken[key] ?? 0
            taken[key] = max(known, count)
            return max(0, count - known)
        }
        registry.counter(metric, values).add(UInt64(new))
    }
}
