internal import Synchronization

/// How other threads speak to the loop: never by waiting for it.
final class HTTPMailbox: Sendable {
    struct Delivery: Sendable {
        /// Answers, each with its connection; at most one for every connection.
        var replies: [(token: UInt64, response: HTTPResponse)] = []
        /// Set once the loop is to end.
        var deadline: ContinuousClock.Instant?
    }

    private let state = Mutex(Delivery())
    let bell: EventDescriptor

    init(_ bell: EventDescriptor) {
        self.bell = bell
    }

    func post(_ response: HTTPResponse, to token: UInt64) {
        let isFirst = state.withLock { state in
            state.replies.append((token, response))
            return state.replies.count == 1
        }
        if isFirst { bell.signal() }
    }

    /// Asks the loop to end by `deadline`; an earlier one replaces a later one.
    func end(by deadline: ContinuousClock.Instant) {
        state.withLock { $0.deadline = min(deadline, $0.deadline ?? deadline) }
        bell.signal()
    }

    func take() -> Delivery {
        state.withLock { state in
            defer { state.replies = [] }
            return state
        }
    }
}
