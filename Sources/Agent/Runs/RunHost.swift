import Glibc
package import Pipeline
import Synchronization
package import Telemetry
package import Transport

/// Runs many runs in one process, each on a thread of its own.
///
/// When `start` returns, the run is remembered and cannot be lost.
package final class RunHost: Sendable {
    let state: StateFolder
    private let setting: RunSetting
    package let services: RunServices
    let runs = Mutex(Runs())
    private let abandoned: Mutex<AbandonedRuns>
    /// What a full disk interrupted.
    package let revival: RunRevival
    private let observers: Observers
    private let threads: Threads
    let onEnd: @Sendable (String, Baselines) -> Void
    private let onFree: @Sendable (String) -> Void
    /// Who else hears of a run with this id.
    package typealias Observers = @Sendable (RunID) -> [any RunListener]

    /// Runs at once; what is asked for beyond is refused, not queued.
    ///
    /// Each has a thread and a dozen descriptors beside those of its attempts, and the usual limit
    /// is 1,024.
    private static let activeMax = 64

    struct Runs {
        var active: [RunID: HostedRun] = [:]
        /// From before a run begins until it has told everybody of its end, by a number of its own.
        var threads: [Int: NamedThread] = [:]
        var lastNumber = 0
        var isClosed = false
    }

    /// How threads are made.
    package typealias Threads =
        @Sendable (String, @escaping @Sendable () -> Void) throws(SystemError) -> NamedThread

    /// Readies what the runs share.
    ///
    /// - Parameters:
    ///   - setting: What runs get of this process.
    ///   - state: Where they are remembered.
    ///   - children: Told of every process of every run.
    ///   - policies: The pools, rate limits and breakers that are known from the start.
    ///   - observers: Who else hears of a run.
    ///   - threads: How threads are made.
    ///   - schedule: Has something done later; without it what a full disk interrupts waits for
    ///     the next start.
    ///   - onEnd: Told the pipeline of a run that has ended, and what is usual of it now.
    ///   - onFree: Told the pipeline of a run that is gone: its place and its locks are free.
    ///   - tell: Told what a person should know.
    /// - Throws: When the system has no thread or descriptor to give.
    package init(
        _ setting: RunSetting,
        in state: StateFolder,
        children: ChildRegistry = ChildRegistry(),
        policies: FlowPolicies = FlowPolicies(),
        observers: @escaping Observers = { _ in [] },
        threads: @escaping Threads = { name, body throws(SystemError) in
            try NamedThread(name, body)
        },
        schedule: @escaping RunRevival.Schedule = { _, _ in },
        onEnd: @escaping @Sendable (String, Baselines) -> Void = { _, _ in },
        onFree: @escaping @Sendable (String) -> Void = { _ in },
        tell: @escaping @Sendable (String) -> Void = { _ in }
    ) throws {
        revival = RunRevival(StateRoom(of: state.runsPath), schedule: schedule, tell: tell)
        self.observers = observers
        self.threads = threads
        self.onEnd = onEnd
        self.onFree = onFree
        self.setting = setting
        self.state = state
        services = try RunServices(setting, in: state, children: children, policies: policies)
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

    /// Decides of runs that nobody called whether they are traced.
    package var sampler: Sampler { setting.telemetry.sampler }

    package func run(_ id: RunID) -> HostedRun? { runs.withLock { $0.active[id] } }

    /// Begins a run.
    ///
    /// - Throws: `RunHostClosed` once `stop` was called; `RunHostFull`; `RunHostExhausted`;
    ///   `RunHostUnready`; what keeps the run from being remembered.
    @discardableResult
    package func start(_ new: NewRun) throws -> HostedRun {
        try checkRoom()
        let view = RunView(plan: new.plan)
        let listeners = [view] + observers(new.id)
        return try host(view, listeners) { [state, setting, services] in
            try RunSession(
                new: new,
                in: state,
                setting: setting,
                listeners: listeners,
                services: services
            )
        }
    }

    /// Throws while nothing new can be remembered.
    package func checkRoom() throws(RunHostUnready) {
        if let why = revival.room.fault() ?? revival.fault { throw RunHostUnready(why: why) }
    }

    /// Takes up a run whose owner is gone.
    ///
    /// - Throws: `StateError` when somebody runs it, it has ended, or it cannot be read; what `start`
    ///   throws.
    @discardableResult
    package func resume(_ folder: RunFolder) throws -> HostedRun {
        let view = RunView(plan: nil)
        let listeners = [view] + observers(folder.id)
        return try host(view, listeners) { [state, setting, services] in
            try RunSession(
                resuming: folder,
                in: state,
                setting: setting,
                listeners: listeners,
                services: services
            )
        }
    }

    /// Takes up a run whose owner is gone, by its id.
    func resume(_ id: RunID) throws -> HostedRun { try resume(state.run(id)) }

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
                if let why = revival.room.fault() { throw RunHostUnready(why: why) }
                resumed.append(try resume(folder))
            } catch {
                if error.isNoRoom || error is RunHostUnready {
                    revival.note(id, RunInterrupted(by: error), of: self)
                }
                if !folder.isGone { faults.append((id, "\(error)")) }
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

    /// Leaves every run to the next life, with so long for its attempts to end; after that none
    /// begins here.
    package func interruptAll(grace: Duration) {
        let active = runs.withLock { runs in
            runs.isClosed = true
            return Array(runs.active.values)
        }
        for run in active { run.interrupt(grace: grace) }
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
        _ begin: @escaping @Sendable () throws -> RunSession
    ) throws -> HostedRun {
        let birth = try RunBirth()
        try runs.withLock { runs in
            guard !runs.isClosed else { throw RunHostClosed() }
            let count = runs.threads.count
            guard count < Self.activeMax else { throw RunHostFull(runs: count) }
            runs.lastNumber += 1
            let number = runs.lastNumber
            do throws(SystemError) {
                // Before anything is remembered: a run must not be without one.
                runs.threads[number] = try threads("weir-run") { [self] in
                    let pipeline = live(birth, view, listeners, begin)
                    self.runs.withLock { $0.threads.removeValue(forKey: number) }?.detach()
                    if let pipeline { onFree(pipeline) }
                }
            } catch {
                throw RunHostExhausted(why: error)
            }
        }
        return try birth.wait()
    }
}
