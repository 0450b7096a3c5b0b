import Glibc
import Journal
package import Pipeline
import Telemetry
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
    private let exporter: SpanExporter?

    /// The signal that asked the run to end, if one did.
    package var cancelSignal: Int32? { engine.cancelSignal }

    /// Begins a new run: on return its folder stands durably under its id.
    package init(
        new run: NewRun,
        in state: StateFolder,
        setting: RunSetting,
        listeners: [Subscription]
    ) throws {
        let clock = RunClock()
        let now = clock.now
        let workers = run.document.workers ?? run.plan.workers ?? setting.processors
        let started = setting.start(of: run, workers: workers)
        let owned = try state.createRun(started, at: now, plan: run.document)
        var machine = RunMachine(plan: run.plan, run: run.id, workers: workers)
        let event = RecordedEvent(sequence: 1, at: now, event: .runStarted(started))
        try machine.replay(event)
        plan = run.plan
        folder = owned.folder
        scratch = try ScratchFolder(
            run: run.id,
            environment: setting.environment,
            fallback: owned.folder.path
        )
        syncer = try SyncThread()
        local = LocalRun(owned: owned, sequence: 1, syncer: syncer, listeners: listeners)
        try owned.folder.makeLogsFolder()
        var context = setting.context(
            started,
            at: now,
            document: run.document,
            scratch: scratch.path,
            params: run.params,
            secrets: run.secrets
        )
        context.isCaptured = run.isCaptured
        engine = try RunEngine(
            machine: machine,
            clock: clock,
            context: context,
            logFolder: owned.folder.logsPath,
            inbox: owned.folder.inbox.path,
            sink: local
        )
        first = .start
        exporter = try setting.makeExporter(backlog: state)
        if started.isExported { exporter?.follow(folder, owned.journal) }
        for listener in listeners { listener.offer([event]) }
    }

    /// Takes up a run whose owner is gone: first everything it left running is ended.
    package init(
        resuming folder: RunFolder,
        in state: StateFolder,
        setting: RunSetting,
        listeners: [Subscription]
    ) throws {
        var past: [RecordedEvent] = []
        let recovered = try folder.takeUp { past.append($0) }
        let reading = try setting.read(recovered, of: folder)
        let started = recovered.started
        var machine = RunMachine(plan: reading.plan, run: folder.id, workers: started.workers)
        for event in past { try machine.replay(event) }

        let orphans = endOrphans(of: folder.id, known: RunSession.processesInFlight(past))
        if orphans > 0 { notices.append("ended \(orphans) processes that were left running") }
        if let cut = recovered.cut { notices.append("\(cut)") }

        plan = reading.plan
        self.folder = folder
        scratch = try ScratchFolder(
            run: folder.id,
            environment: setting.environment,
            fallback: folder.path
        )
        syncer = try SyncThread()
        local = LocalRun(
            owned: recovered.owned,
            sequence: recovered.last.sequence,
            syncer: syncer,
            listeners: listeners
        )
        try folder.makeLogsFolder()
        engine = try RunEngine(
            machine: machine,
            clock: RunClock(notBefore: recovered.last.at),
            context: setting.context(
                started,
                at: past.first?.at ?? recovered.last.at,
                document: recovered.plan,
                scratch: scratch.path,
                params: reading.params,
                secrets: reading.secrets
            ),
            logFolder: folder.logsPath,
            inbox: folder.inbox.path,
            sink: local
        )
        for event in past { engine.restore(outputsFrom: event.event) }
        first = .resume(
            RunResumed(recovery: machine.recoveries + 1, diedAt: recovered.diedAt)
        )
        exporter = try setting.makeExporter(backlog: state)
        if started.isExported { exporter?.follow(folder, recovered.owned.journal) }
        for listener in listeners { listener.offer(past) }
    }

    /// Runs to the end; the run's last event is durable on return.
    ///
    /// - Returns: How it ended.
    /// - Throws: What kept it from ending: it can be resumed.
    package func run() throws -> RunEnd {
        defer {
            scratch.remove()
            syncer.stop()
        }
        return try engine.run(first: first)
    }

    /// Sends what is left to send, as far as two seconds go; `nil` when nothing is to be sent.
    package func finishExport() -> ExportSummary? {
        exporter?.finish()
    }

    /// Leaders of attempts that have not ended, as the journal names them.
    private static func processesInFlight(_ past: [RecordedEvent]) -> [KnownProcess] {
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
