import CLinux
import Glibc
package import Journal
package import Pipeline
import Synchronization
import Transport

/// A run that this process runs: its folder, its lock, its journal.
package struct OwnedRun: Sendable {
    package let folder: RunFolder
    package let lock: FileLock
    package let journal: JournalWriter
}

extension StateFolder {
    /// Begins a run: its folder, with plan and first event, stands under its id on return.
    ///
    /// What stands in the folder is durable; that it stands there is with the journal's first sync,
    /// and nothing counts as synced before: a power cut leaves the whole beginning, or nothing.
    /// The lock is taken before the folder gets its name, so no one ever sees the run ownerless.
    ///
    /// `reuse` is written behind the first event: a run that exists has all that it takes over
    /// from another one in its own journal.
    package func createRun(
        _ started: RunStarted,
        at instant: Timestamp,
        plan: PlanDocument,
        reuse: [RunEvent] = []
    ) throws(StateError) -> OwnedRun {
        try prepare()
        let folder = run(started.run)
        let new = RunFolder(
            id: started.run,
            path: runsPath + "/" + newPrefix + started.run.description,
            storage: storage
        )
        let beginning = RecordedEvent.beginning(started, reuse, at: instant)
        var lines: [UInt8] = []
        try journaled { () throws(JournalError) in
            var codec = RunEventCodec()
            for event in beginning { try codec.encode(event, into: &lines) }
        }
        try stored { () throws(StorageError) in try storage.makeFolder(new.path) }
        do throws(StateError) {
            let lock = try FileLock.take(new.lockPath)
            try fill(new, lines: lines, plan: plan, isExported: started.isExported)
            try stored { () throws(StorageError) in
                try storage.rename(new.path, to: folder.path)
            }
            let journal = try journaled { () throws(JournalError) in
                let (path, end) = (folder.journalPath, lines.count)
                return try JournalWriter.open(path, at: end, entriesOf: runsPath, in: storage)
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
        lines: [UInt8],
        plan: PlanDocument,
        isExported: Bool
    ) throws(StateError) {
        // All of it is made first and synced then, the larger file beside the rest: the disk does
        // in one go what it would do three times, and the first step waits for it.
        try journaled { () throws(JournalError) in
            // First: a run that has no room for its end does not begin.
            try JournalReserve.allocate(new.reservePath, in: storage)
            try storage.createFile(new.planPath, with: plan.json, synced: false)
            try storage.createFile(new.journalPath, with: lines, synced: false)
            if isExported {
                let cursor = ExportCursor(sequence: 0, isDone: false)
                try storage.createFile(new.exportPath, with: cursor.json, synced: false)
            }
        }
        let plan = PlanSync(new.planPath, in: storage)
        defer { plan.wait() }
        try journaled { () throws(JournalError) in
            if isExported { try storage.syncFile(new.exportPath) }
            try storage.syncFile(new.journalPath)
        }
        try stored { () throws(StorageError) in try storage.syncFolder(new.path) }
        plan.wait()
        if let error = plan.failure { throw .journal(error) }
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

extension RecordedEvent {
    /// The events with which a run's journal begins.
    static func beginning(
        _ started: RunStarted,
        _ reuse: [RunEvent],
        at instant: Timestamp
    ) -> [RecordedEvent] {
        ([.runStarted(started)] + reuse).enumerated().map { position, event in
            RecordedEvent(sequence: UInt64(position + 1), at: instant, event: event)
        }
    }
}

/// Syncs a new run's plan on a thread of its own; without one, at once.
private final class PlanSync {
    private let outcome = Outcome()
    private var thread: NamedThread?

    private final class Outcome: Sendable {
        let failure = Mutex<JournalError?>(nil)
    }

    init(_ path: String, in storage: any JournalStorage) {
        let sync: @Sendable () -> Void = { [outcome] in
            do throws(JournalError) {
                try storage.syncFile(path)
            } catch {
                outcome.failure.withLock { $0 = error }
            }
        }
        thread = try? NamedThread("weir-sync", sync)
        if thread == nil { sync() }
    }

    func wait() {
        thread?.join()
        thread = nil
    }

    var failure: JournalError? { outcome.failure.withLock { $0 } }
}

/// What a folder's name begins with until the run in it has begun.
private let newPrefix = ".new-"
