import Synchronization
package import Telemetry

/// What was received so far: counts for metrics, which only grow.
package struct ReceiverStatistics: Hashable, Sendable {
    package struct Signal: Hashable, Sendable {
        /// Kept to be sent on.
        package var bodies = 0
        package var items = 0
        /// Refused for want of room, of a disk or of time; an SDK may have sent them again.
        package var droppedItems = 0
    }

    /// Of each signal that something came of.
    package var signals: [OTLPSignal: Signal] = [:]

    package init() {}
}

/// Counted by several threads.
final class ReceiverCounts: Sendable {
    private let statistics = Mutex(ReceiverStatistics())

    var snapshot: ReceiverStatistics { statistics.withLock { $0 } }

    func count(_ body: ReceivedBody, _ outcome: Result<Void, ReceivedRefusal>) {
        statistics.withLock { statistics in
            var signal = statistics.signals[body.signal] ?? ReceiverStatistics.Signal()
            switch outcome {
            case .success:
                signal.bodies += 1
                signal.items += body.items
            // The run is over: nobody has lost what nobody was to have.
            case .failure(.closed): break
            case .failure: signal.droppedItems += body.items
            }
            statistics.signals[body.signal] = signal
        }
    }
}
