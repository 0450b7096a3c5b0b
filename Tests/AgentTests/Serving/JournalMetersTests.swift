import Journal
import Pipeline
import Telemetry
import TestSupport
import Testing

@testable import Agent

/// What becomes of a journal's writes, and of events that nobody has time for.
struct JournalMetersTests {
    let fixture = ExportFixture()
    let registry = MetricRegistry()

    private func count(_ metric: MetricDefinition) -> UInt64 {
        registry.histogram(metric).snapshot.count
    }

    private func dropped() -> UInt64 {
        registry.counter(MetricCatalog.eventsDropped, ["metrics"]).value
    }

    /// A run as its engine has it, told to one listener.
    private func local(_ listener: any RunListener) throws -> LocalRun {
        let owned = try fixture.makeOwned()
        let syncer = try SyncThread()
        return try LocalRun(owned, after: 1, syncer: syncer, listeners: [listener])
    }

    private func feed(capacity: Int = 100) -> SyncedEvents {
        let meters = JournalMeters(registry, for: .metrics)
        return SyncedEvents(capacity: capacity, meters: meters) { _ in }
    }

    @Test func `every write of a turn and every sync is timed`() throws {
        let local = try local(feed())
        #expect(count(MetricCatalog.journalAppend) == 0)
        for step in ["a", "b", "c"] {
            let events = [RunEvent.stepReady(step: step, after: nil)]
            try local.write(events, at: RunScript.start)
        }
        #expect(count(MetricCatalog.journalAppend) == 3)
        #expect(registry.histogram(MetricCatalog.journalAppend).snapshot.sum > 0)
        try local.write([.runFinished(RunEnd(.success))], at: RunScript.start)
        #expect(count(MetricCatalog.journalAppend) == 4)
        #expect(count(MetricCatalog.journalSync) > 0)
        #expect(registry.counter(MetricCatalog.journalErrors).value == 0)
    }

    @Test func `a write that fails is an error, not a time`() throws {
        let local = try local(feed())
        local.owned.journal.close()
        #expect(throws: JournalError.self) {
            try local.write([.stepReady(step: "a", after: nil)], at: RunScript.start)
        }
        #expect(registry.counter(MetricCatalog.journalErrors).value == 1)
        #expect(count(MetricCatalog.journalAppend) == 0)
    }

    @Test func `every event that does not fit is counted, those that waited as well`() throws {
        let feed = feed(capacity: 2)
        #expect(dropped() == 0)
        let local = try local(feed)
        for step in ["a", "b"] {
            try local.write([.stepReady(step: step, after: nil)], at: RunScript.start)
        }
        #expect(dropped() == 0)
        try local.write([.stepReady(step: "c", after: nil)], at: RunScript.start)
        #expect(feed.missed && dropped() == 3)
        try local.write([.stepReady(step: "d", after: nil)], at: RunScript.start)
        #expect(dropped() == 4)
    }

    @Test func `every subscriber's counter is there from the start`() throws {
        let watch = try SpanWatch(registry)
        defer { watch.stop() }
        var text: [UInt8] = []
        registry.render(into: &text)
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
        for subscriber in EventSubscriber.allCases {
            let series = "weir_events_dropped_total{subscriber=\"\(subscriber.rawValue)\"} 0"
            #expect(lines.contains { $0 == series })
        }
    }
}
