internal import Synchronization

/// How any thread speaks to the curl thread: never by waiting for it.
final class CurlMailbox: Sendable {
    struct Letter: Sendable {
        var request: CurlRequest
        var completion: @Sendable (CurlResult) -> Void
    }

    /// What the thread finds when it looks.
    struct Delivery: Sendable {
        var letters: [Letter] = []
        /// Set once the thread is to end: what is live then is aborted.
        var deadline: ContinuousClock.Instant?
    }

    private struct State: Sendable {
        var letters: [Letter] = []
        var bell: (@Sendable () -> Void)?
        var deadline: ContinuousClock.Instant?
        var isClosed = false
    }

    private let state = Mutex(State())

    /// - Returns: False when the box is full or closed; the completion is then never called.
    func post(_ letter: Letter) -> Bool {
        state.withLock { state in
            let isOpen = !state.isClosed && state.deadline == nil
            guard isOpen, state.letters.count < CurlLimits.waitingRequests else { return false }
            state.letters.append(letter)
            state.bell?()
            return true
        }
    }

    func ring() {
        state.withLock { $0.bell?() }
    }

    /// Asks the thread to end by `deadline`; an earlier one replaces a later one.
    func end(by deadline: ContinuousClock.Instant) {
        state.withLock { state in
            state.deadline = min(deadline, state.deadline ?? deadline)
            state.bell?()
        }
    }

    // MARK: - The thread's side

    /// `bell` is rung under the lock, and never after `close`.
    func open(_ bell: @escaping @Sendable () -> Void) {
        state.withLock { $0.bell = bell }
    }

    /// At most `count` letters, and the deadline.
    func take(_ count: Int) -> Delivery {
        state.withLock { state in
            let taken = Array(state.letters.prefix(max(0, count)))
            state.letters.removeFirst(taken.count)
            return Delivery(letters: taken, deadline: state.deadline)
        }
    }

    /// Forgets the bell, and gives back what was never begun.
    func close() -> [Letter] {
        state.withLock { state in
            state.isClosed = true
            state.bell = nil
            let letters = state.letters
            state.letters = []
            return letters
        }
    }
}
