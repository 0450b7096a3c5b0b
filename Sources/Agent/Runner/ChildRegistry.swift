import Glibc
import Pipeline
import Synchronization

/// The attempts' processes of every run in this process: what tells them from children that were
/// left behind and fell to us (`PR_SET_CHILD_SUBREAPER`).
///
/// A child is started and noted in one stroke, so that no sweep ever takes it for somebody else's.
package final class ChildRegistry: Sendable {
    private struct State {
        var pids: Set<Int32> = []
        var sweptAt = Timestamp(nanoseconds: .min)
    }

    private let state = Mutex(State())
    private let sweeps: Bool
    /// What ended unnoticed may stay a zombie for so long: nothing else tells of its end.
    private static let interval = Duration.seconds(1)

    /// - Parameter sweeps: False where the process has children that are nobody's run.
    package init(sweeps: Bool = true) {
        self.sweeps = sweeps
    }

    /// Calls `start` and notes the process that it gives.
    func spawn(
        _ start: () throws(LaunchError) -> SpawnedProcess
    ) throws(LaunchError) -> SpawnedProcess {
        try state.withLock { state throws(LaunchError) in
            let process = try start()
            state.pids.insert(process.pid)
            return process
        }
    }

    /// Processes of attempts that run now.
    var count: Int { state.withLock { $0.pids.count } }

    /// The process has been reaped: its number may come back as anybody's.
    func forget(_ pid: Int32) {
        _ = state.withLock { $0.pids.remove(pid) }
    }

    /// Reaps what others left behind, at most once a second however many ask.
    func sweep(at now: Timestamp) {
        guard sweeps else { return }
        state.withLock { state in
            guard now - state.sweptAt >= Self.interval else { return }
            state.sweptAt = now
            reapAdopted(except: state.pids)
        }
    }
}
