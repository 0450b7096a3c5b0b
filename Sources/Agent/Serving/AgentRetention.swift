import Pipeline

/// Keeps the state folder of an agent within its limits: at its start, and again and again.
///
/// The agent itself deletes, also when `weir gc` asks for it: what its runs came to is in its
/// memory, and nobody else could replace the totals beneath it.
struct AgentRetention: Sendable {
    let limits: RetentionLimits
    let collector: RunCollector
    private let thread: WorkThread

    /// Runs deleted in one go; who asks for something else is heard in between.
    static let turn = 500

    init(
        _ limits: RetentionLimits,
        in state: StateFolder,
        _ metrics: AgentMetrics,
        on thread: WorkThread
    ) {
        self.limits = limits
        self.thread = thread
        collector = RunCollector(in: state) { [metrics] runs in try metrics.keep(runs) }
    }

    /// Deletes what is too much; call it on the thread.
    func apply() {
        let report = try? collector.collect(limits, at: RunClock.wallNow, atMost: Self.turn)
        // What could not be deleted is tried again with the next chore.
        guard let report, report.hasMore, !report.deleted.isEmpty else { return }
        _ = thread.submit { apply() }
    }
}
