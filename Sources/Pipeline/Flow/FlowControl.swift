/// Who may pass which gate: the pools, rate limits and breakers that all runs of one process share.
///
/// A pure value: it decides, and `FlowAnswer`s say what. A run asks for one place at a time per
/// combination of gates (a *lane* of the run), and asks again when it got one. So runs take turns,
/// and a run with a thousand steps does not keep one with a single step waiting.
///
/// Among the lanes the one that has waited longest goes first. What keeps one whose gates are
/// never open at the same time from starving is in `FlowControl+Settling.swift`.
package struct FlowControl: Sendable {
    struct Pool: Sendable {
        var policy: PoolPolicy
        var used = 0
    }

    /// A run's steps that wait for the same gates.
    struct Claim: Sendable {
        let ticket: FlowTicket
        let since: Timestamp
        /// Of two that began to wait at once the one that came first.
        let order: UInt64
        /// Steps that wait behind it, itself included.
        var waiting: Int
        /// What the run was told.
        var told: GateWait?
    }

    var pools: [String: Pool] = [:]
    var buckets: [String: TokenBucket] = [:]
    var breakers: [String: CircuitBreaker] = [:]
    /// In order of age, by what they wait for.
    var claims: [Gates: [Claim]] = [:]
    /// Slots that runs hold, so that they can be taken from one that is gone.
    private var held: [RunID: [Held: Int]] = [:]
    private var lastOrder: UInt64 = 0
    /// When time alone may change something.
    package internal(set) var nextDeadline: Timestamp?
    /// Whether something changed that the next life must know: `memory(at:)`.
    package internal(set) var isChanged = false

    private struct Held: Hashable {
        let gates: Gates
        let isProbe: Bool
    }

    package init() {}

    /// Takes over the policies whose names are not known yet.
    package mutating func define(_ policies: FlowPolicies, at now: Timestamp) {
        for (name, policy) in policies.pools where pools[name] == nil {
            pools[name] = Pool(policy: policy)
        }
        for (name, policy) in policies.rateLimits where buckets[name] == nil {
            buckets[name] = TokenBucket(policy, at: now)
        }
        for (name, policy) in policies.breakers where breakers[name] == nil {
            breakers[name] = CircuitBreaker(policy)
        }
    }

    // MARK: - What runs ask

    /// Steps of a run wait for gates, or their number changed.
    ///
    /// - Parameters:
    ///   - ticket: The run and its lane.
    ///   - waiting: How many of its steps wait for these gates; at least one.
    ///   - since: Since when the one that is to go first has waited, at most `now`.
    ///   - now: The present.
    ///   - answers: What follows, for this and for other runs.
    package mutating func claim(
        _ ticket: FlowTicket,
        waiting: Int,
        since: Timestamp,
        at now: Timestamp,
        into answers: inout [FlowAnswer]
    ) {
        var lane = claims[ticket.gates] ?? []
        if let known = lane.firstIndex(where: { $0.ticket == ticket }) {
            lane[known].waiting = waiting
            // Whoever asks is answered.
            lane[known].told = nil
        } else {
            lastOrder += 1
            let claim = Claim(
                ticket: ticket,
                since: min(since, now),
                order: lastOrder,
                waiting: waiting
            )
            let place = lane.firstIndex { claim.isBefore($0) } ?? lane.endIndex
            lane.insert(claim, at: place)
        }
        claims[ticket.gates] = lane
        settle(at: now, into: &answers)
        limitQueue(of: ticket, into: &answers)
    }

    /// The run's steps do not wait any more.
    package mutating func withdraw(
        _ ticket: FlowTicket,
        at now: Timestamp,
        into answers: inout [FlowAnswer]
    ) {
        remove(ticket)
        settle(at: now, into: &answers)
    }

    /// What a run was granted is over, or was never begun.
    ///
    /// - Returns: What the breaker became, if it changed.
    package mutating func release(
        _ ticket: FlowTicket,
        _ end: GrantEnd,
        isProbe: Bool,
        at now: Timestamp,
        into answers: inout [FlowAnswer]
    ) -> BreakerState? {
        let change = giveBack(ticket, end, isProbe: isProbe, at: now)
        settle(at: now, into: &answers)
        return change
    }

    /// A run is gone, with all that it waited for and held.
    package mutating func forget(
        _ run: RunID,
        at now: Timestamp,
        into answers: inout [FlowAnswer]
    ) {
        for gates in Array(claims.keys) { remove(FlowTicket(run, gates)) }
        for (held, count) in held[run] ?? [:] {
            for _ in 0..<count {
                let ticket = FlowTicket(run, held.gates)
                _ = giveBack(ticket, .ended(.none), isProbe: held.isProbe, at: now)
            }
        }
        settle(at: now, into: &answers)
    }

    /// Time has passed.
    package mutating func advance(to now: Timestamp, into answers: inout [FlowAnswer]) {
        settle(at: now, into: &answers)
    }

    // MARK: - Steps of these

    private mutating func remove(_ ticket: FlowTicket) {
        claims[ticket.gates]?.removeAll { $0.ticket == ticket }
        if claims[ticket.gates]?.isEmpty ?? false { claims[ticket.gates] = nil }
    }

    /// Notes that `ticket` holds what its gates gave.
    mutating func hold(_ ticket: FlowTicket, isProbe: Bool) {
        held[ticket.run, default: [:]][Held(gates: ticket.gates, isProbe: isProbe), default: 0] += 1
    }

    private mutating func giveBack(
        _ ticket: FlowTicket,
        _ end: GrantEnd,
        isProbe: Bool,
        at now: Timestamp
    ) -> BreakerState? {
        let place = Held(gates: ticket.gates, isProbe: isProbe)
        // Nobody gives back what was taken from it already.
        guard let count = held[ticket.run]?[place] else { return nil }
        held[ticket.run]?[place] = count > 1 ? count - 1 : nil
        if held[ticket.run]?.isEmpty ?? false { held[ticket.run] = nil }
        if let pool = ticket.gates.pool { pools[pool]?.used -= 1 }
        if end == .unused, let limit = ticket.gates.rateLimit {
            buckets[limit]?.putBack()
            isChanged = true
        }
        guard let name = ticket.gates.breaker else { return nil }
        let verdict: BreakerVerdict = if case .ended(let verdict) = end { verdict } else { .none }
        let change = breakers[name]?.end(verdict, isProbe: isProbe, at: now)
        if change != nil || verdict == .failure { isChanged = true }
        return change
    }

    /// Steps beyond what a pool's queue takes are sent away: those of whoever came last.
    private mutating func limitQueue(of ticket: FlowTicket, into answers: inout [FlowAnswer]) {
        guard let name = ticket.gates.pool, let pool = pools[name],
            let mine = claims[ticket.gates]?.first(where: { $0.ticket == ticket })
        else { return }
        let surplus = min(mine.waiting, waiting(for: name) - pool.policy.queue)
        guard surplus > 0 else { return }
        answers.append(FlowAnswer(ticket, .full(pool: name, count: surplus)))
        if surplus == mine.waiting {
            remove(ticket)
        } else {
            for place in claims[ticket.gates]?.indices ?? 0..<0
            where claims[ticket.gates]?[place].ticket == ticket {
                claims[ticket.gates]?[place].waiting -= surplus
            }
        }
    }

    /// Steps, of all runs, that wait with this pool among their gates.
    func waiting(for pool: String) -> Int {
        var count = 0
        for (gates, lane) in claims where gates.pool == pool {
            for claim in lane { count += claim.waiting }
        }
        return count
    }
}

/// A run's steps that wait for the same gates, or one attempt that passed them.
package struct FlowTicket: Hashable, Sendable {
    package let run: RunID
    package let gates: Gates

    package init(_ run: RunID, _ gates: Gates) {
        self.run = run
        self.gates = gates
    }
}

/// What became of a place that was granted.
package enum GrantEnd: Hashable, Sendable {
    case ended(BreakerVerdict)
    /// No attempt was begun with it.
    case unused
}

/// What is decided for one run.
package struct FlowAnswer: Hashable, Sendable {
    package let ticket: FlowTicket
    package let decision: Decision

    package enum Decision: Hashable, Sendable {
        /// One attempt may start; its end must be told. `breaker` is what it became by that.
        case granted(isProbe: Bool, breaker: BreakerState?)
        case blocked(GateWait)
        /// So many of the lane's steps are too many for the pool's queue.
        case full(pool: String, count: Int)
        /// The breaker is open, and is not waited for.
        case refused(breaker: String)
    }

    init(_ ticket: FlowTicket, _ decision: Decision) {
        self.ticket = ticket
        self.decision = decision
    }
}

extension FlowControl.Claim {
    func isBefore(_ other: Self) -> Bool { (since, order) < (other.since, other.order) }
}
