import Pipeline
import Telemetry

/// Keeps the state folder of an agent within its limits: at its start, and again and again.
///
/// The agent itself deletes, also when `weir gc` asks for it: what its runs came to is in its
/// memory, and nobody else could replace the totals beneath it.
struct AgentRetention: Sendable {
    let limits: RetentionLimits
    let collector: RunCollector
    private let thread: WorkThread
    private let log: AgentLog?

    /// Runs deleted in one go; who asks for something else is heard in between.
    static let turn = 500

    init(
        _ limits: RetentionLimits,
        in state: StateFolder,
        _ metrics: AgentMetrics,
        on thread: WorkThread,
        log: AgentLog? = nil
    ) {
        self.log = log
        self.limits = limits
        self.thread = thread
        collector = RunCollector(in: state) { [metrics] runs in try metrics.keep(runs) }
    }

    /// Deletes what is too much; call it on the thread.
    func apply() {
        let report = try? collector.collect(limits, at: RunClock.wallNow, atMost: Self.turn)
        if let report { tell(report) }
        // What could not be deleted is tried again with the next chore.
        guard let report, report.hasMore, !report.deleted.isEmpty else { return }
        _ = thread.submit { apply() }
    }

    private func tell(_ report: RetentionReport) {
        if !report.deleted.isEmpty {
            log?.write(.info, "runs deleted") {
                $0.with("count", report.deleted.count).with("bytes", report.bytes)
            }
        }
        for remark in report.remarks {
            log?.write(.warn, "run is not deleted") {
                $0.with("run", remark.run.description).with("why", remark.why)
            }
        }
    }
}
