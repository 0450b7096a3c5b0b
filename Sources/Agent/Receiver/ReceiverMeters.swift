import Synchronization
import Telemetry

/// Carries over what the receiver had no room for, from 0 at its start, into a counter that goes on
/// from where the last process stopped.
final class ReceiverMeters: Sendable {
    private let registry: MetricRegistry
    /// What of this process is in the counter.
    private let taken = Mutex<[OTLPSignal: Int]>([:])

    init(_ registry: MetricRegistry) {
        self.registry = registry
    }

    /// Takes over what was counted since the last call; what is older than that changes nothing.
    func take(_ statistics: ReceiverStatistics) {
        for (signal, counts) in statistics.signals {
            let new = taken.withLock { taken in
                let known = taken[signal] ?? 0
                taken[signal] = max(known, counts.droppedItems)
                return max(0, counts.droppedItems - known)
            }
            guard new > 0 else { continue }
            registry.counter(MetricCatalog.otlpItems, [signal.rawValue, "dropped"])
                .add(UInt64(new))
        }
    }
}
