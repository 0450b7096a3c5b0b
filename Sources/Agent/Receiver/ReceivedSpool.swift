import Glibc
import Journal
import Pipeline
import Synchronization
package import Telemetry

/// Writes one signal's file of a run: makes it with the first body, goes on where it ended.
///
/// Whoever appends may wait for the disk; `synced` never does.
package final class ReceivedSpool: Sendable {
    private let folder: RunFolder
    private let signal: OTLPSignal
    private let limit: Int
    private let open = Mutex<Open?>(nil)
    private let mark = Mutex<SyncedMark?>(nil)

    private struct Open {
        let journal: JournalWriter
        var sequence: UInt64
    }

    /// - Parameters:
    ///   - folder: The run's, whose lock this process has.
    ///   - signal: Which of its files.
    ///   - limit: The bytes that the file may have.
    package init(
        _ folder: RunFolder,
        _ signal: OTLPSignal,
        limit: Int = ReceivedLimits.fileBytes
    ) {
        self.folder = folder
        self.signal = signal
        self.limit = limit
    }

    /// How far a power cut leaves the file alone: what ends there may be sent on.
    package var synced: Int { mark.withLock { $0 }?.bytes ?? 0 }

    /// Opens the file if it is there, and makes durable what a former owner left in it; a torn
    /// tail is cut.
    package func recover() throws(ReceivedRefusal) {
        try open.withLock { open throws(ReceivedRefusal) in
            if open == nil, let found = try reopened() { open = note(found) }
            try storing { () throws(JournalError) in try open?.journal.sync() }
        }
    }

    /// Appends a body; it is durable after the next `sync`.
    ///
    /// - Throws: `full`, `storage`, `corrupt`; the file is then as it was.
    package func append(_ body: ReceivedBody) throws(ReceivedRefusal) {
        try open.withLock { open throws(ReceivedRefusal) in
            if open == nil {
                if let found = try reopened() {
                    open = note(found)
                } else {
                    open = note(try created())
                }
            }
            guard var present = open else { return }
            var lines: [UInt8] = []
            let first = present.sequence
            present.sequence = try storing { () throws(JournalError) in
                try ReceivedLine.seal(body, from: first, into: &lines)
            }
            guard present.journal.written + lines.count <= limit else { throw .full(limit: limit) }
            let sealed = lines
            try storing { () throws(JournalError) in try present.journal.append(sealed) }
            open = present
        }
    }

    /// Makes durable what was appended.
    package func sync() throws(ReceivedRefusal) {
        try open.withLock { open throws(ReceivedRefusal) in
            try storing { () throws(JournalError) in try open?.journal.sync() }
        }
    }

    /// Closes the file; what `synced` says stays.
    package func close() {
        open.withLock { open in
            open?.journal.close()
            open = nil
        }
    }

    // MARK: - Opening

    private func note(_ found: Open) -> Open {
        mark.withLock { $0 = found.journal.syncedMark }
        return found
    }

    private func created() throws(ReceivedRefusal) -> Open {
        let storage = folder.storage
        let path = folder.receivedPath(of: signal)
        do throws(StorageError) {
            do throws(StorageError) {
                try storage.makeFolder(folder.receivedPath)
            } catch {
                guard error.code == EEXIST else { throw error }
            }
            // The file's own name is made durable by the writer's first sync.
            try storage.syncFolder(folder.path)
        } catch {
            throw .storage(.storage(error))
        }
        return try storing { () throws(JournalError) in
            try JournalWriter.create(path, in: storage).close()
            return Open(journal: try writer(at: 0), sequence: 1)
        }
    }

    /// `nil` when there is no file.
    private func reopened() throws(ReceivedRefusal) -> Open? {
        let path = folder.receivedPath(of: signal)
        let report: JournalReport
        do throws(JournalError) {
            report = try scanned(path)
        } catch {
            if case .storage(let fault) = error, fault.code == ENOENT { return nil }
            throw .storage(error)
        }
        if case .corrupt(let damage) = report.verdict { throw .corrupt(path: path, damage) }
        return try storing { () throws(JournalError) in
            if case .tornTail(let tail) = report.verdict {
                try folder.storage.cut(tail, off: path)
            }
            return Open(journal: try writer(at: report.end), sequence: report.nextSequence)
        }
    }

    private func scanned(_ path: String) throws(JournalError) -> JournalReport {
        var reader = try JournalReader(path, in: folder.storage)
        while try reader.next() != nil {}
        return reader.report
    }

    private func writer(at end: Int) throws(JournalError) -> JournalWriter {
        try JournalWriter.open(
            folder.receivedPath(of: signal),
            at: end,
            entriesOf: folder.receivedPath,
            in: folder.storage
        )
    }

    private func storing<Value>(
        _ operation: () throws(JournalError) -> Value
    ) throws(ReceivedRefusal) -> Value {
        do throws(JournalError) {
            return try operation()
        } catch {
            throw .storage(error)
        }
    }
}
