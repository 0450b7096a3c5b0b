import Pipeline
import Synchronization
import Telemetry
import Transport

/// The parts of an agent, in the order in which they come to be.
extension AgentProcess {
    static func listen(
        _ addresses: [SocketAddress],
        _ inherited: [InheritedSocket],
        _ desk: AgentDesk,
        _ watch: AgentWatch,
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

    static func makeDesk(
        _ host: RunHost,
        _ state: StateFolder,
        _ pipelines: PipelineFolder,
        _ token: AgentToken,
        _ environment: [String: String],
        _ work: WorkThread,
        _ watch: AgentWatch,
        _ newID: @escaping @Sendable () -> RunID
    ) throws -> AgentDesk {
        AgentDesk(
            host: host,
            state: state,
            pipelines: pipelines,
            token: token,
            environment: environment,
            work: work,
            reading: try WorkThread("weir-read"),
            // Before anybody can ask: a request that is sent again must not begin a second run.
            requests: try RequestIndex(of: state, at: RunClock.wallNow),
            spans: watch.spans,
            newID: newID
        )
    }

    static func beginChores(
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

    static func makeHost(
        _ setting: RunSetting,
        in state: StateFolder,
        _ children: ChildRegistry,
        _ pipelines: PipelineFolder,
        _ watch: AgentWatch,
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
            onFree: { watch.ends.tell($0) },
            tell: tell
        )
    }

    /// With what the journals tell beyond the totals, before any run goes on.
    static func makeMetrics(
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
        metrics.showReload(isGood: pipelines.faults.isEmpty)
        return metrics
    }

    static func remarks(
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
    static func takeUp(_ host: RunHost) throws(StateError) -> [String] {
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
}

/// Who hears of every run of an agent.
struct AgentWatch: Sendable {
    let metrics: AgentMetrics
    let spans: SpanWatch
    let log: AgentLog?
    let ends = RunEnds()

    func listeners(of run: RunID) -> [any RunListener] {
        let own: [any RunListener] = log.map { [RunLogListener($0, of: run)] } ?? []
        return [metrics.listener(of: run), spans.listener(of: run)] + own
    }
}

/// Tells the scheduler, which comes later than the host, of runs that are over.
final class RunEnds: Sendable {
    private let scheduler = Mutex<Scheduler?>(nil)

    func begin(_ scheduler: Scheduler) { self.scheduler.withLock { $0 = scheduler } }

    func tell(_ pipeline: String) { scheduler.withLock { $0 }?.runEnded(of: pipeline) }
}
