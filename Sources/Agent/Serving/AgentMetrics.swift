import Glibc
import Journal
import Pipeline
import Synchronization
import Telemetry
import Transport

/// The metrics of one agent: what its runs came to, and how it fares itself.
///
/// Counters never fall: what was counted is kept in `<state>/totals.json`, and a start adds what the
/// journals tell beyond it (design §6). What an agent counts of itself stands in no journal: an
/// orderly end leaves it in `totals.json` for the next start, which takes it from there, and
/// meanwhile `ShownTotals` keeps what was shown.
package final class AgentMetrics: Sendable {
    let registry = MetricRegistry()
    /// Why `totals.json` was not used, for people; `nil` when it was, or there was none.
    let notice: String?
    private let state: StateFolder
    private let work: WorkThread
    private let fold: Mutex<MetricFold>
    private let finished = Atomic(0)
    /// The runs that the file holds whole, as it was last written.
    private let saving = Mutex(Set<RunID>())
    private let meters: JournalMeters
    private let exports: ExportMeters
    private let received: ReceiverMeters
    private let shown: ShownTotals
    private let exchanges: ExchangeMeters

    /// Runs after whose end the totals are written anew; a crash in between costs a longer start.
    private static let saveEvery = 100

    /// Goes on where the last agent of the folder stopped; totals are written by `work`.
    init(in state: StateFolder, work: WorkThread, shown: ShownTotals) {
        self.state = state
        self.work = work
        self.shown = shown
        meters = JournalMeters(registry, for: .metrics)
        exports = ExportMeters(registry)
        received = ReceiverMeters(registry)
        var notice: String?
        var totals: MetricTotals?
        do throws(StateError) {
            totals = try TotalsFile.read(state)
        } catch {
            notice = "\(error); counters begin anew, from the journals that are left"
        }
        self.notice = notice
        let registry = registry
        let left = totals?.split(off: MetricCatalog.ownTotals)
        exchanges = ExchangeMeters(registry)
        fold = Mutex(
            totals.map { MetricFold(registry, restoring: $0) } ?? MetricFold(registry)
        )
        if let own = shown.read() ?? left { registry.add(own) }
        keepShown()
        registry.gauge(MetricCatalog.buildInfo, [WeirVersion.text]).set(1)
    }

    /// Makes the pipelines' counters exist.
    func declare(_ pipelines: PipelineFolder) {
        fold.withLock { fold in
            for name in pipelines.names {
                if let pipeline = pipelines.pipelines[name] { fold.declare(pipeline.plan) }
            }
        }
        let meters = ScheduleMeters(registry)
        for pipeline in pipelines.pipelines.values { meters.declare(pipeline.plan) }
    }

    /// Other pipelines are served now: counters of what is gone stay.
    func replace(_ former: PipelineFolder, by pipelines: PipelineFolder) {
        for name in former.names where pipelines.pipelines[name] == nil {
            fold.withLock { $0.retire(pipeline: name) }
        }
        declare(pipelines)
    }

    /// The pipeline files were read.
    func showReload(isGood: Bool) {
        registry.gauge(MetricCatalog.reloadSuccessful).set(isGood ? 1 : 0)
        if isGood { registry.gauge(MetricCatalog.reloadSuccessTime).set(RunClock.wallNow) }
    }

    /// Counts what journals of agents' runs tell beyond the totals; before any run goes on.
    ///
    /// A run that the totals hold whole is not read again. What the last agent counted of itself
    /// is taken out of the totals: if this one is killed, it would be old.
    func absorb() throws(StateError) {
        defer { _ = try? save() }
        for id in try state.runIDs().reversed() where !fold.withLock({ $0.holds(id) }) {
            guard let first = try? state.run(id).firstEvent(),
                case .runStarted(let started) = first.event,
                RunTrigger.ofAgent.contains(started.trigger)
            else { continue }
            readJournal(of: id)
        }
    }

    /// Counts what the journal tells and is not counted yet; the run does not go on here.
    private func readJournal(of id: RunID) {
        fold.withLock { fold in
            // What cannot be read cannot be counted; the run itself is reported by who resumes it.
            _ = try? state.run(id).events { event in
                if case .known(let recorded) = event { fold.apply(recorded, of: id) }
            }
            fold.forget(id)
        }
    }

    /// Whom a run has to tell.
    func listener(of id: RunID) -> any RunListener {
        SyncedEvents(meters: meters) { [weak self] events in
            self?.take(events, of: id)
        } onClose: { [weak self] hasMissed in
            guard let self else { return }
            if hasMissed { readJournal(of: id) } else { fold.withLock { $0.forget(id) } }
        }
    }

    private func take(_ events: [RecordedEvent], of id: RunID) {
        fold.withLock { fold in
            for event in events { fold.apply(event, of: id) }
        }
        guard case .runFinished = events.last?.event else { return }
        let count = finished.add(1, ordering: .relaxed).newValue
        guard count % Self.saveEvery == 0 else { return }
        // Not here: this is the thread that syncs journals, or an engine. If it fails, the next
        // start reads more journals.
        _ = work.submit { [weak self] in try? self?.save() }
    }

    /// Makes sure that what these runs came to is in the totals, durably, before they are deleted.
    ///
    /// - Parameter runs: Whole journals with an end; nobody runs them, the caller has their locks.
    /// - Returns: Those that are in the totals.
    /// - Throws: `StateError` when the totals cannot be written.
    func keep(_ runs: [RunFolder]) throws(StateError) -> Set<RunID> {
        let ids = runs.map(\.id)
        // What an agent began, and a person took up and ended meanwhile.
        for id in ids where !fold.withLock({ $0.holds(id) }) { readJournal(of: id) }
        if !saving.withLock({ $0.isSuperset(of: ids) }) { try save() }
        return saving.withLock { $0.intersection(ids) }
    }

    /// Writes the totals, at an orderly end with what the agent has counted of itself.
    func save(atEnd isEnd: Bool = false) throws(StateError) {
        // One at a time: both would prepare the same temporary file.
        let outcome: Result<Void, StateError> = saving.withLock { saved in
            Result { () throws(StateError) in
                let file = try TotalsFile(lockingIn: state)
                var totals = fold.withLock { $0.totals() }
                if !isEnd { _ = totals.split(off: MetricCatalog.ownTotals) }
                let written = try file.write(totals)
                fold.withLock { fold in
                    for run in written.forgotten { fold.release(run) }
                }
                saved = written.totals.absorbed
            }
        }
        try outcome.get()
        if isEnd { shown.remove() }
    }

    /// Keeps what a scrape is about to show, beyond a `kill -9`.
    func keepShown() {
        shown.write(registry.totals(of: MetricCatalog.ownTotals))
    }

    /// What is usual of a pipeline's steps; of one that is not among them nothing is said anew.
    func show(_ baselines: Baselines, of pipeline: String) {
        for (step, baseline) in baselines.steps {
            for (stat, value) in [("p50", baseline.p50), ("p95", baseline.p95)] {
                registry.gauge(MetricCatalog.stepDurationBaseline, [pipeline, step, stat])
                    .set(value.seconds)
            }
        }
    }

    // MARK: - What others count

    func observe(_ exchange: HTTPExchange) {
        exchanges.observe(exchange)
    }

    func take(_ statistics: [OTLPSignal: ExportStatistics]) {
        exports.take(statistics)
    }

    func take(_ statistics: ReceiverStatistics) {
        received.take(statistics)
    }
}
