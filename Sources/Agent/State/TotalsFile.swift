import Glibc
import Journal
import Pipeline
import Telemetry

/// `totals.json`, for the holder of `totals.lock`: what the folder's agents have counted.
///
/// Whoever replaces it also forgets the runs whose folders are gone: nobody can read them again.
struct TotalsFile {
    private let state: StateFolder
    private let lock: FileLock
    private static let bytesMax = 256 << 20

    /// Takes the lock.
    ///
    /// - Parameters:
    ///   - state: Whose totals.
    ///   - wait: How long another holder is waited for.
    /// - Throws: `locked` when that was not long enough.
    init(lockingIn state: StateFolder, wait: Duration = .seconds(10)) throws(StateError) {
        self.state = state
        lock = try FileLock.take(state.totalsLockPath, wait: wait)
    }

    /// What was written last; `nil` where nothing ever was.
    static func read(_ state: StateFolder) throws(StateError) -> MetricTotals? {
        let bytes: [UInt8]
        do throws(JournalError) {
            bytes = try state.storage.readFile(state.totalsPath, limit: bytesMax)
        } catch .storage(let error) where error.code == ENOENT {
            return nil
        } catch {
            throw .journal(error)
        }
        do throws(MetricTotalsError) {
            return try MetricTotals(json: bytes)
        } catch {
            throw .damagedFile(path: state.totalsPath, why: error.description)
        }
    }

    /// Replaces it, durably, without the runs that are gone.
    ///
    /// - Returns: What it holds now, and which runs it has forgotten.
    @discardableResult
    func write(
        _ totals: MetricTotals
    ) throws(StateError) -> (totals: MetricTotals, forgotten: [RunID]) {
        var totals = totals
        let forgotten = gone(of: totals)
        for run in forgotten {
            totals.absorbed.remove(run)
            totals.positions[run] = nil
        }
        try journaled { () throws(JournalError) in
            try state.storage.replaceFile(state.totalsPath, with: totals.json(), synced: true)
        }
        return (totals, forgotten)
    }

    /// Runs of `totals` without a folder, for good: what is listed after `totals` were taken is
    /// listed once it is durable, or a power cut could bring one back that would count twice.
    private func gone(of totals: MetricTotals) -> [RunID] {
        guard let names = try? entries(of: state.runsPath) else { return [] }
        let there = Set(names.compactMap { RunID(hex: $0) })
        let gone = totals.absorbed.union(totals.positions.keys).subtracting(there)
        guard !gone.isEmpty, (try? state.storage.syncFolder(state.runsPath)) != nil else {
            return []
        }
        return Array(gone)
    }
}

extension StateFolder {
    /// Counts in `totals.json` what finished runs of agents came to, before they are deleted while
    /// no agent serves the folder; the caller has their locks.
    ///
    /// An agent that starts meanwhile waits for the lock before it reads the file, and one that
    /// serves keeps its own count and writes over the file: then nothing is done here.
    ///
    /// - Parameter runs: Whole journals with an end.
    /// - Returns: Those that are in the file now, durably.
    /// - Throws: `locked` when an agent serves the folder.
    func count(inTotals runs: [RunFolder]) throws(StateError) -> Set<RunID> {
        let file = try TotalsFile(lockingIn: self)
        if let agent = try agentPID() {
            throw .locked(path: agentLockPath, pid: agent)
        }
        let registry = MetricRegistry()
        let written = try TotalsFile.read(self)
        var fold = written.map { MetricFold(registry, restoring: $0) } ?? MetricFold(registry)
        let missing = runs.filter { !fold.holds($0.id) }
        for run in missing {
            try run.events { event in
                if case .known(let recorded) = event { fold.apply(recorded, of: run.id) }
            }
        }
        let held = Set(runs.map(\.id).filter { fold.holds($0) })
        if !missing.isEmpty { try file.write(fold.totals()) }
        return held
    }
}
