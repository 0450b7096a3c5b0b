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
    private let metrics: AgentMetrics
    private let lock: FileLock
    private let drainage: Drainage
    private let log: AgentLog?

    /// Where it listens, the CLI's own socket included, with the ports that the system chose.
    package var addresses: [SocketAddress] { server.addresses }

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
        let watch = Watch(metrics: metrics, spans: try SpanWatch(metrics.registry), log: log)
        desk = AgentDesk(
            host: try Self.makeHost(setting, in: state, children, pipelines, watch, work, tell),
            state: state,
            pipelines: pipelines,
            token: token,
            environment: setting.environment,
            work: work,
            reading: try WorkThread("weir-read"),
            // Before anybody can ask: a request that is sent again must not begin a second run.
            requests: try RequestIndex(of: state, at: RunClock.wallNow),
            spans: watch.spans,
            newID: newID
        )
        let retention = AgentRetention(limits, in: state, metrics, on: desk.reading, log: log)
        let own = SocketAddress("unix:\(state.agentSocketPath)").map { [$0] } ?? []
        // Before anything is taken up: who cannot listen must not begin to run.
        (server, health) = try Self.listen(addresses + own, inherited, desk, watch, retention)
        log?.tellStart(of: desk, listening: server.addresses, metrics)
        notices = try Self.remarks(metrics, own.isEmpty, state) + Self.takeUp(desk.host)
        Self.beginChores(of: desk, retention, log)
    }

    private static func listen(
        _ addresses: [SocketAddress],
        _ inherited: [InheritedSocket],
        _ desk: AgentDesk,
        _ watch: Watch,
        _ retention: AgentRetention
    ) throws(SystemError) -> (HTTPServer, HealthEndpoint) {
        let all = inherited.map(\.address) + addresses
        let routes = AgentRoutes(desk, watch.metrics, listening: all, retention, watch.log)
        let server = try HTTPServer(
            listen: addresses,
            inherited: inherited,
            onExchange: watch.metrics.observe
        ) {
            routes.reply(to: $0)
        }
        desk.serve { [weak server] in server?.statistics ?? HTTPServerStatistics() }
        return (server, routes.health)
    }

    private static func beginChores(
        of desk: AgentDesk,
        _ retention: AgentRetention,
        _ log: AgentLog?
    ) {
        desk.reading.repeats(every: choreInterval) { [host = desk.host] in
            for (run, pipeline, fault) in (try? host.endAbandoned()) ?? [] {
                log?.tellAbandoned(run, pipeline, fault)
            }
            retention.apply()
        }
        _ = desk.reading.submit { retention.apply() }
    }

    /// The only wake-up of an agent that has nothing to do.
    private static let choreInterval = Duration.seconds(3_600)

    private static func makeHost(
        _ setting: RunSetting,
        in state: StateFolder,
        _ children: ChildRegistry,
        _ pipelines: PipelineFolder,
        _ watch: Watch,
        _ work: WorkThread,
        _ tell: @escaping @Sendable (String) -> Void
    ) throws -> RunHost {
        try RunHost(
            setting,
            in: state,
            children: children,
            policies: pipelines.flow,
            observers: watch.listeners,
            schedule: { [weak work] in work?.submit(after: $0, $1) },
            onEnd: { watch.metrics.show($1, of: $0) },
            tell: tell
        )
    }

    /// With what the journals tell beyond the totals, before any run goes on.
    private static func makeMetrics(
        of pipelines: PipelineFolder,
        in state: StateFolder,
        _ work: WorkThread,
        _ token: AgentToken,
        _ setting: RunSetting
    ) throws(StateError) -> AgentMetrics {
        // Whoever deletes runs is done with the totals then, or sees that there is an agent now.
        _ = try FileLock.take(state.totalsLockPath, wait: .seconds(60))
        let shown = ShownTotals(of: token, setting.environment)
        let metrics = AgentMetrics(in: state, work: work, shown: shown)
        try metrics.absorb()
        metrics.declare(pipelines)
        return metrics
    }

    private static func remarks(
        _ metrics: AgentMetrics,
        _ isTooLong: Bool,
        _ state: StateFolder
    ) -> [String] {
        let socket =
            "\(state.agentSocketPath) is too long a path for a socket: `weir start` cannot reach this "
            + "agent"
        return [metrics.notice, isTooLong ? socket : nil].compactMap(\.self)
    }

    /// Goes on with what a crash interrupted, or ends it; what came of it, in words.
    private static func takeUp(_ host: RunHost) throws(StateError) -> [String] {
        let (resumed, faults) = try host.resumeInterrupted()
        let abandoned = try host.endAbandoned()
        return resumed.map { "run \($0.id) (\($0.pipeline)) goes on" }
            + faults.map { "run \($0.run) cannot go on: \($0.why)" }
            + abandoned.map { run, pipeline, fault in
                let name = "run \(run) (\(pipeline))"
                return fault.map { "\(name), left for a day, cannot be ended: \($0)" }
                    ?? "\(name) was left for a day, and is ended as agent_crash"
            }
    }

    /// Starts nothing more, and lets what runs end.
    ///
    /// - Parameter finished: Called, on another thread, when nothing runs any more and all is
    ///   durable.
    package func drain(then finished: @escaping @Sendable () -> Void) {
        desk.drain()
        log?.write(.info, "draining") { $0.with("runs", desk.host.active.count) }
        drainage.begin { [desk, metrics] in
            if let last = desk.host.stop() { metrics.take(last.statistics) }
            if let receiver = desk.host.services.receiver { metrics.take(receiver.statistics) }
            finished()
        }
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

/// The end of all runs, waited for on a thread that is there from the start: one that must not be
/// missing at the end is not asked for then.
private final class Drainage: Sendable {
    private final class Order: Sendable {
        let arrived: EventDescriptor
        let body = Mutex<(@Sendable () -> Void)?>(nil)

        init(_ arrived: EventDescriptor) {
            self.arrived = arrived
        }
    }

    private let order: Order
    private let thread: NamedThread

    init() throws(SystemError) {
        guard let arrived = EventDescriptor() else { throw SystemError("eventfd") }
        let order = Order(arrived)
        self.order = order
        thread = try NamedThread("weir-drain") {
            _ = order.arrived.wait(atMost: nil)
            order.body.withLock { $0 }?()
        }
    }

    /// Does `body`, once: further calls mean nothing.
    func begin(_ body: @escaping @Sendable () -> Void) {
        order.body.withLock { $0 = $0 ?? body }
        order.arrived.signal()
    }

    /// Waits until what was begun is done; call it once.
    func wait() {
        order.arrived.signal()
        thread.join()
    }
}

/// Who hears of every run of an agent.
private struct Watch: Sendable {
    let metrics: AgentMetrics
    let spans: SpanWatch
    let log: AgentLog?

    func listeners(of run: RunID) -> [any RunListener] {
        let own: [any RunListener] = log.map { [RunLogListener($0, of: run)] } ?? []
        return [metrics.listener(of: run), spans.listener(of: run)] + own
    }
}
