package import Transport

/// Every route of an agent, in one table.
package struct AgentRoutes: Sendable {
    private let router: HTTPRouter

    package init(_ desk: AgentDesk, _ metrics: AgentMetrics) {
        let health = HealthEndpoint(desk)
        router = HTTPRouter(
            health.routes + MetricsEndpoint(desk, metrics, health).routes
                + DebugEndpoint(desk, health).routes + PipelinesEndpoint(desk: desk).routes
                + RunsEndpoint(desk: desk).routes
        )
    }

    /// Never waits: what may have to is answered later, from another thread.
    package func reply(to request: HTTPRequest) -> HTTPReply {
        router.reply(to: request)
    }
}
