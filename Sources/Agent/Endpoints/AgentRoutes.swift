package import Transport

/// Every route of an agent, in one table.
package struct AgentRoutes: Sendable {
    private let router: HTTPRouter
    private let hosts: HostAllowList
    let health: HealthEndpoint

    /// - Parameters:
    ///   - desk: What they work with.
    ///   - metrics: What `/metrics` shows.
    ///   - addresses: Where the agent listens.
    ///   - retention: Deletes what is too much.
    ///   - log: Weir's own; `nil`: none is written.
    init(
        _ desk: AgentDesk,
        _ metrics: AgentMetrics,
        listening addresses: [SocketAddress],
        _ retention: AgentRetention,
        _ log: AgentLog? = nil
    ) {
        hosts = HostAllowList(listening: addresses)
        health = HealthEndpoint(desk)
        router = HTTPRouter(
            health.routes + MetricsEndpoint(desk, metrics, health).routes
                + DebugEndpoint(desk, health).routes + PipelinesEndpoint(desk: desk).routes
                + RunsEndpoint(desk: desk).routes + GcEndpoint(desk, retention).routes
                + StepLogsEndpoint(desk: desk).routes + RunRecordEndpoint(desk: desk).routes
                + (log.map { LogLevelEndpoint(log: $0, token: desk.token).routes } ?? [])
        )
    }

    /// Never waits: what may have to is answered later, from another thread.
    package func reply(to request: HTTPRequest) -> HTTPReply {
        hosts.refusal(of: request).map(HTTPReply.now) ?? router.reply(to: request)
    }
}
