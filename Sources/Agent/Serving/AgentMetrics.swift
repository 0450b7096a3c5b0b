import Glibc
import Journal
import Pipeline
import Synchronization
import Telemetry
import Transport

/// The metrics of one agent: what its runs came to, and how it fares itself.
///
/// Counters never fall: what was counted is kept in `<state>/totals.json`, and a start adds what the
/// journals tell beyond it (design §6).
package final class AgentMetrics: Sendable {
    let registry = MetricRegistry()
    /// Why `totals.json` was not used, for people; `nil` when it was, or there was none.
    let notice: String?
    private let state: StateFolder
    private let work: WorkThread
    private let fold: Mutex<MetricFold>
    private let finished = Atomic(0)
    private let saving = Mutex(())
    private let exchanges: ExchangeMeters

    /// Runs after whose end the totals are written anew; a crash in between costs a longer start.
    private static let saveEvery = 100
    private static let totalsBytesMax = 256 << 20

    /// Goes on where the last agent of the folder stopped; totals are written by `work`.
    package init(in state: StateFolder, work: WorkThread) {
        self.state = state
        self.work = work
        var notice: String?
        var totals: MetricTotals?
        if unsafe access(state.totalsPath, F_OK) == 0 {
            do {
                let bytes = try state.storage.readFile(
                    state.totalsPath,
                    limit: Self.totalsBytesMax
                )
                totals = try MetricTotals(json: bytes)
            } catch {
                notice =
                    "\(state.totalsPath): \(error); counters begin anew, from the journals that are left"
            }
        }
        self.notice = notice
        let registry = registry
        exchanges = ExchangeMeters(registry)
        fold = Mutex(
            totals.map { MetricFold(registry, restoring: $0) } ?? MetricFold(registry)
        )
        registry.gauge(MetricCatalog.buildInfo, [WeirVersion.text]).set(1)
    }

    /// Makes the pipelines' counters exist.
    func declare(_ pipelines: PipelineFolder) {
        fold.withLock { fold in
            for name in pipelines.names {
                if let pipeline = pipelines.pipelines[name] { fold.declare(pipeline.plan) }
            }
        }
    }

    /// Counts what journals of agents' runs tell beyond the totals; before any run goes on.
    ///
    /// A run that the totals hold whole is not read again.
    func absorb() throws(StateError) {
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
        SyncedEvents { [weak self] events in
            self?.take(events, of: id)
        } onSync: { [weak self] outcome in
            self?.observe(outcome)
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

    /// Writes the totals.
    func save() throws(JournalError) {
        // One at a time: both would prepare the same temporary file.
        let outcome: Result<Void, JournalError> = saving.withLock { _ in
            let totals = fold.withLock { $0.totals() }
            return Result { () throws(JournalError) in
                try state.storage.replaceFile(state.totalsPath, with: totals.json(), synced: true)
            }
        }
        try outcome.get()
    }

    // MARK: - What others count

    func observe(_ exchange: HTTPExchange) {
        exchanges.observe(exchange)
    }

    private func observe(_ outcome: JournalWriter.SyncOutcome) {
        switch outcome {
        case .advanced(_, let took):
            registry.histogram(MetricCatalog.journalSync)
                .observe(nanoseconds: took.wholeNanoseconds)
        case .failed: registry.counter(MetricCatalog.journalErrors).add()
        }
    }

    func take(_ statistics: ExportStatistics) {
        let (own, backlog) = (statistics.own, statistics.backlog)
        for (outcome, count) in [
            ("sent", own.accepted + backlog.accepted),
            ("rejected", own.rejected + backlog.rejected),
        ] {
            registry.counter(MetricCatalog.otlpItems, ["traces", outcome])
                .raise(to: UInt64(max(0, count)))
        }
        for (status, count) in statistics.answers {
            registry.counter(MetricCatalog.otlpRequests, ["traces", String(status)])
                .raise(to: UInt64(max(0, count)))
        }
        let unanswered = statistics.failures.values.reduce(0, +)
        registry.counter(MetricCatalog.otlpRequests, ["traces", "0"])
            .raise(to: UInt64(max(0, unanswered)))
        registry.gauge(MetricCatalog.otlpBacklog).set(Double(own.queued + backlog.queued))
        let oldest = registry.gauge(MetricCatalog.otlpBacklogOldest)
        if let instant = statistics.oldestQueued { oldest.set(instant) } else { oldest.clear() }
    }
}
