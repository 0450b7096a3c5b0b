package import Pipeline
import Synchronization

/// A run that this process runs beside others, as anyone may look at it.
package final class HostedRun: Sendable {
    package let id: RunID
    package let pipeline: String
    package let folder: RunFolder
    private let view: RunView
    private let ping: LoopPing
    private let pings: PingBox
    private let result = Mutex<Result<RunEnd, any Error>?>(nil)

    init(id: RunID, pipeline: String, folder: RunFolder, view: RunView, pings: PingBox) {
        self.id = id
        self.pipeline = pipeline
        self.folder = folder
        self.view = view
        self.pings = pings
        ping = LoopPing("engine") { pings.post($0) }
    }

    /// How late the run's engine is; a new ping is on its way when the call returns.
    var lag: Duration { ping.lag() }

    /// Attempts that run now, and how many may.
    var workers: (busy: Int, places: Int) { view.workers }

    /// Leaves the run to the next owner, with so long for its attempts to end.
    func interrupt(grace: Duration) { pings.interrupt(grace: grace) }

    /// As it stands after the last event that was written.
    package var snapshot: RunSnapshot { view.snapshot }

    /// The last line that each running attempt printed.
    package var lastLines: [AttemptRef: String] { view.lastLines }

    /// How it ended, or what interrupted it; `nil` while it runs.
    package var outcome: Result<RunEnd, any Error>? { result.withLock { $0 } }

    func finish(_ outcome: Result<RunEnd, any Error>) {
        result.withLock { $0 = outcome }
    }
}

/// Folds a run's events where they come from, on the engine's thread: readers copy a value and
/// compute on it elsewhere.
final class RunView: RunListener {
    private struct State {
        var snapshot: RunSnapshot
        var lastLines: [AttemptRef: String] = [:]
    }

    private let state: Mutex<State>

    /// - Parameter plan: `nil` where only the events tell what steps there are.
    init(plan: Plan?) {
        state = Mutex(State(snapshot: plan.map(RunSnapshot.init(plan:)) ?? RunSnapshot()))
    }

    var snapshot: RunSnapshot { state.withLock { $0.snapshot } }
    var lastLines: [AttemptRef: String] { state.withLock { $0.lastLines } }
    /// Without a copy, which the run's next event would have to make whole.
    var workers: (busy: Int, places: Int) {
        state.withLock { ($0.snapshot.counts.running, $0.snapshot.started?.workers ?? 0) }
    }

    func offer(_ events: [RecordedEvent]) {
        state.withLock { state in
            for event in events {
                _ = state.snapshot.apply(event)
                if case .attemptFinished(let attempt, _) = event.event {
                    state.lastLines[attempt] = nil
                }
            }
        }
    }

    /// At most one line for each running attempt: the number of workers bounds them.
    func offer(_ attempt: AttemptRef, lastLine: String) {
        state.withLock { $0.lastLines[attempt] = lastLine }
    }

    func offer(notice: String) {}
    func close() {}
}
