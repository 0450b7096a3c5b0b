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
    private let onSync: @Sendable (JournalWriter.SyncOutcome) -> Void
    private let onClose: @Sendable (Bool) -> Void
    private let capacity: Int
    private let journal = Mutex<JournalWriter?>(nil)
    /// Held while events are handed over: two threads that do so must not overtake each other.
    private let delivering = Mutex(())

    /// A feed to `handler`.
    ///
    /// - Parameters:
    ///   - capacity: Events that may wait.
    ///   - handler: Called by one thread at a time.
    ///   - onSync: Called with what each sync of the journal came to.
    ///   - onClose: Called when nothing will follow; true when events were dropped.
    init(
        capacity: Int = 262_144,
        handler: @escaping Handler,
        onSync: @escaping @Sendable (JournalWriter.SyncOutcome) -> Void = { _ in },
        onClose: @escaping @Sendable (Bool) -> Void = { _ in }
    ) {
        self.capacity = capacity
        self.handler = handler
        self.onSync = onSync
        self.onClose = onClose
    }

    /// Events were dropped: only the journal has all of them.
    var missed: Bool { state.withLock { $0.missed } }

    /// Watches the journal that the events are written to; called before the first of them.
    func follow(_ journal: JournalWriter) {
        self.journal.withLock { $0 = journal }
        journal.onSync { [weak self] outcome in
            self?.onSync(outcome)
            guard case .advanced(let end, _) = outcome else { return }
            self?.release(upTo: end)
        }
    }

    func offer(_ events: [RecordedEvent]) {
        // The engine's thread alone writes, so this is the end of just these events.
        guard let journal = journal.withLock({ $0 }) else { return }
        let end = journal.written
        state.withLock { state in
            guard !state.missed else { return }
            state.missed = state.count + events.count > capacity
            guard !state.missed else {
                state.waiting = []
                return
            }
            state.waiting.append((end, events))
            state.count += events.count
        }
        // A run's end is synced before it is told: no later sync would bring it.
        if journal.synced >= end { release(upTo: end) }
    }

    func offer(_ attempt: AttemptRef, lastLine: String) {}
    func offer(notice: String) {}
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
