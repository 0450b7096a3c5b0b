import CLinux
import Glibc
import Journal
package import Pipeline

/// A run's part in its pipeline's lock: held from before its first event to its end, by whichever
/// process runs it.
///
/// Two files a pipeline, so that the command line and an agent mean the same:
///
///     <state>/overlap/<pipeline>         held shared by every run that goes on
///     <state>/overlap/<pipeline>.gate    held alone by whoever decides whether it may begin
///
/// The lock is asked for alone, to learn that nobody runs, and then held shared. The system does
/// not change it in one piece; the gate keeps everybody else from deciding in between.
package final class OverlapLock: Sendable {
    private let file: Int32

    private init(_ file: Int32) { self.file = file }

    deinit {
        _ = flock(file, LOCK_UN)
        _ = Glibc.close(file)
    }

    /// A run of the pipeline begins, or goes on, whoever else runs.
    package static func join(
        _ pipeline: String,
        in state: StateFolder
    ) throws(StateError)
        -> OverlapLock
    {
        let gate = try open(pipeline + ".gate", in: state)
        defer { _ = Glibc.close(gate) }
        try lock(gate, LOCK_EX, pipeline)
        let file = try open(pipeline, in: state)
        let taken = OverlapLock(file)
        try lock(file, LOCK_SH, pipeline)
        return taken
    }

    /// A run begins only if no other run of the pipeline goes on.
    ///
    /// - Returns: `nil` when another does.
    package static func joinAlone(
        _ pipeline: String,
        in state: StateFolder
    ) throws(StateError)
        -> OverlapLock?
    {
        let gate = try open(pipeline + ".gate", in: state)
        defer { _ = Glibc.close(gate) }
        try lock(gate, LOCK_EX, pipeline)
        let file = try open(pipeline, in: state)
        let taken = OverlapLock(file)
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else { throw failure(pipeline) }
            return nil
        }
        try lock(file, LOCK_SH, pipeline)
        return taken
    }

    /// Waits until every run of the pipeline that goes on now has ended, without holding up the
    /// decisions of others.
    package static func waitForOthers(
        _ pipeline: String,
        in state: StateFolder
    )
        throws(StateError)
    {
        let file = try open(pipeline, in: state)
        defer { _ = Glibc.close(file) }
        try lock(file, LOCK_EX, pipeline)
    }

    private static func open(_ name: String, in state: StateFolder) throws(StateError) -> Int32 {
        let folder = state.path + "/overlap"
        let path = folder + "/" + name
        for _ in 0..<2 {
            let file = unsafe weir_open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            if file >= 0 { return file }
            guard errno == ENOENT else { break }
            // Nothing above it: a state folder that was removed must not come back by this.
            do throws(StorageError) {
                try state.storage.makeFolder(folder)
            } catch {
                guard error.code == EEXIST else {
                    throw .unusable(folder: state.path, cause: error)
                }
            }
        }
        throw .storage(StorageError(.open, path, code: errno))
    }

    private static func lock(_ file: Int32, _ kind: Int32, _ name: String) throws(StateError) {
        while flock(file, kind) != 0 {
            guard errno == EINTR else { throw failure(name) }
        }
    }

    private static func failure(_ name: String) -> StateError {
        .storage(StorageError(.lock, "overlap/" + name, code: errno))
    }
}

extension OverlapPolicy {
    /// Does what it says before a run begins, and waits as long as that takes.
    ///
    /// - Parameters:
    ///   - pipeline: Whose run is to begin.
    ///   - run: The run that is to begin: what is ended for it is told so.
    ///   - state: Where the others are.
    /// - Returns: The run's part in the lock; `nil`: it must not begin.
    /// - Throws: What kept a lock from being taken.
    package func enter(
        _ pipeline: String,
        for run: RunID,
        in state: StateFolder
    ) throws(StateError) -> OverlapLock? {
        switch self {
        case .allow: return try OverlapLock.join(pipeline, in: state)
        case .skip: return try OverlapLock.joinAlone(pipeline, in: state)
        case .queue, .replace: break
        }
        // Somebody else may be quicker each time, and then goes first.
        while true {
            if let lock = try OverlapLock.joinAlone(pipeline, in: state) { return lock }
            if self == .replace {
                for other in try state.runs(of: pipeline) {
                    try other.inbox.post(.supersede(by: run))
                }
            }
            try OverlapLock.waitForOthers(pipeline, in: state)
        }
    }
}

extension StateFolder {
    /// The runs of a pipeline that some process runs now.
    package func runs(of pipeline: String) throws(StateError) -> [RunFolder] {
        try runIDs().map(run).filter { folder in
            guard let owner = try? folder.ownerPID(), owner >= 0,
                case .runStarted(let started)? = try? folder.firstEvent().event
            else { return false }
            return started.pipeline == pipeline
        }
    }
}
