package import Journal
package import Pipeline

/// Why something in the state folder cannot be used, and what to do about it.
package enum StateError: Error, Hashable, CustomStringConvertible {
    /// The environment names no place for a state folder.
    case nowhere
    /// The folder cannot be made or read.
    case unusable(folder: String, cause: StorageError)
    case storage(StorageError)
    case journal(JournalError)
    /// Another process runs it; `pid` is 0 when it has not said which.
    case alreadyRunning(run: RunID, pid: Int32)
    /// Another process holds the lock file.
    case locked(path: String, pid: Int32)
    /// The run has its last event, and never changes again.
    case finished(run: RunID)
    /// The run has no last event yet; `pid` runs it, `nil`: nobody does.
    case unfinished(run: RunID, pid: Int32?)
    /// The journal is damaged other than at its very end: nothing was cut.
    case corrupt(run: RunID, path: String, damage: JournalDamage)
    /// The journal does not begin with a `run_started` of this run.
    case noStart(run: RunID, path: String)
    /// A line that is whole does not hold an event that this version knows.
    case unreadableEvent(run: RunID, sequence: UInt64, cause: CodecError)
    /// The journal is of another version of the format.
    case unsupportedFormat(run: RunID, version: Int)
    /// A small JSON file of a run (`plan.json`, `export`) does not hold what it should.
    case damagedFile(path: String, why: String)
    /// No run goes by this reference.
    case noSuchRun(reference: String, lookedIn: String)
    /// Several runs go by it.
    case ambiguousRun(reference: String, candidates: [RunID])

    /// There is no room for what was to be written, which somebody can make.
    package var isNoRoom: Bool {
        switch self {
        case .unusable(_, let cause), .storage(let cause): cause.isNoRoom
        case .journal(let error): error.isNoRoom
        default: false
        }
    }

    package var description: String {
        switch self {
        case .nowhere:
            "no place for the state folder: set WEIR_STATE_DIR, or HOME, to an absolute path"
        case .unusable(let folder, let cause):
            "the state folder \(folder) cannot be used: \(cause); "
                + "set WEIR_STATE_DIR to a folder that you may write"
        case .storage(let error): error.description
        case .journal(let error): error.description
        case .alreadyRunning(let run, let pid):
            "run \(run) is being run by \(process(pid)); `weir show \(run)` shows it"
        case .locked(let path, let pid): "\(path) is held by \(process(pid))"
        case .finished(let run):
            "run \(run) has finished and never changes; `weir retry \(run)` starts a new one"
        case .unfinished(let run, let pid?):
            "run \(run) is being run by \(process(pid)); wait for its end, or `weir cancel \(run)`"
        case .unfinished(let run, nil):
            "run \(run) has not finished, so it is not repeated: `weir resume \(run)` goes on with it"
        case .corrupt(let run, let path, let damage):
            "the journal of run \(run) is corrupt: \(path): \(damage); nothing was changed; "
                + (damage.line == 1
                    ? "the run's start is lost: it cannot be resumed"
                    : "`weir show \(run)` shows what is readable, and "
                        + "`weir resume \(run) --accept-loss` goes on without the rest")
        case .noStart(let run, let path):
            "\(path) does not begin with the start of run \(run): it cannot be resumed"
        case .unreadableEvent(let run, let sequence, let cause):
            "run \(run), event \(sequence): \(cause); it can be shown, not resumed"
        case .unsupportedFormat(let run, let version):
            "run \(run) was recorded in format \(version), this weir knows \(RunStarted.format): "
                + "it can be shown, not resumed"
        case .damagedFile(let path, let why): "\(path) is damaged: \(why)"
        case .noSuchRun(let reference, let lookedIn):
            "no run is called \"\(reference)\"; looked in \(lookedIn); `weir runs` lists them"
        case .ambiguousRun(let reference, let candidates):
            "\"\(reference)\" may mean \(list(candidates)): give more of the id"
        }
    }

    private func list(_ runs: [RunID]) -> String {
        runs.prefix(5).map(\.description).joined(separator: ", ")
            + (runs.count > 5 ? " or \(runs.count - 5) more" : "")
    }

    private func process(_ pid: Int32) -> String {
        pid > 0 ? "process \(pid)" : "another process"
    }
}

/// Runs `operation`, an error of the file system told as the state's.
func stored<Value>(
    _ operation: () throws(StorageError) -> Value
) throws(StateError) -> Value {
    do {
        return try operation()
    } catch {
        throw .storage(error)
    }
}

/// Runs `operation`, an error of a journal told as the state's.
func journaled<Value: ~Copyable>(
    _ operation: () throws(JournalError) -> Value
) throws(StateError) -> Value {
    do {
        return try operation()
    } catch {
        throw .journal(error)
    }
}
