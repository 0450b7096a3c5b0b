import Pipeline
import Synchronization
import Telemetry
import Transport

/// How long answers took, by what they answered.
///
/// Children are kept: looking one up by its labels takes as long as all else about a small answer.
final class ExchangeMeters: Sendable {
    private struct Kind: Hashable {
        var route: String?
        var method: HTTPMethod?
        var status: Int
    }

    private let registry: MetricRegistry
    /// As many as there are routes, methods and statuses: none of them comes from outside.
    private let known = Mutex<[Kind: HistogramChild]>([:])

    init(_ registry: MetricRegistry) {
        self.registry = registry
    }

    func observe(_ exchange: HTTPExchange) {
        let kind = Kind(
            route: exchange.route,
            method: exchange.request?.method,
            status: exchange.status
        )
        let child = known.withLock { known in
            if let child = known[kind] { return child }
            let new = self.child(of: kind)
            known[kind] = new
            return new
        }
        child.observe(nanoseconds: exchange.duration.wholeNanoseconds)
    }

    private func child(of kind: Kind) -> HistogramChild {
        let labels = [kind.route ?? "none", kind.method?.rawValue ?? "none", String(kind.status)]
        return registry.histogram(MetricCatalog.httpRequestDuration, labels)
    }
}
