package import Journal
package import Pipeline

/// One run's folder.
///
///     <id>/
///     ├── journal.jsonl   its events (`RunEventCodec`): the run itself; locked by who exports it
///     ├── plan.json       what it was asked to do (`PlanDocument`)
///     ├── reserve         room for its last events while it runs (`JournalReserve`)
///     ├── lock            held by the process that runs it; free: nobody does
///     ├── inbox/          requests to that process (`Inbox`)
///     ├── export          how far its spans have been sent; missing: never to be sent
///     ├── flow.json       the rate limits and breakers of a run that is nobody's but its own
///     ├── received/       what its children sent to be sent on, a journal a signal
///     ├── logs/           what its steps printed: a file appears with its first byte
///     └── report.json     how it ended; appears at the end
///
/// Under its id a folder always has a plan and a journal with a first event: it is prepared under
/// another name (`StateFolder.createRun`).
package struct RunFolder: Sendable {
    package let id: RunID
    package let path: String
    package let storage: any JournalStorage

    package init(id: RunID, path: String, storage: any JournalStorage = PosixStorage()) {
        self.id = id
        self.path = path
        self.storage = storage
    }

    package var journalPath: String { path + "/journal.jsonl" }
    package var planPath: String { path + "/plan.json" }
    package var reservePath: String { path + "/reserve" }
    package var lockPath: String { path + "/lock" }
    package var exportPath: String { path + "/export" }
    package var receivedPath: String { path + "/received" }
    package var logsPath: String { path + "/logs" }
    package var flowPath: String { path + "/flow.json" }
    package var reportPath: String { path + "/report.json" }
    package var inbox: Inbox { Inbox(path: path + "/inbox", storage: storage) }

    /// The process that runs it; `nil` when nobody does, 0 when it has not said which it is.
    package func ownerPID() throws(StateError) -> Int32? {
        try FileLock.owner(of: lockPath)
    }

    /// What the run was asked to do.
    package func plan() throws(StateError) -> PlanDocument {
        let bytes = try journaled { () throws(JournalError) in
            try storage.readFile(planPath, limit: PlanDocument.bytesMax)
        }
        do throws(JSONError) {
            return try PlanDocument(json: bytes)
        } catch {
            throw .damagedFile(path: planPath, why: error.description)
        }
    }

    /// Puts the run's report in place, durably.
    package func writeReport(_ json: [UInt8]) throws(StateError) {
        try journaled { () throws(JournalError) in
            try storage.replaceFile(reportPath, with: json, synced: true)
        }
    }

    /// One whole line of the journal.
    package enum StoredEvent: Sendable {
        case known(RecordedEvent)
        /// An event of a newer version, to be shown as it stands.
        case unknown(sequence: UInt64, text: String, cause: CodecError)
    }

    /// Reads the events from `position` on, without the lock: the run may be going on.
    ///
    /// - Returns: What the scan found. Of a corrupt journal `body` gets the events before the
    ///   damage; a torn tail may be a line that is being written right now.
    /// - Throws: `journal`; `noSuchRun` when the run was deleted meanwhile.
    @discardableResult
    package func events(
        from position: JournalPosition = .start,
        _ body: (StoredEvent) -> Void
    ) throws(StateError) -> JournalReport {
        var reader: JournalReader
        do throws(JournalError) {
            reader = try JournalReader(journalPath, from: position, in: storage)
        } catch {
            throw told(.journal(error))
        }
        while let line = try nextLine(&reader) {
            do throws(CodecError) {
                body(.known(try RunEventCodec.decode(line)))
            } catch {
                body(.unknown(sequence: line.sequence, text: line.text, cause: error))
            }
        }
        return reader.report
    }

    func nextLine(_ reader: inout JournalReader) throws(StateError) -> JournalLine? {
        do throws(JournalError) {
            return try reader.next()
        } catch {
            throw .journal(error)
        }
    }
}
