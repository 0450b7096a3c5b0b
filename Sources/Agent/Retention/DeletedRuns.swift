import CLinux
import Glibc
import Journal
import Pipeline

/// Runs that were taken out of sight, `runs/.old-<id>`, and are being removed.
enum DeletedRuns {
    static let prefix = ".old-"

    /// Removes the outputs first: as long as the journal stands, it tells whose they are.
    static func remove(
        _ folder: RunFolder,
        _ started: RunStarted,
        at instant: Timestamp,
        in state: StateFolder
    ) throws(StateError) {
        try stored { () throws(StorageError) in
            for outputs in StepOutputs.folders(of: started, at: instant, in: state) {
                try state.storage.removeTree(outputs)
            }
            try state.storage.removeTree(folder.path)
        }
    }

    /// Finishes what somebody else began and did not finish.
    ///
    /// - Returns: How many were removed, and what could not be.
    static func sweep(_ state: StateFolder) -> (removed: Int, faults: [(RunID, StateError)]) {
        let names = ((try? entries(of: state.runsPath)) ?? []).filter { $0.hasPrefix(prefix) }
        // What is removed from a folder that a power cut brings back would be missing there.
        guard !names.isEmpty, (try? state.storage.syncFolder(state.runsPath)) != nil else {
            return (0, [])
        }
        var (removed, faults) = (0, [(RunID, StateError)]())
        for name in names {
            guard let id = RunID(hex: String(name.dropFirst(prefix.count))) else { continue }
            let path = state.runsPath + "/" + name
            let folder = RunFolder(id: id, path: path, storage: state.storage)
            // Somebody may be at it just now.
            guard let lock = try? FileLock.take(folder.lockPath) else { continue }
            defer { withExtendedLifetime(lock) {} }
            do throws(StateError) {
                try finish(folder, in: state)
                removed += 1
            } catch {
                faults.append((id, error))
            }
        }
        return (removed, faults)
    }

    private static func finish(_ folder: RunFolder, in state: StateFolder) throws(StateError) {
        // Without its journal the outputs are gone already.
        if let first = try? folder.firstEvent(), case .runStarted(let started) = first.event {
            try remove(folder, started, at: first.at, in: state)
        } else {
            try stored { () throws(StorageError) in try state.storage.removeTree(folder.path) }
        }
    }
}
