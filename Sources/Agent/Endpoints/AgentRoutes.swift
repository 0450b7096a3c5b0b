package import Transport

/// Every route of an agent, in one table.
package struct AgentRoutes: Sendable {
    private let router: HTTPRouter

    package init(_ desk: AgentDesk) {
        router = HTTPRouter(
            HealthEndpoint(desk).routes + PipelinesEndpoint(desk: desk).routes
                + RunsEndpoint(desk: desk).routes
        )
    }

    /// Never waits: what may have to is answered later, from another thread.
    package func reply(to request: HTTPRequest) -> HTTPReply {
        router.reply(to: request)
    }
}
