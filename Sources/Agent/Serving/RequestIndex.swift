package import Pipeline
import Synchronization

/// Which run answers which request, so that a request that is sent again begins nothing.
///
/// The truth stands in the runs' first events (`RunStarted.request`); this is an index of them,
/// made anew at every start. A request whose run could not be begun leaves nothing behind: sent
/// again, it is a new one.
package final class RequestIndex: Sendable {
    /// What is known of a request.
    enum Finding {
        /// Nothing: whoever holds the claim may begin the run.
        case new(RequestClaim)
        /// This run answers it.
        case answered(Answer)
        /// The key was used for something else.
        case otherContent
        /// Its run is just being begun.
        case underWay
    }

    struct Answer: Hashable, Sendable {
        var run: RunID
        var trace: TraceID
    }

    private struct Entry {
        var content: RequestDigest
        /// `nil` while the run is being begun.
        var answer: Answer?
    }

    private struct State {
        var entries: [RequestDigest: Entry] = [:]
        /// Keys with an answer, the oldest run first.
        var order: [(key: RequestDigest, run: RunID)] = []
    }

    /// Clients that did not hear an answer ask again within minutes; a day also covers those that
    /// wait for a person.
    package static let age = Duration.seconds(24 * 3_600)
    /// A day of one keyed start every five seconds, in less than 3 MB; whoever sends more must ask
    /// again sooner.
    package static let capacity = 16_384

    private let state = Mutex(State())
    private let capacity: Int

    /// - Parameter capacity: Keys that are kept.
    package init(capacity: Int = RequestIndex.capacity) {
        self.capacity = capacity
    }

    /// Reads what the runs of the last day answer.
    package convenience init(
        of folder: StateFolder,
        at now: Timestamp,
        capacity: Int = RequestIndex.capacity
    ) throws(StateError) {
        self.init(capacity: capacity)
        var found: [RunStarted] = []
        for id in try folder.runIDs() {
            guard now - id.startedAt <= Self.age, found.count < capacity else { break }
            // A run that cannot be read is reported by who takes it up.
            guard case .runStarted(let started)? = try? folder.run(id).firstEvent().event,
                started.request != nil
            else { continue }
            found.append(started)
        }
        for started in found.reversed() { remember(started, at: now) }
    }

    /// What is known of `request`; it counts as under way from here if that is nothing.
    func find(_ request: RequestIdentity) -> Finding {
        let entry = state.withLock { state in
            let entry = state.entries[request.key]
            if entry == nil { state.entries[request.key] = Entry(content: request.content) }
            return entry
        }
        guard let entry else { return .new(RequestClaim(request, in: self)) }
        guard entry.content == request.content else { return .otherContent }
        return entry.answer.map { .answered($0) } ?? .underWay
    }

    /// Keeps what a run's first event says of it.
    func remember(_ started: RunStarted, at now: Timestamp) {
        guard let request = started.request else { return }
        let answer = Answer(run: started.run, trace: started.trace.traceID)
        state.withLock { state in
            state.entries[request.key] = Entry(content: request.content, answer: answer)
            state.order.append((request.key, started.run))
            let surplus = state.order.count - capacity
            let gone = state.order.enumerated().prefix { index, kept in
                index < surplus || now - kept.run.startedAt > Self.age
            }.count
            for (key, run) in state.order.prefix(gone)
            where state.entries[key]?.answer?.run == run {
                state.entries[key] = nil
            }
            state.order.removeFirst(gone)
        }
    }

    /// Nothing came of it.
    fileprivate func release(_ key: RequestDigest) {
        state.withLock { state in
            if state.entries[key]?.answer == nil { state.entries[key] = nil }
        }
    }
}

/// The right to begin the run that answers a request; dropped without one, the request counts as
/// never sent.
final class RequestClaim: Sendable {
    let request: RequestIdentity
    private let index: RequestIndex

    fileprivate init(_ request: RequestIdentity, in index: RequestIndex) {
        self.request = request
        self.index = index
    }

    deinit {
        index.release(request.key)
    }

    /// The run stands, with the request in its first event.
    func settle(_ started: RunStarted, at now: Timestamp) {
        index.remember(started, at: now)
    }
}
