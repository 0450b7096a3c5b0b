package import Pipeline

/// Turns the events of runs into what the metrics of runs and steps show (design §6).
///
/// Any list of events is accepted: an end without a beginning, a second one, or an event that was
/// seen already change nothing. What a run's events added is remembered by sequence number, so
/// that a restart can read its journal from the first line again and count only what is new.
package struct MetricFold: Sendable {
    private let registry: MetricRegistry
    private var runs: [RunID: MeteredRun] = [:]
    private var pipelines: [String: PipelineMeters] = [:]
    /// Finished runs whose events are all in the counters.
    private var absorbed: Set<RunID>
    /// The last event that is in the counters, of runs that are neither finished nor followed.
    private var interrupted: [RunID: UInt64]

    package init(_ registry: MetricRegistry) {
        self.registry = registry
        absorbed = []
        interrupted = [:]
    }

    /// Goes on where `totals` were taken; the registry must be new.
    package init(_ registry: MetricRegistry, restoring totals: MetricTotals) {
        self.registry = registry
        absorbed = totals.absorbed
        interrupted = totals.positions
        registry.add(totals.samples)
    }

    /// Makes every counter of a loaded pipeline exist at 0.
    package mutating func declare(_ plan: Plan) {
        withMeters(plan.name) { meters in
            meters.showLoaded(true)
            for step in plan.steps {
                let step = (meters: meters.step(step.name), canBeUndone: step.compensation != nil)
                if step.canBeUndone { step.meters.declareCompensation() }
            }
            meters.declare(plan.flow)
        }
    }

    /// The pipeline is not loaded any more; its counters stay.
    package mutating func retire(pipeline: String) {
        pipelines[pipeline]?.showLoaded(false)
    }

    /// Whether the run has finished and all of it is counted: its journal need not be read.
    package func holds(_ id: RunID) -> Bool { absorbed.contains(id) }

    /// Takes the next event of a run, whose list begins with `run_started`.
    package mutating func apply(_ event: RecordedEvent, of id: RunID) {
        guard !absorbed.contains(id) else { return }
        // Taken out while it changes, so that its tables are not copied.
        guard var run = runs.removeValue(forKey: id) else {
            if case .runStarted(let started) = event.event { begin(id, started, event) }
            return
        }
        if event.sequence > run.position {
            withMeters(run.pipeline) { run.take(event, into: &$0) }
            if case .runFinished = event.event {
                absorbed.insert(id)
                showOldest(of: run.pipeline)
                return
            }
        }
        runs[id] = run
    }

    /// Takes a run that is not going on here out of the gauges; what it counted stays counted.
    ///
    /// If it is taken up again, its list begins anew with the first event.
    package mutating func forget(_ id: RunID) {
        guard var run = runs.removeValue(forKey: id) else { return }
        interrupted[id] = max(run.counted, run.position)
        withMeters(run.pipeline) { run.leave(&$0) }
        showOldest(of: run.pipeline)
    }

    /// The run's journal is gone, so it can never be read again and need not be remembered.
    package mutating func release(_ id: RunID) {
        forget(id)
        absorbed.remove(id)
        interrupted[id] = nil
    }

    /// What a restart needs, as of now: to be taken by the thread that applies.
    package func totals() -> MetricTotals {
        var positions = interrupted
        for (id, run) in runs { positions[id] = max(run.counted, run.position) }
        return MetricTotals(
            samples: registry.samples(),
            absorbed: absorbed,
            positions: positions
        )
    }

    private mutating func begin(_ id: RunID, _ started: RunStarted, _ event: RecordedEvent) {
        let counted = interrupted.removeValue(forKey: id) ?? 0
        runs[id] = MeteredRun(started, event, counted: counted)
        withMeters(started.pipeline) { $0.change(.pending, by: 1) }
        showOldest(of: started.pipeline)
    }

    private mutating func withMeters(
        _ pipeline: String,
        _ change: (inout PipelineMeters) -> Void
    ) {
        // As a run is.
        var meters = pipelines.removeValue(forKey: pipeline) ?? PipelineMeters(pipeline, registry)
        change(&meters)
        pipelines[pipeline] = meters
    }

    private func showOldest(of pipeline: String) {
        let starts = runs.values.lazy.filter { $0.pipeline == pipeline }.map(\.start)
        guard let gauge = pipelines[pipeline]?.oldestStart else { return }
        if let oldest = starts.min() { gauge.set(oldest) } else { gauge.clear() }
    }
}
