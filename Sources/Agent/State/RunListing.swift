import CLinux
import Glibc
import Journal
package import Pipeline

/// One run as a list shows it, from the first and the last line of its journal.
package struct RunSummary: Hashable, Sendable {
    /// Whether and how it has ended.
    package enum State: Hashable, Sendable {
        case finished(RunEnd)
        /// A process runs it; 0 when it has not said which.
        case running(pid: Int32)
        /// It has not ended, and nobody runs it.
        case interrupted
    }

    package var started: RunStarted
    package var startedAt: Timestamp
    package var lastEventAt: Timestamp
    package var lastSequence: UInt64
    package var state: State

    package init(
        started: RunStarted,
        startedAt: Timestamp,
        lastEventAt: Timestamp,
        lastSequence: UInt64,
        state: State
    ) {
        self.started = started
        self.startedAt = startedAt
        self.lastEventAt = lastEventAt
        self.lastSequence = lastSequence
        self.state = state
    }
}

extension RunFolder {
    /// The run in short, at the cost of two short reads.
    ///
    /// - Throws: `corrupt`, `noStart`, `unreadableEvent` for a run that a list can only name;
    ///   `noSuchRun` for one that was deleted meanwhile.
    package func summary() throws(StateError) -> RunSummary {
        do throws(StateError) {
            return try readSummary()
        } catch {
            throw told(error)
        }
    }

    /// What an error of reading means: a run that is gone has been deleted since it was listed.
    func told(_ error: StateError) -> StateError {
        guard isGone else { return error }
        return .noSuchRun(reference: id.description, lookedIn: Journal.folder(of: path))
    }

    private func readSummary() throws(StateError) -> RunSummary {
        let first = try firstEvent()
        guard case .runStarted(let started) = first.event, started.run == id else {
            throw .noStart(run: id, path: journalPath)
        }
        let last = try lastEvent()
        let state: RunSummary.State
        if case .runFinished(let end) = last.event {
            state = .finished(end)
        } else if let pid = try ownerPID() {
            state = .running(pid: pid)
        } else {
            state = .interrupted
        }
        return RunSummary(
            started: started,
            startedAt: first.at,
            lastEventAt: last.at,
            lastSequence: last.sequence,
            state: state
        )
    }

    /// When somebody was last known to run it: the later of its last event and the last touch of
    /// its lock.
    func lastSign(of summary: RunSummary) -> Timestamp {
        var status = stat()
        guard unsafe stat(lockPath, &status) == 0 else { return summary.lastEventAt }
        return max(summary.lastEventAt, status.modified)
    }

    /// The event with which the run began.
    package func firstEvent() throws(StateError) -> RecordedEvent {
        var reader = try journaled { () throws(JournalError) in
            try JournalReader(journalPath, chunkBytes: 4 << 10, in: storage)
        }
        guard let line = try nextLine(&reader) else {
            throw .noStart(run: id, path: journalPath)
        }
        return try decode(line)
    }

    /// The last event that is whole, read from the file's end where that is possible.
    func lastEvent() throws(StateError) -> RecordedEvent {
        let quick = try journaled { () throws(JournalError) in
            try JournalReader.lastLine(of: journalPath, in: storage)
        }
        if let quick { return try decode(quick) }
        var reader = try journaled { () throws(JournalError) in
            try JournalReader(journalPath, in: storage)
        }
        var last: JournalLine?
        while let line = try nextLine(&reader) { last = line }
        if case .corrupt(let damage) = reader.report.verdict {
            throw .corrupt(run: id, path: journalPath, damage: damage)
        }
        guard let last else { throw .noStart(run: id, path: journalPath) }
        return try decode(last)
    }
}

extension StateFolder {
    /// A run of the list, or why it can only be named.
    package struct ListedRun: Sendable {
        package let folder: RunFolder
        package let summary: Result<RunSummary, StateError>
    }

    /// The runs, newest first.
    package func runs(limit: Int = .max) throws(StateError) -> [ListedRun] {
        try runIDs().prefix(limit).compactMap { id in
            let folder = run(id)
            do throws(StateError) {
                return ListedRun(folder: folder, summary: .success(try folder.summary()))
            } catch {
                if case .noSuchRun = error { return nil }
                return ListedRun(folder: folder, summary: .failure(error))
            }
        }
    }
}
