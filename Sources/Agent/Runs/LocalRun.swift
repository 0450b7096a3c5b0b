package import Journal
package import Pipeline

/// A run that this process runs: its events go to its journal first, then to whoever listens.
package final class LocalRun: RunSink {
    package let owned: OwnedRun
    private let syncer: SyncThread
    private let listeners: [Subscription]
    private var codec = RunEventCodec()
    private var lines: [UInt8] = []
    private var recorded: [RecordedEvent] = []
    private var sequence: UInt64

    /// - Parameters:
    ///   - owned: The run's folder, lock and journal.
    ///   - sequence: Of the last event that is in the journal.
    ///   - syncer: Makes the journal durable in the background.
    ///   - listeners: Told of every event after it is written.
    package init(
        owned: OwnedRun,
        sequence: UInt64,
        syncer: SyncThread,
        listeners: [Subscription]
    ) {
        self.owned = owned
        self.sequence = sequence
        self.syncer = syncer
        self.listeners = listeners
        syncer.watch(owned.journal)
    }

    package func write(_ events: [RunEvent], at now: Timestamp) throws {
        lines.removeAll(keepingCapacity: true)
        recorded.removeAll(keepingCapacity: true)
        var isEnd = false
        for event in events {
            sequence += 1
            let record = RecordedEvent(sequence: sequence, at: now, event: event)
            try codec.encode(record, into: &lines)
            recorded.append(record)
            if case .runFinished = event { isEnd = true }
        }
        try owned.journal.append(lines)
        // A published end must survive a power cut (G4).
        if isEnd { try owned.journal.sync() }
        for listener in listeners { listener.offer(recorded) }
    }

    package func touch() {
        owned.lock.touch()
    }

    package func takeCancelRequests() -> [CancelRequest] {
        guard let messages = try? owned.folder.inbox.take() else { return [] }
        return messages.compactMap { message in
            guard case .request(.cancel(let by, let isForced)) = message else { return nil }
            return CancelRequest(by: by, isForced: isForced)
        }
    }

    package func observe(_ attempt: AttemptRef, lastLine: String) {
        for listener in listeners { listener.offer(attempt, lastLine: lastLine) }
    }
}
