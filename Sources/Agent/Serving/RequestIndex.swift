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
        var state: Progress
    }

    private enum Progress {
        /// Whose claim it is.
        case underWay(UInt64)
        case answered(Answer)
    }

    private struct State {
        var entries: [RequestDigest: Entry] = [:]
        var claims: UInt64 = 0
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
        let (entry, claim) = state.withLock { state in
            if let entry = state.entries[request.key] { return (Entry?.some(entry), UInt64(0)) }
            state.claims += 1
            let underWay = Entry(content: request.content, state: .underWay(state.claims))
            state.entries[request.key] = underWay
            return (nil, state.claims)
        }
        guard let entry else { return .new(RequestClaim(request, number: claim, in: self)) }
        guard entry.content == request.content else { return .otherContent }
        switch entry.state {
        case .underWay: return .underWay
        case .answered(let answer): return .answered(answer)
        }
    }

    /// Keeps what a run's first event says of it.
    func remember(_ started: RunStarted, at now: Timestamp) {
        guard let request = started.request else { return }
        let answer = Answer(run: started.run, trace: started.trace.traceID)
        state.withLock { state in
            let entry = Entry(content: request.content, state: .answered(answer))
            state.entries[request.key] = entry
            state.order.append((request.key, started.run))
            let surplus = state.order.count - capacity
            let gone = state.order.enumerated().prefix { index, kept in
                index < surplus || now - kept.run.startedAt > Self.age
            }.count
            for (key, run) in state.order.prefix(gone) {
                guard case .answered(let answer)? = state.entries[key]?.state, answer.run == run
                else { continue }
                state.entries[key] = nil
            }
            state.order.removeFirst(gone)
        }
    }

    /// Nothing came of the claim, if it is still one.
    fileprivate func release(_ key: RequestDigest, claim: UInt64) {
        state.withLock { state in
            guard case .underWay(claim)? = state.entries[key]?.state else { return }
            state.entries[key] = nil
        }
    }
}

/// The right to begin the run that answers a request; when it goes without one, the request counts
/// as never sent.
final class RequestClaim: Sendable {
    let request: RequestIdentity
    private let number: UInt64
    private let index: RequestIndex

    fileprivate init(_ request: RequestIdentity, number: UInt64, in index: RequestIndex) {
        self.request = request
        self.number = number
        self.index = index
    }

    deinit {
        drop()
    }

    /// Nothing came of it: before that is told, so that the request may be sent again at once.
    func drop() {
        index.release(request.key, claim: number)
    }

    /// The run stands, with the request in its first event.
    func settle(_ started: RunStarted, at now: Timestamp) {
        index.remember(started, at: now)
    }
}
