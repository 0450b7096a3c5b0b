package import Pipeline
import Synchronization
import Telemetry
package import Transport

/// A whole agent: what it serves, runs and answers, from start to end.
package final class AgentProcess: Sendable {
    package let desk: AgentDesk
    /// What could not be taken up again, for people.
    package let notices: [String]
    let server: HTTPServer
    let health: HealthEndpoint
    private let schedules: AgentSchedules
    private let metrics: AgentMetrics
    private let lock: FileLock
    private let drainage: Drainage
    private let log: AgentLog?

    /// Where it listens, the CLI's own socket included, with the ports that the system chose.
    package var addresses: [SocketAddress] { server.addresses }
    /// Begins runs by themselves.
    package var scheduler: Scheduler { schedules.scheduler }
    /// Reads the pipeline files anew.
    package var reload: PipelineReload { schedules.reload }

    /// Takes the state folder, takes up what was interrupted, and listens.
    ///
    /// - Parameters:
    ///   - setting: What runs get of this process.
    ///   - state: The folder; no other agent may have it.
    ///   - pipelines: What may be started.
    ///   - addresses: Where it listens, beside `<state>/agent.sock`.
    ///   - inherited: Sockets that listen already, and are served as well.
    ///   - limits: How much it keeps of what has run.
    ///   - children: Of the whole process.
    ///   - log: Weir's own.
    ///   - newID: Draws the id of a run.
    ///   - tell: Told what a person should know, whenever it happens.
    /// - Throws: `StateError.locked` with the pid of the other agent; `SystemError` for an address
    ///   that cannot be had; what the system has none of.
    package init(
        _ setting: RunSetting,
        in state: StateFolder,
        pipelines: PipelineFolder,
        listen addresses: [SocketAddress],
        inherited: [InheritedSocket] = [],
        keeping limits: RetentionLimits = .standard,
        children: ChildRegistry = ChildRegistry(),
        log: AgentLog? = nil,
        newID: @escaping @Sendable () -> RunID,
        tell: @escaping @Sendable (String) -> Void = { _ in }
    ) throws {
        try state.prepare()
        (self.log, lock) = (log, try state.takeAgentLock())
        let work = try WorkThread("weir-work")
        drainage = try Drainage()
        let token = try AgentToken(in: state)
        metrics = try Self.makeMetrics(of: pipelines, in: state, work, token, setting)
        let watch = AgentWatch(metrics: metrics, spans: try SpanWatch(metrics.registry), log: log)
        desk = try Self.makeDesk(
            try Self.makeHost(setting, in: state, children, pipelines, watch, work, tell),
            state,
            pipelines,
            token,
            setting.environment,
            work,
            watch,
            newID
        )
        let retention = AgentRetention(limits, in: state, metrics, on: desk.reading, log: log)
        let own = SocketAddress("unix:\(state.agentSocketPath)").map { [$0] } ?? []
        // Before anything is taken up: who cannot listen must not begin to run.
        (server, health) = try Self.listen(addresses + own, inherited, desk, watch, retention)
        log?.tellStart(of: desk, listening: server.addresses, metrics)
        let takenUp = try Self.takeUp(desk.host)
        // After that: what goes on is in the way of what is due.
        schedules = try AgentSchedules(desk, metrics, pipelines, health, watch, newID)
        notices = Self.remarks(metrics, own.isEmpty, state) + takenUp + schedules.notices
        Self.beginChores(of: desk, retention, log)
    }

    /// Starts nothing more, and lets what runs end.
    ///
    /// - Parameter finished: Called, on another thread, when nothing runs any more and all is
    ///   durable.
    package func drain(then finished: @escaping @Sendable () -> Void) {
        desk.drain()
        log?.write(.info, "draining") { $0.with("runs", desk.host.active.count) }
        drainage.begin { [desk, metrics, schedules] in
            schedules.stop()
            if let last = desk.host.stop() { metrics.take(last.statistics) }
            if let receiver = desk.host.services.receiver { metrics.take(receiver.statistics) }
            finished()
        }
    }

    /// Leaves what runs to the next start, with so long for it to end.
    package func interruptRuns(grace: Duration) {
        log?.write(.info, "leaving runs to the next start") {
            $0.with("runs", desk.host.active.count)
        }
        desk.host.interruptAll(grace: grace)
    }

    /// Asks every run to end: at once when `isForced`.
    package func cancelRuns(by: String, isForced: Bool) {
        desk.host.cancelAll(by: by, isForced: isForced)
    }

    /// Answers what is still asked, and listens no more; after `drain` has finished.
    ///
    /// - Throws: `StateError` when the counters could not be kept: the journals still have them.
    package func stop() throws {
        defer { desk.work.stop() }
        _ = server.stop(within: .seconds(2))
        drainage.wait()
        // Before the last save: what deletes runs saves as well, and not all that an end does.
        desk.reading.stop()
        desk.spans.stop()
        try metrics.save(atEnd: true)
        log?.write(.info, "stopped")
    }
}
