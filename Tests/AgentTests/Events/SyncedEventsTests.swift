import Journal
import Pipeline
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import Agent

struct SyncedEventsTests {
    let folder = TemporaryDirectory()
    let journal: JournalWriter

    final class Received: Sendable {
        let sequences = Mutex<[UInt64]>([])
    }

    init() throws {
        journal = try JournalWriter.create(folder.path + "/journal.jsonl")
    }

    private func feed(capacity: Int = 100) -> (SyncedEvents, Received) {
        let received = Received()
        let meters = JournalMeters(MetricRegistry(), for: .metrics)
        let feed = SyncedEvents(capacity: capacity, meters: meters) { events in
            received.sequences.withLock { $0 += events.map(\.sequence) }
        }
        feed.follow(journal)
        return (feed, received)
    }

    /// As the engine does it: written first, told then.
    private func write(_ sequence: UInt64, to feed: SyncedEvents, syncedFirst: Bool = false) throws
    {
        let event = RecordedEvent(
            sequence: sequence,
            at: Timestamp(nanoseconds: 0),
            event: .stepReady(step: "a", after: nil)
        )
        var lines: [UInt8] = []
        var codec = RunEventCodec()
        try codec.encode(event, into: &lines)
        try journal.append(lines)
        if syncedFirst { try journal.sync() }
        feed.offer([event])
    }

    @Test func `an event is told once it is durable, and once only`() throws {
        let (feed, received) = feed()
        try write(1, to: feed)
        try write(2, to: feed)
        #expect(received.sequences.withLock { $0 } == [])
        try journal.sync()
        #expect(received.sequences.withLock { $0 } == [1, 2])
        try write(3, to: feed)
        try journal.sync()
        try journal.sync()
        #expect(received.sequences.withLock { $0 } == [1, 2, 3])
    }

    @Test func `a run's end, which is synced before it is told, is not held back`() throws {
        let (feed, received) = feed()
        try write(1, to: feed)
        try write(2, to: feed, syncedFirst: true)
        #expect(received.sequences.withLock { $0 } == [1, 2])
    }

    @Test func `what does not fit is left to the journal, and nothing is told with a gap`() throws {
        let (feed, received) = feed(capacity: 2)
        for sequence in 1...3 { try write(UInt64(sequence), to: feed) }
        #expect(feed.missed)
        try journal.sync()
        try write(4, to: feed, syncedFirst: true)
        #expect(received.sequences.withLock { $0 } == [])
    }

    @Test func `events keep their order while another thread syncs`() throws {
        let (feed, received) = feed(capacity: 10_000)
        let syncer = try SyncThread(interval: .milliseconds(1))
        syncer.watch(journal)
        for sequence in 1...2_000 { try write(UInt64(sequence), to: feed) }
        syncer.stop()
        try journal.sync()
        #expect(received.sequences.withLock { $0 } == Array(1...2_000))
    }
}
