package import Pipeline
import Synchronization
package import Transport

/// A whole agent: what it serves, runs and answers, from start to end.
package final class AgentProcess: Sendable {
    package let desk: AgentDesk
    /// What could not be taken up again, for people.
    package let notices: [String]
    private let server: HTTPServer
    private let metrics: AgentMetrics
    private let lock: FileLock
    private let ending = Mutex<NamedThread?>(nil)

    /// Where it listens, the CLI's own socket included, with the ports that the system chose.
    package var addresses: [SocketAddress] { server.addresses }

    /// Takes the state folder, takes up what was interrupted, and listens.
    ///
    /// - Parameters:
    ///   - setting: What runs get of this process.
    ///   - state: The folder; no other agent may have it.
    ///   - pipelines: What may be started.
    ///   - addresses: Where it listens, beside `<state>/agent.sock`.
    ///   - newID: Draws the id of a run.
    /// - Throws: `StateError.locked` with the pid of the other agent; `SystemError` for an address
    ///   that cannot be had; what the system has none of.
    package init(
        _ setting: RunSetting,
        in state: StateFolder,
        pipelines: PipelineFolder,
        listen addresses: [SocketAddress],
        newID: @escaping @Sendable () -> RunID
    ) throws {
        try state.prepare()
        lock = try state.takeAgentLock()
        let work = try WorkThread("weir-work")
        let token = try AgentToken(in: state)
        let shown = ShownTotals(of: token, setting.environment)
        let metrics = AgentMetrics(in: state, work: work, shown: shown)
        self.metrics = metrics
        try metrics.absorb()
        metrics.declare(pipelines)
        let host = try RunHost(setting, in: state) { [metrics.listener(of: $0)] }
        desk = AgentDesk(
            host: host,
            state: state,
            pipelines: pipelines,
            token: token,
            environment: setting.environment,
            work: work,
            newID: newID
        )
        let routes = AgentRoutes(desk, metrics)
        let own = SocketAddress("unix:\(state.agentSocketPath)").map { [$0] } ?? []
        // Before anything is taken up: who cannot listen must not begin to run.
        server = try HTTPServer(listen: addresses + own) { exchange in
            metrics.observe(exchange)
        } handler: { request in
            routes.reply(to: request)
        }
        notices =
            try [metrics.notice, own.isEmpty ? Self.longPath(state) : nil].compactMap(\.self)
            + Self.takeUp(host)
    }

    private static func longPath(_ state: StateFolder) -> String {
        "\(state.agentSocketPath) is too long a path for a socket: `weir start` cannot reach this agent"
    }

    /// Goes on with what a crash interrupted; what came of it, in words.
    private static func takeUp(_ host: RunHost) throws(StateError) -> [String] {
        let (resumed, faults) = try host.resumeInterrupted()
        return resumed.map { "run \($0.id) (\($0.pipeline)) goes on" }
            + faults.map { "run \($0.run) cannot go on: \($0.why)" }
    }

    /// Starts nothing more, and lets what runs end.
    ///
    /// - Parameter finished: Called, on another thread, when nothing runs any more and all is
    ///   durable.
    package func drain(then finished: @escaping @Sendable () -> Void) {
        desk.drain()
        ending.withLock { ending in
            guard ending == nil else { return }
            ending = NamedThread("weir-drain") { [desk, metrics] in
                if let last = desk.host.stop() { metrics.take(last.statistics) }
                finished()
            }
        }
    }

    /// Asks every run to end: at once when `isForced`.
    package func cancelRuns(by: String, isForced: Bool) {
        desk.host.cancelAll(by: by, isForced: isForced)
    }

    /// Answers what is still asked, and listens no more; after `drain` has finished.
    ///
    /// - Throws: `JournalError` when the counters could not be kept: the journals still have them.
    package func stop() throws {
        defer { desk.work.stop() }
        _ = server.stop(within: .seconds(2))
        ending.withLock { $0 }?.join()
        try metrics.save(atEnd: true)
    }
}
