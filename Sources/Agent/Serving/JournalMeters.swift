import Journal
import Pipeline
import Telemetry

/// What an agent measures of its runs' journals, and of those who are told their events.
///
/// The children are asked for once: noting a write costs the engine's thread a few atomic
/// operations, and no lock.
struct JournalMeters: Sendable {
    private let appends: HistogramChild
    private let syncs: HistogramChild
    private let errors: CounterChild
    private let dropped: CounterChild

    init(_ registry: MetricRegistry, for subscriber: EventSubscriber) {
        appends = registry.histogram(MetricCatalog.journalAppend)
        syncs = registry.histogram(MetricCatalog.journalSync)
        errors = registry.counter(MetricCatalog.journalErrors)
        dropped = registry.counter(MetricCatalog.eventsDropped, [subscriber.rawValue])
    }

    func note(_ append: Result<Duration, JournalError>) {
        switch append {
        case .success(let took): appends.observe(nanoseconds: took.wholeNanoseconds)
        case .failure: errors.add()
        }
    }

    func note(_ sync: JournalWriter.SyncOutcome) {
        switch sync {
        case .advanced(_, let took): syncs.observe(nanoseconds: took.wholeNanoseconds)
        case .failed: errors.add()
        }
    }

    func countDropped(_ events: Int) {
        dropped.add(UInt64(max(0, events)))
    }
}
