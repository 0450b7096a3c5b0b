import Pipeline
import Synchronization
import Telemetry

/// Reads the pipeline files anew, and has everybody know: what may be started, what is due, which
/// gates there are, which counters exist.
///
/// Runs that go on are not touched: they have their plan from when they began.
package final class PipelineReload: Sendable {
    private let desk: AgentDesk
    private let metrics: AgentMetrics
    private let scheduler: Scheduler
    private let environment: [String: String]
    private let log: AgentLog?
    private let isRequested = Atomic(false)
    private let listener = Mutex(Listener())

    private struct Listener: Sendable {
        var begin: (@Sendable () -> Void)?
        var end: (@Sendable () -> Void)?
    }

    init(
        _ desk: AgentDesk,
        _ metrics: AgentMetrics,
        _ scheduler: Scheduler,
        _ environment: [String: String],
        _ log: AgentLog?
    ) {
        self.desk = desk
        self.metrics = metrics
        self.scheduler = scheduler
        self.environment = environment
        self.log = log
    }

    /// Has somebody told of every reload: before it and after it.
    package func watch(
        begin: @escaping @Sendable () -> Void,
        end: @escaping @Sendable () -> Void
    ) {
        listener.withLock { $0 = Listener(begin: begin, end: end) }
    }

    /// Reads the files soon, where a disk may be waited for; requests that come before that are
    /// one.
    package func request() {
        guard !isRequested.exchange(true, ordering: .acquiringAndReleasing) else { return }
        let isTaken = desk.work.submit { [weak self] in
            guard let self else { return }
            // First: a change that comes while they are read must not be passed over.
            isRequested.store(false, ordering: .releasing)
            perform()
        }
        if !isTaken { isRequested.store(false, ordering: .releasing) }
    }

    private func perform() {
        guard !desk.isDraining else { return }
        let listener = listener.withLock { $0 }
        listener.begin?()
        // When the scheduler knows what was read, or at once where it takes no more.
        defer {
            if let end = listener.end, !scheduler.ping(end) { end() }
        }
        let former = desk.pipelines
        let read: PipelineFolder
        do {
            let zones = ZoneFiles(environment: environment).source
            read = try PipelineFolder(former.path, zones: zones, keeping: former)
        } catch {
            metrics.showReload(isGood: false)
            log?.write(.error, "pipelines cannot be read anew") { $0.with("error", "\(error)") }
            return
        }
        metrics.replace(former, by: read)
        desk.host.services.flow.redefine(read.flow)
        desk.serve(read)
        scheduler.load(read)
        metrics.showReload(isGood: read.faults.isEmpty)
        tell(read, former)
    }

    private func tell(_ read: PipelineFolder, _ former: PipelineFolder) {
        log?.write(.info, "pipelines reloaded") {
            $0.with("count", read.names.count).with("failed", read.faults.count)
        }
        for fault in read.faults where !former.faults.contains(fault) {
            let message =
                fault.isKept ? "pipeline keeps its former definition" : "pipeline is not served"
            log?.write(.error, message) {
                $0.with("file", fault.file).with("error", fault.text)
            }
        }
    }
}
