import CLinux
import Glibc
package import Journal
package import Pipeline

/// A run that this process runs: its folder, its lock, its journal.
package struct OwnedRun: Sendable {
    package let folder: RunFolder
    package let lock: FileLock
    package let journal: JournalWriter
}

extension StateFolder {
    /// Begins a run: its folder, with plan and first event, stands durably under its id on return.
    ///
    /// The lock is taken before the folder gets its name, so no one ever sees the run ownerless.
    package func createRun(
        _ started: RunStarted,
        at instant: Timestamp,
        plan: PlanDocument
    ) throws(StateError) -> OwnedRun {
        try prepare()
        let folder = run(started.run)
        let new = RunFolder(
            id: started.run,
            path: runsPath + "/" + newPrefix + started.run.description,
            storage: storage
        )
        let first = RecordedEvent(sequence: 1, at: instant, event: .runStarted(started))
        var line: [UInt8] = []
        try journaled { () throws(JournalError) in
            var codec = RunEventCodec()
            try codec.encode(first, into: &line)
        }
        try stored { () throws(StorageError) in try storage.makeFolder(new.path) }
        do throws(StateError) {
            let lock = try FileLock.take(new.lockPath)
            try fill(new, line: line, plan: plan, isExported: started.isExported)
            try stored { () throws(StorageError) in
                try storage.rename(new.path, to: folder.path)
                try storage.syncFolder(runsPath)
            }
            let journal = try journaled { () throws(JournalError) in
                let (path, end) = (folder.journalPath, line.count)
                return try JournalWriter.open(path, at: end, synced: end, in: storage)
            }
            return OwnedRun(folder: folder, lock: lock, journal: journal)
        } catch {
            // What cannot be removed now is a leftover for later.
            try? storage.removeTree(new.path)
            throw error
        }
    }

    private func fill(
        _ new: RunFolder,
        line: [UInt8],
        plan: PlanDocument,
        isExported: Bool
    ) throws(StateError) {
        // All of it is made first and synced then: a file system that commits what it was told so
        // far commits once for the first sync, and has little left to do for the others.
        try stored { () throws(StorageError) in
            try storage.makeFolder(new.inbox.path)
            try storage.makeFolder(new.logsPath)
        }
        try journaled { () throws(JournalError) in
            try storage.createFile(new.planPath, with: plan.json, synced: false)
            try storage.createFile(new.journalPath, with: line, synced: false)
            if isExported {
                let cursor = ExportCursor(sequence: 0, isDone: false)
                try storage.createFile(new.exportPath, with: cursor.json, synced: false)
                try storage.syncFile(new.exportPath)
            }
            try storage.syncFile(new.planPath)
            try storage.syncFile(new.journalPath)
        }
        try stored { () throws(StorageError) in try storage.syncFolder(new.path) }
    }

    /// Removes what crashes left of runs that never began: folders being prepared by no one, and
    /// older than a minute (younger ones may be about to be locked).
    ///
    /// - Returns: How many were removed.
    /// - Throws: `unusable`; what cannot be removed is passed over.
    @discardableResult
    package func removeLeftovers(now: Timestamp) throws(StateError) -> Int {
        let names: [String]
        do throws(StorageError) {
            names = try entries(of: runsPath)
        } catch {
            if error.code == ENOENT { return 0 }
            throw .unusable(folder: path, cause: error)
        }
        var removed = 0
        for name in names where name.hasPrefix(newPrefix) {
            let leftover = runsPath + "/" + name
            var status = stat()
            guard unsafe lstat(leftover, &status) == 0, now - status.modified > .seconds(60)
            else { continue }
            let lock = try? FileLock.take(leftover + "/lock")
            guard lock != nil, (try? storage.removeTree(leftover)) != nil else { continue }
            removed += 1
        }
        return removed
    }
}

/// What a folder's name begins with until the run in it has begun.
private let newPrefix = ".new-"
