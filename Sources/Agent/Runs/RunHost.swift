import Glibc
package import Pipeline
import Synchronization
package import Telemetry

/// Runs many runs in one process, each on a thread of its own.
///
/// A run begins on its caller's thread: when `start` returns, it is remembered and cannot be lost.
package final class RunHost: Sendable {
    private let state: StateFolder
    private let setting: RunSetting
    package let services: RunServices
    private let runs = Mutex(Runs())
    private let abandoned: Mutex<AbandonedRuns>
    private let observers: Observers
    /// Who else hears of a run with this id.
    package typealias Observers = @Sendable (RunID) -> [any RunListener]

    /// Runs at once; what is asked for beyond is refused, not queued.
    ///
    /// Each has a thread and a dozen descriptors beside those of its attempts, and the usual limit
    /// is 1,024.
    private static let activeMax = 64

    private struct Runs {
        var active: [RunID: HostedRun] = [:]
        var threads: [RunID: NamedThread] = [:]
        var isClosed = false
    }

    /// Readies what the runs share.
    ///
    /// - Throws: When the system has no thread or descriptor to give.
    package init(
        _ setting: RunSetting,
        in state: StateFolder,
        children: ChildRegistry = ChildRegistry(),
        observers: @escaping Observers = { _ in [] }
    ) throws {
        self.observers = observers
        self.setting = setting
        self.state = state
        services = try RunServices(setting, in: state, children: children)
        abandoned = Mutex(
            AbandonedRuns(
                in: state,
                environment: setting.environment,
                syncer: services.syncer,
                exporter: services.exporter
            )
        )
    }

    /// What is running now.
    package var active: [HostedRun] {
        runs.withLock { Array($0.active.values) }.sorted { $0.id.description < $1.id.description }
    }

    /// What travels from callers to runs.
    package var propagators: [Propagator] { setting.telemetry.propagators }

    package func run(_ id: RunID) -> HostedRun? { runs.withLock { $0.active[id] } }

    /// Begins a run.
    ///
    /// - Throws: `RunHostClosed` once `stop` was called; what keeps the run from being remembered.
    @discardableResult
    package func start(_ new: NewRun) throws -> HostedRun {
        let view = RunView(plan: new.plan)
        let listeners = [view] + observers(new.id)
        return try host(view, listeners) {
            try RunSession(
                new: new,
                in: state,
                setting: setting,
                listeners: listeners,
                services: services
            )
        }
    }

    /// Takes up a run whose owner is gone.
    ///
    /// - Throws: `StateError` when somebody runs it, it has ended, or it cannot be read; what `start`
    ///   throws.
    @discardableResult
    package func resume(_ folder: RunFolder) throws -> HostedRun {
        let view = RunView(plan: nil)
        let listeners = [view] + observers(folder.id)
        return try host(view, listeners) {
            try RunSession(
                resuming: folder,
                in: state,
                setting: setting,
                listeners: listeners,
                services: services
            )
        }
    }

    /// Takes up every interrupted run that an agent began.
    ///
    /// Those that a person began wait for that person: who knows what they wanted meanwhile.
    ///
    /// - Returns: Those that go on, and those that cannot with the reason.
    /// - Throws: `StateError` when the state folder cannot be read.
    package func resumeInterrupted() throws(StateError) -> (
        resumed: [HostedRun], faults: [(run: RunID, why: String)]
    ) {
        var resumed: [HostedRun] = []
        var faults: [(run: RunID, why: String)] = []
        for id in try state.runIDs() where run(id) == nil {
            let folder = state.run(id)
            do {
                let summary = try folder.summary()
                guard case .interrupted = summary.state,
                    RunTrigger.ofAgent.contains(summary.started.trigger)
                else { continue }
                resumed.append(try resume(folder))
            } catch {
                faults.append((id, "\(error)"))
            }
        }
        return (resumed, faults)
    }

    /// Ends the runs of people that nobody took up again for a day.
    ///
    /// - Returns: Those that it was time for; with a fault what could not be ended, which the
    ///   attempt makes a day younger.
    /// - Throws: `StateError` when the state folder cannot be read.
    package func endAbandoned(
        at now: Timestamp = RunClock.wallNow
    ) throws(StateError) -> [(run: RunID, pipeline: String, fault: String?)] {
        guard !runs.withLock({ $0.isClosed }) else { return [] }
        return try abandoned.withLock { abandoned throws(StateError) in
            try abandoned.end(at: now)
        }
    }

    /// Asks every run to end, as `weir cancel` does.
    package func cancelAll(by: String, isForced: Bool) {
        for run in active {
            try? run.folder.inbox.post(.cancel(by: by, isForced: isForced))
        }
    }

    /// Waits for the runs to end, as long as it takes; none begins from now on.
    package func stop() -> ExportSummary? {
        let threads = runs.withLock { runs in
            runs.isClosed = true
            defer { runs.threads = [:] }
            return Array(runs.threads.values)
        }
        for thread in threads { thread.join() }
        return services.stop()
    }

    private func host(
        _ view: RunView,
        _ listeners: [any RunListener],
        _ begin: () throws -> RunSession
    ) throws -> HostedRun {
        let (isClosed, count) = runs.withLock { ($0.isClosed, $0.active.count) }
        guard !isClosed else { throw RunHostClosed() }
        guard count < Self.activeMax else { throw RunHostFull(runs: count) }
        let session = try begin()
        let hosted = HostedRun(
            id: session.folder.id,
            pipeline: session.plan.name,
            folder: session.folder,
            view: view,
            pings: session.pings
        )
        let parcel = SessionParcel(session)
        try runs.withLock { runs in
            // It is remembered by now, and goes on with the next start.
            guard !runs.isClosed else { throw RunHostClosed() }
            runs.active[hosted.id] = hosted
            runs.threads[hosted.id] = NamedThread("weir-run") { [self] in
                finish(hosted, parcel.take())
                for listener in listeners { listener.close() }
            }
        }
        return hosted
    }

    /// The run's own thread.
    private func finish(_ hosted: HostedRun, _ session: RunSession) {
        let outcome: Result<RunEnd, any Error>
        do {
            let end = try session.run()
            // A report that cannot be written can be made again from the journal.
            try? hosted.folder.writeReport(RunReport.json(hosted.snapshot))
            outcome = .success(end)
        } catch {
            outcome = .failure(error)
        }
        hosted.finish(outcome)
        let thread = runs.withLock { runs in
            runs.active[hosted.id] = nil
            return runs.threads.removeValue(forKey: hosted.id)
        }
        thread?.detach()
    }
}

/// The host is ending, and begins nothing more.
package struct RunHostClosed: Error, CustomStringConvertible {
    package var description: String { "the agent is shutting down: nothing new is started" }
}

/// So many runs are going on that another would take their descriptors away.
package struct RunHostFull: Error, CustomStringConvertible {
    package let runs: Int

    package var description: String { "\(runs) runs are going on, which is the most: try later" }
}

/// Takes a session to the thread that it belongs to from then on.
private final class SessionParcel: Sendable {
    // Written before the thread starts, taken once by it: pthread_create orders the two.
    private nonisolated(unsafe) var session: RunSession?

    init(_ session: RunSession) {
        unsafe self.session = session
    }

    func take() -> RunSession {
        guard let session = unsafe session else {
            preconditionFailure("a session is taken once")
        }
        unsafe self.session = nil
        return session
    }
}
