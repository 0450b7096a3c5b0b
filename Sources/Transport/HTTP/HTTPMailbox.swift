internal import Synchronization

/// How other threads speak to the loop: never by waiting for it.
final class HTTPMailbox: Sendable {
    struct Delivery: Sendable {
        /// Answers, each with its connection; at most one for every connection.
        var replies: [(token: UInt64, response: HTTPResponse)] = []
        /// Parts of asynchronous handlers that can go on.
        var jobs: [UnownedJob] = []
        /// What is to be done again and again from now on.
        var chore: HTTPChore?
        /// Set once the loop is to end.
        var deadline: ContinuousClock.Instant?
    }

    private struct State: Sendable {
        var delivery = Delivery()
        var isClosed = false
    }

    private let state = Mutex(State())
    let bell: EventDescriptor

    init(_ bell: EventDescriptor) {
        self.bell = bell
    }

    func post(_ response: HTTPResponse, to token: UInt64) {
        let isFirst = state.withLock { state in
            state.delivery.replies.append((token, response))
            return state.delivery.replies.count == 1
        }
        if isFirst { bell.signal() }
    }

    /// - Returns: False once the loop has ended.
    func post(_ job: UnownedJob) -> Bool {
        let (isTaken, isFirst) = state.withLock { state in
            guard !state.isClosed else { return (false, false) }
            state.delivery.jobs.append(job)
            return (true, state.delivery.jobs.count == 1)
        }
        if isFirst { bell.signal() }
        return isTaken
    }

    func post(_ chore: HTTPChore) {
        state.withLock { $0.delivery.chore = chore }
        bell.signal()
    }

    /// Asks the loop to end by `deadline`; an earlier one replaces a later one.
    func end(by deadline: ContinuousClock.Instant) {
        state.withLock { state in
            state.delivery.deadline = min(deadline, state.delivery.deadline ?? deadline)
        }
        bell.signal()
    }

    func take() -> Delivery {
        state.withLock { state in
            defer {
                (state.delivery.replies, state.delivery.jobs) = ([], [])
                state.delivery.chore = nil
            }
            return state.delivery
        }
    }

    /// Takes no jobs any more; gives those that are left.
    func close() -> [UnownedJob] {
        state.withLock { state in
            state.isClosed = true
            defer { state.delivery.jobs = [] }
            return state.delivery.jobs
        }
    }
}

/// Something that the loop does again and again, beside what it is asked.
struct HTTPChore: Sendable {
    var interval: Duration
    var due: ContinuousClock.Instant
    var body: @Sendable () -> Void
}
