import Journal
import Pipeline

/// A finished run that is about to be deleted: while this lives, nobody else runs, sends or deletes
/// it.
final class ClaimedRun {
    /// Why a run cannot be deleted now.
    struct Refusal: Error {
        /// `nil`: it is gone already.
        var hold: Retention.Hold?
        var why: String
    }

    let started: RunStarted
    private let startedAt: Timestamp
    private let state: StateFolder
    private(set) var folder: RunFolder
    private let lock: FileLock
    /// Keeps exporters out.
    private let journal: JournalReader

    /// Takes the run, and reads its journal from the first line to the last: what is damaged
    /// anywhere is for a person to look at.
    init(_ folder: RunFolder, in state: StateFolder) throws(Refusal) {
        self.folder = folder
        self.state = state
        do throws(StateError) {
            lock = try FileLock.take(folder.lockPath)
            var reader = try journaled { () throws(JournalError) in
                try JournalReader(folder.journalPath, in: folder.storage)
            }
            let isOurs = try journaled { () throws(JournalError) in try reader.lock() }
            guard isOurs else { throw StateError.locked(path: folder.journalPath, pid: 0) }
            (started, startedAt) = try Self.read(&reader, of: folder)
            reader.finish()
            journal = reader
        } catch {
            throw Self.refusal(of: folder, error)
        }
    }

    private static func refusal(of folder: RunFolder, _ error: StateError) -> Refusal {
        guard !folder.isGone else { return Refusal(hold: nil, why: "it is gone") }
        if case .locked(let path, _) = error {
            let hold: Retention.Hold = path == folder.lockPath ? .running : .unsent
            return Refusal(hold: hold, why: error.description)
        }
        return Refusal(hold: .unreadable, why: error.description)
    }

    private static func read(
        _ reader: inout JournalReader,
        of folder: RunFolder
    ) throws(StateError) -> (RunStarted, Timestamp) {
        var first: (RunStarted, Timestamp)?
        var hasEnded = false
        while let line = try folder.nextLine(&reader) {
            let event = try folder.decode(line)
            if case .runStarted(let started) = event.event { first = first ?? (started, event.at) }
            if case .runFinished = event.event { hasEnded = true }
        }
        if case .corrupt(let damage) = reader.report.verdict {
            throw .corrupt(run: folder.id, path: folder.journalPath, damage: damage)
        }
        guard let first, first.0.run == folder.id, hasEnded else {
            throw .noStart(run: folder.id, path: folder.journalPath)
        }
        return first
    }

    /// Of all that `remove` will take.
    var bytes: Int64 {
        let outputs = StepOutputs.folders(of: started, at: startedAt, in: state)
        return outputs.reduce(diskUsage(of: folder.path)) { $0 &+ diskUsage(of: $1) }
    }

    /// Takes the run out of sight at once: what follows can be broken off anywhere.
    func hide() throws(StateError) {
        let hidden = RunFolder(
            id: folder.id,
            path: state.runsPath + "/" + DeletedRuns.prefix + folder.id.description,
            storage: folder.storage
        )
        try stored { () throws(StorageError) in
            try state.storage.rename(folder.path, to: hidden.path)
        }
        folder = hidden
    }

    /// Removes what was hidden; it is durable that it was.
    func remove() throws(StateError) {
        try DeletedRuns.remove(folder, started, at: startedAt, in: state)
    }
}
