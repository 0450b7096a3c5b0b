import Glibc
import Journal
package import Pipeline
package import Telemetry
import Transport

/// A run that is to begin.
package struct NewRun: Sendable {
    package var id: RunID
    package var plan: Plan
    package var document: PlanDocument
    /// Resolved, in the plan's order.
    package var params: [(name: String, value: String)]
    package var secrets: [String: String]
    package var scheduledAt: Timestamp
    /// Of the slot's zone, in seconds east of UTC.
    package var scheduledOffset = 0
    /// The caller's trace; `nil`: what the environment says of it.
    package var incoming: IncomingContext?
    /// The request that it answers, when that may be sent again.
    package var request: RequestIdentity?
    /// Its part in its pipeline's lock; `nil`: it takes one, whoever else runs.
    package var overlap: OverlapLock?
    /// The finished run that it repeats.
    package var retryOf: LinkedRun?
    /// What it takes over from that run, and what is left out of it.
    package var reuse: [RunEvent] = []
    /// What a person should be told of that.
    package var notices: [String] = []
    /// False to do what is in the cache once more.
    package var readsCache = true
    /// False for `weir exec`.
    package var isCaptured = true

    package init(
        id: RunID,
        plan: Plan,
        document: PlanDocument,
        params: [(name: String, value: String)],
        secrets: [String: String],
        scheduledAt: Timestamp
    ) {
        self.id = id
        self.plan = plan
        self.document = document
        self.params = params
        self.secrets = secrets
        self.scheduledAt = scheduledAt
    }
}

/// One run in this process, put together: its folder, its engine, its journal's sync, its export.
package final class RunSession {
    package let plan: Plan
    package let folder: RunFolder
    /// What was found and done before the run could go on, for people.
    package private(set) var notices: [String] = []
    private let local: LocalRun
    private let engine: RunEngine
    private let first: RunInput
    private let scratch: ScratchFolder
    private let syncer: SyncThread
    private let exporter: TelemetryExporter?
    private let reception: SessionReception
    /// What is shared with other runs, and outlives this one; `nil`: all of it is this run's own.
    private let services: RunServices?
    /// Given back with the session.
    private let overlap: OverlapLock
    /// Its place where gates are asked; `nil`: no step has any.
    private let flow: FlowSeat?

    /// The signal that asked the run to end, if one did.
    package var cancelSignal: Int32? { engine.cancelSignal }

    /// Asks whether the run's engine still turns.
    var pings: PingBox { engine.pings }

    /// Begins a new run: on return its folder stands durably under its id.
    package convenience init(
        new run: NewRun,
        in state: StateFolder,
        setting: RunSetting,
        listeners: [any RunListener],
        services: RunServices? = nil
    ) throws {
        let overlap = try run.overlap ?? OverlapLock.join(run.plan.name, in: state)
        let clock = RunClock()
        let now = clock.now
        let workers = run.document.workers ?? run.plan.workers ?? setting.processors
        let started = setting.start(of: run, workers: workers)
        let owned = try state.createRun(started, at: now, plan: run.document, reuse: run.reuse)
        let stored = StoredPlan(plan: run.plan, params: run.params, secrets: run.secrets)
        try self.init(
            Parts(
                overlap: overlap,
                owned: owned,
                document: run.document,
                stored: stored,
                started: started,
                past: RecordedEvent.beginning(started, run.reuse, at: now),
                clock: clock,
                isCaptured: run.isCaptured,
                readsCache: run.readsCache
            ),
            first: { _ in .start },
            state: state,
            setting: setting,
            listeners: listeners,
            services: services
        )
        notices += run.notices
    }

    /// Takes up a run whose owner is gone: first everything it left running is ended.
    ///
    /// - Parameters:
    ///   - folder: The run's.
    ///   - policy: What to do about a damaged journal.
    ///   - state: Where the run is remembered.
    ///   - setting: What runs get of this process.
    ///   - listeners: Who hears of it.
    ///   - services: What is shared with other runs.
    /// - Throws: What `RunFolder.takeUp` throws; what else keeps the run from going on.
    package convenience init(
        resuming folder: RunFolder,
        _ policy: LossPolicy = .refuse,
        in state: StateFolder,
        setting: RunSetting,
        listeners: [any RunListener],
        services: RunServices? = nil
    ) throws {
        var past: [RecordedEvent] = []
        let recovered = try folder.takeUp(policy) { past.append($0) }
        let stored = try setting.read(recovered, of: folder)
        let orphans = endOrphans(of: folder.id, known: RunSession.processesInFlight(past))
        try self.init(
            Parts(
                overlap: OverlapLock.join(stored.plan.name, in: state),
                owned: recovered.owned,
                document: recovered.plan,
                stored: stored,
                started: recovered.started,
                past: past,
                clock: RunClock(notBefore: recovered.last.at)
            ),
            first: { machine in
                .resume(
                    RunResumed(recovery: machine.nextRecovery, diedAt: recovered.diedAt)
                )
            },
            state: state,
            setting: setting,
            listeners: listeners,
            services: services
        )
        if orphans > 0 { notices.append("ended \(orphans) processes that were left running") }
        if let cut = recovered.cut { notices.append("\(cut)") }
    }

    /// What a session is put together from.
    private struct Parts {
        var overlap: OverlapLock
        var owned: OwnedRun
        var document: PlanDocument
        var stored: StoredPlan
        var started: RunStarted
        /// All that the journal holds.
        var past: [RecordedEvent]
        var clock: RunClock
        var isCaptured = true
        var readsCache = true

        /// A machine that stands where the journal ends.
        func machine() throws(ReplayFault) -> RunMachine {
            var machine = RunMachine(plan: stored.plan, run: started.run, workers: started.workers)
            for event in past { try machine.replay(event) }
            return machine
        }
    }

    private init(
        _ parts: Parts,
        first: (RunMachine) -> RunInput,
        state: StateFolder,
        setting: RunSetting,
        listeners: [any RunListener],
        services: RunServices?
    ) throws {
        self.services = services
        (plan, folder, overlap) = (parts.stored.plan, parts.owned.folder, parts.overlap)
        let machine = try parts.machine()
        self.first = first(machine)
        scratch = try ScratchFolder(run: folder.id, setting.environment, fallback: folder.path)
        syncer = try services?.syncer ?? SyncThread()
        local = try Self.hold(parts, syncer, listeners)
        reception = try SessionReception(setting, services, folder, parts.stored, parts.started)
        let context = setting.context(
            parts.started,
            parts.past,
            parts.document,
            parts.stored,
            scratch: scratch.path,
            isCaptured: parts.isCaptured,
            cache: CachePlace(state: state, isRead: parts.readsCache),
            reception: reception
        )
        flow = try RunSession.seat(of: plan, folder, services)
        engine = try RunEngine(
            machine: machine,
            clock: parts.clock,
            context: context,
            folder: folder,
            sink: local,
            flow: flow
        )
        engine.restore(outputsFrom: parts.past)
        exporter = try services.map(\.exporter) ?? setting.makeExporter(backlog: state)
        if parts.started.isExported { exporter?.follow(folder, parts.owned.journal) }
        for listener in listeners { listener.offer(parts.past) }
    }

    /// Where others share the process, gates are shared with them; else the run has its own, and
    /// remembers them beside its journal.
    private static func seat(
        of plan: Plan,
        _ folder: RunFolder,
        _ services: RunServices?
    ) throws(SystemError) -> FlowSeat? {
        guard plan.steps.contains(where: { !$0.gates.isEmpty }) else { return nil }
        let desk =
            services?.flow
            ?? FlowDesk(plan.flow, store: FlowStore(folder.flowPath, in: folder.storage))
        return try FlowSeat(folder.id, at: desk)
    }

    /// The run's place in its journal, with room for its last events.
    private static func hold(
        _ parts: Parts,
        _ syncer: SyncThread,
        _ listeners: [any RunListener]
    ) throws -> LocalRun {
        let folder = parts.owned.folder
        let reserve = try journaled { () throws(JournalError) in
            try JournalReserve(at: folder.reservePath, in: folder.storage)
        }
        return try LocalRun(
            parts.owned,
            after: parts.past.last?.sequence ?? 0,
            reserve: reserve,
            syncer: syncer,
            listeners: listeners
        )
    }

    /// Runs to the end; the run's last event is durable on return.
    ///
    /// - Returns: How it ended.
    /// - Throws: `RunAbandoned`; `RunDrained`; `RunInterrupted` with what kept it from ending.
    package func run() throws -> RunEnd {
        flow?.join(plan.flow)
        reception.follow(by: exporter)
        defer {
            flow?.leave()
            scratch.remove()
            if services == nil { syncer.stop() } else { syncer.unwatch(local.owned.journal) }
        }
        do {
            let end = try engine.run(first: first)
            // What children sent is in the run's folder, whole, before the exporter is to finish.
            reception.close(isOver: true)
            if services == nil { exporter?.beginFinish() }
            return end
        } catch {
            reception.close()
            // A process of its own ends now, and sends what it can; an agent goes on without it.
            if services != nil { exporter?.leave(folder.id) }
            throw error is RunAbandoned || error is RunDrained ? error : RunInterrupted(by: error)
        }
    }

    /// Sends what is left to send, as far as two seconds go; `nil` when nothing is to be sent.
    package func finishExport() -> ExportSummary? {
        services == nil ? exporter?.finish() : nil
    }

    /// Leaders of attempts that have not ended, as the journal names them.
    static func processesInFlight(_ past: [RecordedEvent]) -> [KnownProcess] {
        var processes: [AttemptRef: KnownProcess] = [:]
        for recorded in past {
            switch recorded.event {
            case .attemptLaunched(let attempt, let pid, let ticks):
                processes[attempt] = KnownProcess(pid: pid, startTicks: ticks)
            case .attemptFinished(let attempt, _): processes[attempt] = nil
            default: continue
            }
        }
        return Array(processes.values)
    }
}
