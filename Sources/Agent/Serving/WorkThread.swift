import Glibc
import Synchronization
package import Transport

/// A thread for what an endpoint must not wait for, one piece of work after the other.
///
/// Disks may stand still, the endpoint loop may not (G5).
package final class WorkThread: Sendable {
    private struct State {
        var work: [@Sendable () -> Void] = []
        var isEnding = false
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
                let (work, isEnding) = state.withLock { state in
                    defer { state.work = [] }
                    return (state.work, state.isEnding)
                }
                for piece in work { piece() }
                guard work.isEmpty else { continue }
                if isEnding { return }
                _ = bell.wait(atMost: .seconds(3_600))
                bell.clear()
            }
        }
    }

    private let desk: Desk
    private let thread: NamedThread

    /// Starts the thread; `name` has at most 15 bytes.
    ///
    /// - Throws: When the system has no descriptor to give.
    package init(_ name: String) throws(SystemError) {
        guard let bell = EventDescriptor() else { throw SystemError("eventfd") }
        let desk = Desk(bell)
        self.desk = desk
        thread = NamedThread(name) { desk.run() }
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

    /// Does what is queued and ends the thread; call it once.
    package func stop() {
        desk.state.withLock { $0.isEnding = true }
        desk.bell.signal()
        thread.join()
    }
}
