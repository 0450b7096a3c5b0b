import Pipeline
import Synchronization
import Transport

/// What the endpoints of one agent work with.
package final class AgentDesk: Sendable {
    package let host: RunHost
    package let state: StateFolder
    package let token: AgentToken
    /// Where secrets of runs are found.
    let environment: [String: String]
    let work: WorkThread
    let reading: WorkThread
    let requests: RequestIndex
    /// What `/debug/spans` shows.
    let spans: SpanWatch
    private let served: Mutex<PipelineFolder>
    private let scheduled = Mutex<(@Sendable () -> Scheduler.Standing)?>(nil)
    private let draining = Mutex(false)
    private let server = Mutex<(@Sendable () -> HTTPServerStatistics)?>(nil)
    private let newID: @Sendable () -> RunID

    /// - Parameters:
    ///   - host: Runs what is started.
    ///   - state: Where it is remembered.
    ///   - pipelines: What may be started.
    ///   - token: What allows changes.
    ///   - environment: The agent's own.
    ///   - work: Does what changes something, and may have to wait for a disk.
    ///   - reading: Does what only looks: nobody who wants a change waits for it.
    ///   - requests: Which runs answer which requests.
    ///   - spans: Told of the host's runs.
    ///   - newID: Draws the id of a run.
    init(
        host: RunHost,
        state: StateFolder,
        pipelines: PipelineFolder,
        token: AgentToken,
        environment: [String: String],
        work: WorkThread,
        reading: WorkThread,
        requests: RequestIndex,
        spans: SpanWatch,
        newID: @escaping @Sendable () -> RunID
    ) {
        self.host = host
        self.state = state
        self.token = token
        self.environment = environment
        self.work = work
        self.reading = reading
        self.requests = requests
        self.spans = spans
        self.newID = newID
        served = Mutex(pipelines)
    }

    package var pipelines: PipelineFolder { served.withLock { $0 } }

    /// Other pipelines may be started from now on.
    func serve(_ pipelines: PipelineFolder) { served.withLock { $0 = pipelines } }

    /// How the schedules stand.
    var schedules: Scheduler.Standing { scheduled.withLock { $0 }?() ?? Scheduler.Standing() }

    /// Tells where to ask for `schedules`.
    func schedule(by standing: @escaping @Sendable () -> Scheduler.Standing) {
        scheduled.withLock { $0 = standing }
    }

    /// Whether the agent is on its way out: nothing new is started then.
    package var isDraining: Bool { draining.withLock { $0 } }

    package func drain() {
        draining.withLock { $0 = true }
    }

    func drawID() -> RunID { newID() }

    /// What the server has seen, which is there only once its routes are.
    var connections: HTTPServerStatistics {
        server.withLock { $0 }?() ?? HTTPServerStatistics()
    }

    /// Tells where to ask for `connections`.
    func serve(by statistics: @escaping @Sendable () -> HTTPServerStatistics) {
        server.withLock { $0 = statistics }
    }

    /// Has `piece` done, which changes something, where a disk may be waited for.
    func later(_ piece: @escaping @Sendable () -> HTTPResponse) -> HTTPReply {
        later(on: work, piece)
    }

    /// Has `piece` done, which only looks, where a disk may be waited for.
    func read(_ piece: @escaping @Sendable () -> HTTPResponse) -> HTTPReply {
        later(on: reading, piece)
    }

    private func later(
        on thread: WorkThread,
        _ piece: @escaping @Sendable () -> HTTPResponse
    ) -> HTTPReply {
        .task {
            if let response = await thread.perform(piece) { return response }
            let detail = "too many requests wait for the disk: try again"
            return .problem(status: 503, detail: detail, headers: ["Retry-After": "1"])
        }
    }
}
