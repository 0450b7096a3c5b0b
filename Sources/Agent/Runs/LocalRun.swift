package import Journal
package import Pipeline
package import Transport

/// A run that this process runs: its events go to its journal first, then to whoever listens.
package final class LocalRun: RunSink {
    package let owned: OwnedRun
    package let alarm: EventDescriptor
    private let reserve: JournalReserve?
    private let syncer: SyncThread
    private let listeners: [any RunListener]
    private var codec = RunEventCodec()
    private var lines: [UInt8] = []
    private var recorded: [RecordedEvent] = []
    private var sequence: UInt64

    /// - Parameters:
    ///   - owned: The run's folder, lock and journal.
    ///   - sequence: Of the last event that is in the journal.
    ///   - reserve: Room for its last events on a full disk.
    ///   - syncer: Makes the journal durable in the background.
    ///   - listeners: Told of every event after it is written.
    /// - Throws: When the system has no descriptor to give.
    package init(
        _ owned: OwnedRun,
        after sequence: UInt64,
        reserve: JournalReserve? = nil,
        syncer: SyncThread,
        listeners: [any RunListener]
    ) throws(SystemError) {
        self.owned = owned
        self.sequence = sequence
        self.reserve = reserve
        self.syncer = syncer
        self.listeners = listeners
        for listener in listeners { listener.follow(owned.journal) }
        guard let alarm = EventDescriptor() else { throw SystemError("eventfd") }
        self.alarm = alarm
        owned.journal.onSync { outcome in
            if case .failed = outcome { alarm.signal() }
        }
        syncer.watch(owned.journal)
    }

    package func write(_ events: [RunEvent], at now: Timestamp) throws {
        let isEnd = try encode(events, at: now)
        try append { () throws(JournalError) in try owned.journal.append(lines) }
        // A published end must survive a power cut (G4).
        if isEnd {
            try owned.journal.sync()
            reserve?.remove()
        }
        for listener in listeners { listener.offer(recorded) }
    }

    package func writeLast(_ events: [RunEvent], at now: Timestamp) {
        // After a failed sync nobody knows what the disk has of the file: nothing is added to it.
        guard let reserve, owned.journal.failure == nil else { return }
        defer { reserve.remove() }
        do {
            for event in events {
                _ = try encode([event], at: now)
                try append { () throws(JournalError) in
                    try owned.journal.append(lines, freeing: reserve)
                }
                for listener in listeners { listener.offer(recorded) }
            }
            try owned.journal.sync()
        } catch {
            // A resume finds the rest in flight, and records it as after a crash.
        }
    }

    /// Makes `lines` and `recorded` of the events.
    ///
    /// - Returns: Whether the run's end is among them.
    private func encode(_ events: [RunEvent], at now: Timestamp) throws -> Bool {
        lines.removeAll(keepingCapacity: true)
        recorded.removeAll(keepingCapacity: true)
        var isEnd = false
        for (index, event) in events.enumerated() {
            let number = sequence + UInt64(index) + 1
            let record = RecordedEvent(sequence: number, at: now, event: event)
            try codec.encode(record, into: &lines)
            recorded.append(record)
            if case .runFinished = event { isEnd = true }
        }
        return isEnd
    }

    /// Only what is written has a number: a gap would make the journal corrupt.
    private func append(_ write: () throws(JournalError) -> Void) throws(JournalError) {
        let start = ContinuousClock.now
        do throws(JournalError) {
            try write()
            sequence += UInt64(recorded.count)
        } catch {
            for listener in listeners { listener.noteAppend(.failure(error)) }
            throw error
        }
        let took = ContinuousClock.now - start
        for listener in listeners { listener.noteAppend(.success(took)) }
    }

    package func checkJournal() throws {
        if let failure = owned.journal.failure { throw failure }
    }

    package func touch() {
        owned.lock.touch()
        // What writes nothing for long would not notice that its journal is gone.
        do throws(JournalError) { try owned.journal.checkExists() } catch { alarm.signal() }
    }

    package func takeRequests() -> [InboxRequest] {
        guard let messages = try? owned.folder.inbox.take() else { return [] }
        return messages.compactMap { message in
            switch message {
            case .request(let request): return request
            case .refused(let name, let why):
                let notice = "request `\(name)` in the run's inbox is refused: \(why)"
                for listener in listeners { listener.offer(notice: notice) }
                return nil
            }
        }
    }

    package func tell(_ notice: String) {
        for listener in listeners { listener.offer(notice: notice) }
    }

    package func observe(_ attempt: AttemptRef, lastLine: String) {
        for listener in listeners { listener.offer(attempt, lastLine: lastLine) }
    }
}
