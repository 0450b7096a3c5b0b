import Pipeline
import Telemetry
import Transport

/// What of an agent happens by itself: runs that are due, files that change, jobs that are overdue.
final class AgentSchedules: Sendable {
    let scheduler: Scheduler
    let reload: PipelineReload
    /// What could not be had, for people.
    let notices: [String]
    private let watch: FolderWatch?

    init(
        _ desk: AgentDesk,
        _ metrics: AgentMetrics,
        _ pipelines: PipelineFolder,
        _ health: HealthEndpoint,
        _ listeners: AgentWatch,
        _ newID: () -> RunID
    ) throws {
        let scheduler = try Scheduler(
            desk.host,
            in: desk.state,
            pipelines: pipelines,
            environment: desk.environment,
            meters: ScheduleMeters(metrics.registry),
            log: listeners.log,
            newID: newID
        )
        self.scheduler = scheduler
        listeners.ends.begin(scheduler)
        health.watch(scheduler)
        desk.schedule(by: { [weak scheduler] in scheduler?.standing ?? Scheduler.Standing() })
        reload = PipelineReload(desk, metrics, scheduler, desk.environment, listeners.log)
        let board = ExpectationBoard(desk.state, metrics.registry, desk)
        board.refresh()
        let (watch, fault) = Self.watch(pipelines.path, reload, board)
        self.watch = watch
        notices = [scheduler.notice, fault].compactMap(\.self)
    }

    /// Looks at nothing any more, and begins nothing more.
    func stop() {
        watch?.stop()
        scheduler.stop()
    }

    /// - Returns: The watch, or why there is none.
    private static func watch(
        _ path: String,
        _ reload: PipelineReload,
        _ expectations: ExpectationBoard
    ) -> (FolderWatch?, fault: String?) {
        do throws(SystemError) {
            let watch = try FolderWatch([
                (path, { @Sendable [weak reload] in reload?.request() }),
                (expectations.path, { @Sendable in expectations.refresh() }),
            ])
            return (watch, nil)
        } catch {
            return (nil, "changes of \(path) are not seen (\(error)): SIGHUP reads it anew")
        }
    }
}
