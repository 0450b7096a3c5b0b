import Pipeline
import Synchronization
import Telemetry

/// Shows by when jobs under `weir exec` are to succeed, beside the pipelines that the agent serves.
final class ExpectationBoard: Sendable {
    /// The folder in which the expectations are.
    let path: String
    private let state: StateFolder
    private let registry: MetricRegistry
    private let desk: AgentDesk
    private let shown = Mutex<Set<String>>([])

    /// Makes the folder where it is missing, so that it can be watched.
    init(_ state: StateFolder, _ registry: MetricRegistry, _ desk: AgentDesk) {
        (self.state, self.registry, self.desk) = (state, registry, desk)
        path = state.expectedPath
        // Where it cannot be made, nothing can be expected either.
        try? state.storage.makeFolders(path)
    }

    /// Reads the files anew, where a disk may be waited for.
    func refresh() {
        _ = desk.reading.submit { [self] in
            let served = desk.pipelines.pipelines
            // A pipeline with a schedule has a deadline of its own.
            let names = Expectation.names(in: state).filter {
                served[$0]?.plan.schedules.isEmpty ?? true
            }
            let gone = shown.withLock { shown in
                defer { shown = Set(names) }
                return shown.subtracting(names)
            }
            for name in gone where served[name] == nil {
                registry.gauge(MetricCatalog.runSuccessDeadline, [name]).clear()
            }
            for name in names {
                guard let expectation = Expectation.read(name, in: state) else { continue }
                registry.gauge(MetricCatalog.runSuccessDeadline, [name]).set(expectation.deadline)
            }
        }
    }
}
