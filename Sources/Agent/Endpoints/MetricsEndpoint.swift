import Pipeline
import Synchronization
import Telemetry
import Transport

/// `/metrics`: text 0.0.4, written from memory on the endpoint's own thread (G5).
final class MetricsEndpoint: Sendable {
    private let desk: AgentDesk
    private let metrics: AgentMetrics
    private let health: HealthEndpoint
    /// Its memory is used again from scrape to scrape.
    private let buffer = Mutex<[UInt8]>([])

    init(_ desk: AgentDesk, _ metrics: AgentMetrics, _ health: HealthEndpoint) {
        self.desk = desk
        self.metrics = metrics
        self.health = health
    }

    var routes: [HTTPRoute] {
        [HTTPRoute(.get, "/metrics") { [self] _, _ in .now(scrape()) }]
    }

    private func scrape() -> HTTPResponse {
        let start = ContinuousClock.now
        refresh()
        let text = buffer.withLock { buffer in
            metrics.registry.render(into: &buffer)
            return buffer
        }
        metrics.keepShown()
        metrics.registry.histogram(MetricCatalog.scrapeDuration)
            .observe(nanoseconds: (ContinuousClock.now - start).wholeNanoseconds)
        return HTTPResponse(contentType: MetricText.contentType, body: text)
    }

    /// What is not counted when it happens is read now.
    private func refresh() {
        let registry = metrics.registry
        ProcessMetrics.refresh(registry)
        for check in health.readiness() {
            registry.gauge(MetricCatalog.ready, [check.name]).set(check.fault == nil ? 1 : 0)
        }
        for (loop, lag) in health.lags {
            registry.gauge(MetricCatalog.loopLag, [loop]).set(lag / .seconds(1))
        }
        var busy = 0
        var places = 0
        for run in desk.host.active {
            let workers = run.workers
            busy += workers.busy
            places += workers.places
        }
        registry.gauge(MetricCatalog.workers, ["busy"]).set(Double(busy))
        registry.gauge(MetricCatalog.workers, ["available"]).set(Double(max(0, places - busy)))
        refresh(desk.host.services.flow.standing)
        if let statistics = desk.host.services.exporter?.statistics { metrics.take(statistics) }
        if let receiver = desk.host.services.receiver { metrics.take(receiver.statistics) }
    }

    private func refresh(_ flow: FlowStanding) {
        let registry = metrics.registry
        for (name, pool) in flow.pools {
            registry.gauge(MetricCatalog.poolSize, [name]).set(Double(pool.size))
            registry.gauge(MetricCatalog.poolInUse, [name]).set(Double(pool.used))
            registry.gauge(MetricCatalog.poolWaiting, [name]).set(Double(pool.waiting))
        }
        for (name, state) in flow.breakers {
            for other in BreakerState.allCases {
                registry.gauge(MetricCatalog.breakerState, [name, other.rawValue])
                    .set(other == state ? 1 : 0)
            }
        }
    }
}
