import Journal
import Pipeline
import Telemetry

/// Ends runs that a person began, whose process is gone, and that nobody took up again for a day
/// (design §4, State): what was sent of their spans then gets its root.
///
/// A run is looked at when it is a day old, and after that only while it has not ended: the many
/// that have are not read again.
struct AbandonedRuns {
    /// A run that was ended, or why it could not be.
    typealias Result = (run: RunID, pipeline: String, fault: String?)

    /// Whoever wants it to go on has had a day to say so.
    static let age = Duration.seconds(24 * 3_600)

    private let state: StateFolder
    private let environment: [String: String]
    private let syncer: SyncThread
    private let exporter: TelemetryExporter?
    /// Up to here every run has been looked at.
    private var horizon: RunID?
    /// Of those, the ones that may still come to be abandoned.
    private var open: Set<RunID> = []

    /// - Parameters:
    ///   - state: Where the runs are.
    ///   - environment: Says where runs have their scratch folders.
    ///   - syncer: Makes journals durable.
    ///   - exporter: Sends the spans that follow.
    init(
        in state: StateFolder,
        environment: [String: String],
        syncer: SyncThread,
        exporter: TelemetryExporter?
    ) {
        self.state = state
        self.environment = environment
        self.syncer = syncer
        self.exporter = exporter
    }

    /// Ends what is abandoned at `now`; what came of it, run by run.
    mutating func end(at now: Timestamp) throws(StateError) -> [Result] {
        let old = try state.runIDs().filter { now - $0.startedAt > Self.age }
        var results: [Result] = []
        for id in old where horizon.map({ id.isAfter($0) }) ?? true || open.contains(id) {
            open.remove(id)
            // What cannot be read is for a person to look at.
            guard let summary = try? state.run(id).summary(), summary.mayBeAbandoned else {
                continue
            }
            let isDue =
                summary.state == .interrupted
                && now - state.run(id).lastSign(of: summary) > Self.age
            guard isDue else {
                open.insert(id)
                continue
            }
            do {
                try end(state.run(id))
                results.append((id, summary.started.pipeline, nil))
            } catch {
                results.append((id, summary.started.pipeline, "\(error)"))
            }
        }
        horizon = old.first ?? horizon
        return results
    }

    /// Ends the run where its process died; its end is durable on return.
    private func end(_ folder: RunFolder) throws {
        var past: [RecordedEvent] = []
        let recovered = try folder.takeUp { past.append($0) }
        let plan = try recovered.readPlan()
        _ = endOrphans(of: folder.id, known: RunSession.processesInFlight(past))
        let workers = recovered.started.workers
        var machine = RunMachine(plan: plan, run: folder.id, workers: workers)
        for event in past { try machine.replay(event) }
        var turn = RunTurn()
        machine.handle(.abandon, at: recovered.diedAt, into: &turn)
        let view = RunView(plan: plan)
        view.offer(past)
        let last = recovered.last.sequence
        let run = try LocalRun(recovered.owned, after: last, syncer: syncer, listeners: [view])
        defer { syncer.unwatch(recovered.owned.journal) }
        try run.write(turn.events, at: recovered.diedAt)
        try? folder.storage.remove(folder.reservePath)
        if recovered.started.isExported { exporter?.follow(folder, recovered.owned.journal) }
        // What follows can be made again from the journal, or harms nobody where it is.
        try? folder.writeReport(RunReport.json(view.snapshot))
        try? ScratchFolder(run: folder.id, environment, fallback: folder.path).remove()
    }
}

extension RunSummary {
    /// It has not ended, and no agent takes it up by itself.
    fileprivate var mayBeAbandoned: Bool {
        if case .finished = state { return false }
        return !RunTrigger.ofAgent.contains(started.trigger)
    }
}

extension RunID {
    fileprivate func isAfter(_ other: RunID) -> Bool {
        (high, low) > (other.high, other.low)
    }
}
