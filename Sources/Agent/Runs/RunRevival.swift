import Glibc
import Journal
import Pipeline
import Synchronization

/// Takes up again what a full disk interrupted, when there is room, and says meanwhile why nothing
/// new begins (G6).
package final class RunRevival: Sendable {
    /// Does something after a while, on a thread that may wait for a disk.
    package typealias Schedule = @Sendable (Duration, @escaping @Sendable () -> Void) -> Void

    let room: StateRoom
    private let state = Mutex(State())
    private let schedule: Schedule
    /// Told what a person should know.
    private let tell: @Sendable (String) -> Void

    private struct State {
        var runs = InterruptedRuns()
        var isScheduled = false
    }

    private static let interval = Duration.seconds(1)

    init(
        _ room: StateRoom,
        schedule: @escaping Schedule,
        tell: @escaping @Sendable (String) -> Void
    ) {
        self.room = room
        self.schedule = schedule
        self.tell = tell
    }

    /// Which runs wait to go on and why, from memory; `nil`: none.
    package var fault: String? { state.withLock { $0.runs.fault } }

    /// A run of `host` could not go on.
    func note(_ run: HostedRun, _ interruption: RunInterrupted, of host: RunHost) {
        let name = "run \(run.id) (\(run.pipeline))"
        guard interruption.kind != .lost else {
            tell("\(name) is lost: \(interruption); nothing of it runs any more")
            return
        }
        tell("\(name) is interrupted: \(interruption); it goes on by itself when that is mended")
        note(run.id, interruption, of: host)
    }

    /// A run is to go on as soon as it can be written.
    func note(_ run: RunID, _ interruption: RunInterrupted, of host: RunHost) {
        if interruption.kind == .noRoom { room.noteFull() }
        state.withLock { $0.runs.add(run, why: "\(interruption)", at: .now) }
        arm(host)
    }

    private func arm(_ host: RunHost) {
        let isNew = state.withLock { state in
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        guard isNew else { return }
        schedule(Self.interval) { [weak self, weak host] in
            guard let self, let host else { return }
            turn(host)
        }
    }

    private func turn(_ host: RunHost) {
        let isDue = state.withLock { state in
            state.isScheduled = false
            return state.runs.isDue(at: .now)
        }
        if isDue, room.fault() == nil {
            let waiting = state.withLock { state in
                state.runs.noteTry(at: .now)
                return Array(state.runs.waiting.keys)
            }
            for run in waiting { goOn(run, host) }
        }
        if fault != nil { arm(host) }
    }

    private func goOn(_ run: RunID, _ host: RunHost) {
        do {
            let hosted = try host.resume(run)
            tell("run \(run) (\(hosted.pipeline)) goes on")
        } catch {
            if Self.mayPass(error) { return }
            // A finished one somebody else has seen to.
            let isOver = if case StateError.finished = error { true } else { false }
            if !isOver { tell("run \(run) cannot go on: \(error)") }
        }
        state.withLock { $0.runs.remove(run) }
    }

    /// Whether the same may succeed later.
    private static func mayPass(_ error: any Error) -> Bool {
        switch error {
        case is RunHostFull, is RunHostExhausted: true
        case StateError.alreadyRunning, StateError.locked: true
        case StateError.storage(let fault), StateError.journal(.storage(let fault)):
            fault.code != ENOENT
        case StateError.journal(.shortWrite): true
        default: false
        }
    }
}

/// Nothing new is begun, since it could not be remembered.
package struct RunHostUnready: Error, CustomStringConvertible {
    package let why: String

    package var description: String { "nothing new can be remembered now: \(why)" }
}
