package import Journal
package import Pipeline
package import Transport

/// A run that this process runs: its events go to its journal first, then to whoever listens.
package final class LocalRun: RunSink {
    package let owned: OwnedRun
    package let alarm: EventDescriptor
    private let syncer: SyncThread
    private let listeners: [any RunListener]
    private var codec = RunEventCodec()
    private var lines: [UInt8] = []
    private var recorded: [RecordedEvent] = []
    private var sequence: UInt64

    /// - Parameters:
    ///   - owned: The run's folder, lock and journal.
    ///   - sequence: Of the last event that is in the journal.
    ///   - syncer: Makes the journal durable in the background.
    ///   - listeners: Told of every event after it is written.
    /// - Throws: When the system has no descriptor to give.
    package init(
        _ owned: OwnedRun,
        after sequence: UInt64,
        syncer: SyncThread,
        listeners: [any RunListener]
    ) throws(SystemError) {
        self.owned = owned
        self.sequence = sequence
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
        lines.removeAll(keepingCapacity: true)
        recorded.removeAll(keepingCapacity: true)
        var isEnd = false
        var next = sequence
        for event in events {
            next += 1
            let record = RecordedEvent(sequence: next, at: now, event: event)
            try codec.encode(record, into: &lines)
            recorded.append(record)
            if case .runFinished = event { isEnd = true }
        }
        try append()
        // Only what is written has a number: a gap would make the journal corrupt.
        sequence = next
        // A published end must survive a power cut (G4).
        if isEnd { try owned.journal.sync() }
        for listener in listeners { listener.offer(recorded) }
    }

    private func append() throws(JournalError) {
        let start = ContinuousClock.now
        do throws(JournalError) {
            try owned.journal.append(lines)
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
    }

    package func takeCancelRequests() -> [CancelRequest] {
        guard let messages = try? owned.folder.inbox.take() else { return [] }
        return messages.compactMap { message in
            switch message {
            case .request(.cancel(let by, let isForced)):
                return CancelRequest(by: by, isForced: isForced)
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
