import Journal
import Pipeline
import Synchronization

/// Hands a run's events on once a power cut cannot take them back any more: what is counted from
/// them never has to be uncounted (design §1, the synced watermark).
///
/// Events wait in memory for the sync that is at most 200 ms away. A disk that stands still makes
/// them wait longer: beyond `capacity` the journal is the better memory, and whoever counts is told
/// at the end to read it there.
final class SyncedEvents: RunListener {
    /// Gets the events in their order, on whatever thread synced them.
    typealias Handler = @Sendable ([RecordedEvent]) -> Void

    private struct State {
        /// With the journal's length after them.
        var waiting: [(end: Int, events: [RecordedEvent])] = []
        var count = 0
        var missed = false
    }

    private let state = Mutex(State())
    private let handler: Handler
    private let meters: JournalMeters
    private let onClose: @Sendable (Bool) -> Void
    private let capacity: Int
    private let journal = Mutex<JournalWriter?>(nil)
    /// Held while events are handed over: two threads that do so must not overtake each other.
    private let delivering = Mutex(())

    /// A feed to `handler`.
    ///
    /// - Parameters:
    ///   - capacity: Events that may wait.
    ///   - meters: Counts what is dropped, and measures the journal.
    ///   - handler: Called by one thread at a time.
    ///   - onClose: Called when nothing will follow; true when events were dropped.
    init(
        capacity: Int = 262_144,
        meters: JournalMeters,
        handler: @escaping Handler,
        onClose: @escaping @Sendable (Bool) -> Void = { _ in }
    ) {
        self.capacity = capacity
        self.handler = handler
        self.meters = meters
        self.onClose = onClose
    }

    /// Events were dropped: only the journal has all of them.
    var missed: Bool { state.withLock { $0.missed } }

    /// Watches the journal that the events are written to; called before the first of them.
    func follow(_ journal: JournalWriter) {
        self.journal.withLock { $0 = journal }
        journal.onSync { [weak self] outcome in
            self?.meters.note(outcome)
            guard case .advanced(let end, _) = outcome else { return }
            self?.release(upTo: end)
        }
    }

    func offer(_ events: [RecordedEvent]) {
        // The engine's thread alone writes, so this is the end of just these events.
        guard let journal = journal.withLock({ $0 }) else { return }
        let end = journal.written
        let dropped = state.withLock { state in
            guard !state.missed else { return events.count }
            guard state.count + events.count <= capacity else {
                defer { state.count = 0 }
                state.missed = true
                state.waiting = []
                return state.count + events.count
            }
            state.waiting.append((end, events))
            state.count += events.count
            return 0
        }
        if dropped > 0 { meters.countDropped(dropped) }
        // A run's end is synced before it is told: no later sync would bring it.
        if journal.synced >= end { release(upTo: end) }
    }

    func offer(_ attempt: AttemptRef, lastLine: String) {}
    func offer(notice: String) {}
    func noteAppend(_ outcome: Result<Duration, JournalError>) { meters.note(outcome) }
    func close() { onClose(missed) }

    private func release(upTo end: Int) {
        delivering.withLock { _ in
            let events = state.withLock { state in
                let ready = state.waiting.prefix { $0.end <= end }
                state.waiting.removeFirst(ready.count)
                let events = ready.flatMap(\.events)
                state.count -= events.count
                return events
            }
            if !events.isEmpty { handler(events) }
        }
    }
}
