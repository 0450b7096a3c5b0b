import Glibc
import Synchronization
package import Transport

/// A thread for what an endpoint must not wait for, one piece of work after the other.
///
/// Disks may stand still, the endpoint loop may not (G5).
package final class WorkThread: Sendable {
    private struct State {
        var work: [@Sendable () -> Void] = []
        var chore: Chore?
        var later: [Later] = []
        var isEnding = false
    }

    /// Something to be done again and again, between the pieces of work.
    private struct Chore {
        var interval: Duration
        var due: ContinuousClock.Instant
        var body: @Sendable () -> Void
    }

    /// A piece of work whose time is to come.
    private struct Later {
        var due: ContinuousClock.Instant
        var piece: @Sendable () -> Void
    }

    /// Pieces that may wait: a client gets its answer within minutes, or a refusal at once.
    private static let capacity = 256

    private final class Desk: Sendable {
        let state = Mutex(State())
        let bell: EventDescriptor

        init(_ bell: EventDescriptor) {
            self.bell = bell
        }

        func run() {
            while true {
                let now = ContinuousClock.now
                let (work, isEnding, due) = state.withLock { state in
                    defer { state.work = [] }
                    if let chore = state.chore, chore.due <= now {
                        state.chore?.due = now + chore.interval
                        state.work.append(chore.body)
                    }
                    state.work += state.later.filter { $0.due <= now }.map(\.piece)
                    state.later.removeAll { $0.due <= now }
                    let due = ([state.chore?.due] + state.later.map(\.due)).compactMap(\.self)
                    return (state.work, state.isEnding, due.min())
                }
                for piece in work { piece() }
                guard work.isEmpty else { continue }
                if isEnding { return }
                _ = bell.wait(atMost: due.map { $0 - now })
                bell.clear()
            }
        }
    }

    private let desk: Desk
    private let thread: NamedThread

    /// Starts the thread; `name` has at most 15 bytes.
    ///
    /// - Throws: When the system has no descriptor or thread to give.
    package init(_ name: String) throws(SystemError) {
        guard let bell = EventDescriptor() else { throw SystemError("eventfd") }
        let desk = Desk(bell)
        self.desk = desk
        thread = try NamedThread(name) { desk.run() }
    }

    /// Queues a piece of work.
    ///
    /// - Returns: False when too much waits already, or the thread is ending.
    package func submit(_ piece: @escaping @Sendable () -> Void) -> Bool {
        let isTaken = desk.state.withLock { state in
            guard !state.isEnding, state.work.count < Self.capacity else { return false }
            state.work.append(piece)
            return true
        }
        if isTaken { desk.bell.signal() }
        return isTaken
    }

    /// Has a piece of work done when `delay` has passed; not when the thread ends before.
    package func submit(after delay: Duration, _ piece: @escaping @Sendable () -> Void) {
        desk.state.withLock { $0.later.append(Later(due: .now + delay, piece: piece)) }
        desk.bell.signal()
    }

    /// Has a piece of work done and gives what came of it.
    ///
    /// - Returns: `nil` when too much waits already, or the thread is ending.
    package func perform<Value: Sendable>(
        _ piece: @escaping @Sendable () -> Value
    ) async -> Value? {
        await withCheckedContinuation { continuation in
            let isTaken = submit { continuation.resume(returning: piece()) }
            if !isTaken { continuation.resume(returning: nil) }
        }
    }

    /// Has `chore` done every `interval` from now on; of several calls the last one counts.
    ///
    /// Without a chore the thread sleeps until there is work.
    package func repeats(every interval: Duration, _ chore: @escaping @Sendable () -> Void) {
        desk.state.withLock { state in
            state.chore = Chore(interval: interval, due: .now + interval, body: chore)
        }
        desk.bell.signal()
    }

    /// Does what is queued and ends the thread; call it once.
    package func stop() {
        desk.state.withLock { $0.isEnding = true }
        desk.bell.signal()
        thread.join()
    }
}
