import Telemetry
import Testing

@testable import Agent
@testable import Transport

struct ExchangeMetersTests {
    @Test func `counts every route, method and status by itself, whatever came before`() {
        let registry = MetricRegistry([MetricCatalog.httpRequestDuration])
        let meters = ExchangeMeters(registry)
        let kinds: [(route: String?, method: HTTPMethod?, status: Int)] = [
            ("/metrics", .get, 200), ("/metrics", .head, 200), ("/healthz", .get, 200),
            ("/metrics", .get, 503), (nil, .get, 404), (nil, nil, 400),
        ]
        // Each kind once more often than the one before, and not in a row.
        for round in kinds.indices {
            for kind in kinds[round...] {
                meters.observe(exchange(kind.route, kind.method, kind.status))
            }
        }
        for (index, kind) in kinds.enumerated() {
            let labels = [
                kind.route ?? "none", kind.method?.rawValue ?? "none", String(kind.status),
            ]
            let snapshot = registry.histogram(MetricCatalog.httpRequestDuration, labels).snapshot
            #expect(snapshot.count == UInt64(index + 1), "\(labels)")
            #expect(snapshot.sum == UInt64(index + 1) * 3_000_000, "\(labels)")
        }
    }

    private func exchange(_ route: String?, _ method: HTTPMethod?, _ status: Int) -> HTTPExchange {
        HTTPExchange(
            request: method.map { HTTPRequest(method: $0, target: .asterisk) },
            route: route,
            status: status,
            duration: .milliseconds(3)
        )
    }
}
