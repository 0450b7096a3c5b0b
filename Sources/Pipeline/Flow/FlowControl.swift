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
        let run: RunID
        let since: Timestamp
        /// Of two that began to wait at once the one that came first.
        let order: UInt64
        /// Steps that wait behind it, itself included.
        var waiting: Int
        /// What the run was told.
        var told: GateWait?
    }

    /// Those who wait for the same gates, in order of age; the gates by their places below.
    struct Queue: Sendable {
        let gates: Gates
        var pool: Int?
        var limit: Int?
        var breaker: Int?
        var claims: [Claim] = []
        /// Slots, tokens and probes that runs hold: to be taken from one that is gone.
        var held: [RunID: Held] = [:]
    }

    struct Held: Sendable {
        var plain = 0
        var probes = 0
    }

    var pools: [Pool] = []
    var buckets: [TokenBucket] = []
    var breakers: [CircuitBreaker] = []
    var queues: [Queue] = []
    private var places: [Gates: Int] = [:]
    private var poolPlaces: [String: Int] = [:]
    private var bucketPlaces: [String: Int] = [:]
    private var breakerPlaces: [String: Int] = [:]
    private var lastOrder: UInt64 = 0
    /// When time alone may change something.
    package internal(set) var nextDeadline: Timestamp?
    /// Whether something changed that the next life must know: `memory(at:)`.
    package internal(set) var isChanged = false

    package init() {}

    /// Takes over the policies whose names are not known yet.
    package mutating func define(_ policies: FlowPolicies, at now: Timestamp) {
        for (name, policy) in policies.pools where poolPlaces[name] == nil {
            poolPlaces[name] = pools.count
            pools.append(Pool(policy: policy))
        }
        for (name, policy) in policies.rateLimits where bucketPlaces[name] == nil {
            bucketPlaces[name] = buckets.count
            buckets.append(TokenBucket(policy, at: now))
        }
        for (name, policy) in policies.breakers where breakerPlaces[name] == nil {
            breakerPlaces[name] = breakers.count
            breakers.append(CircuitBreaker(policy))
        }
    }

    /// Takes over the policies of all names, known or not: what is held stays held, and what has
    /// been used up or broken stays so.
    package mutating func redefine(
        _ policies: FlowPolicies,
        at now: Timestamp,
        into answers: inout [FlowAnswer]
    ) {
        define(policies, at: now)
        for (name, policy) in policies.pools {
            if let place = poolPlaces[name] { pools[place].policy = policy }
        }
        for (name, policy) in policies.rateLimits {
            if let place = bucketPlaces[name] { buckets[place].policy = policy }
        }
        for (name, policy) in policies.breakers {
            if let place = breakerPlaces[name] { breakers[place].policy = policy }
        }
        settle(at: now, into: &answers)
    }

    /// Every gate by its name, with its place.
    var names: (pools: [String: Int], buckets: [String: Int], breakers: [String: Int]) {
        (poolPlaces, bucketPlaces, breakerPlaces)
    }

    /// Where those wait who wait for these gates; a gate that nobody has defined is open.
    private mutating func place(of gates: Gates) -> Int {
        if let known = places[gates] { return known }
        places[gates] = queues.count
        queues.append(
            Queue(
                gates: gates,
                pool: gates.pool.flatMap { poolPlaces[$0] },
                limit: gates.rateLimit.flatMap { bucketPlaces[$0] },
                breaker: gates.breaker.flatMap { breakerPlaces[$0] }
            )
        )
        return queues.count - 1
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
        let place = place(of: ticket.gates)
        if let known = queues[place].claims.firstIndex(where: { $0.run == ticket.run }) {
            queues[place].claims[known].waiting = waiting
            // Whoever asks is answered.
            queues[place].claims[known].told = nil
        } else {
            lastOrder += 1
            let claim = Claim(
                run: ticket.run,
                since: min(since, now),
                order: lastOrder,
                waiting: waiting
            )
            let behind = queues[place].claims.firstIndex { claim.isBefore($0) }
            queues[place].claims.insert(claim, at: behind ?? queues[place].claims.endIndex)
        }
        settle(at: now, into: &answers)
        limitQueue(at: place, of: ticket, into: &answers)
    }

    /// The run's steps do not wait any more.
    package mutating func withdraw(
        _ ticket: FlowTicket,
        at now: Timestamp,
        into answers: inout [FlowAnswer]
    ) {
        let place = place(of: ticket.gates)
        queues[place].claims.removeAll { $0.run == ticket.run }
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
        let place = place(of: ticket.gates)
        let change = giveBack(at: place, of: ticket.run, end, isProbe: isProbe, at: now)
        settle(at: now, into: &answers)
        return change
    }

    /// A run is gone, with all that it waited for and held.
    package mutating func forget(
        _ run: RunID,
        at now: Timestamp,
        into answers: inout [FlowAnswer]
    ) {
        for place in queues.indices {
            queues[place].claims.removeAll { $0.run == run }
            let held = queues[place].held[run] ?? Held()
            for number in 0..<held.plain + held.probes {
                let isProbe = number >= held.plain
                _ = giveBack(at: place, of: run, .ended(.none), isProbe: isProbe, at: now)
            }
        }
        settle(at: now, into: &answers)
    }

    /// Time has passed.
    package mutating func advance(to now: Timestamp, into answers: inout [FlowAnswer]) {
        settle(at: now, into: &answers)
    }

    // MARK: - Steps of these

    private mutating func giveBack(
        at place: Int,
        of run: RunID,
        _ end: GrantEnd,
        isProbe: Bool,
        at now: Timestamp
    ) -> BreakerState? {
        // Nobody gives back what was taken from it already.
        guard var held = queues[place].held[run], isProbe ? held.probes > 0 : held.plain > 0 else {
            return nil
        }
        if isProbe { held.probes -= 1 } else { held.plain -= 1 }
        queues[place].held[run] = held.plain + held.probes > 0 ? held : nil
        if let pool = queues[place].pool { pools[pool].used -= 1 }
        if end == .unused, let limit = queues[place].limit {
            buckets[limit].putBack()
            isChanged = true
        }
        guard let breaker = queues[place].breaker else { return nil }
        let verdict: BreakerVerdict = if case .ended(let verdict) = end { verdict } else { .none }
        let change = breakers[breaker].end(verdict, isProbe: isProbe, at: now)
        if change != nil || verdict == .failure { isChanged = true }
        return change
    }

    /// Steps beyond what a pool's queue takes are sent away: those of whoever came last.
    private mutating func limitQueue(
        at place: Int,
        of ticket: FlowTicket,
        into answers: inout [FlowAnswer]
    ) {
        guard let pool = queues[place].pool,
            let mine = queues[place].claims.firstIndex(where: { $0.run == ticket.run })
        else { return }
        let waiting = queues[place].claims[mine].waiting
        let surplus = min(waiting, self.waiting(for: pool) - pools[pool].policy.queue)
        guard surplus > 0 else { return }
        answers.append(FlowAnswer(ticket, .full(pool: ticket.gates.pool ?? "", count: surplus)))
        if surplus == waiting {
            queues[place].claims.remove(at: mine)
        } else {
            queues[place].claims[mine].waiting -= surplus
        }
    }

    /// Steps, of all runs, that wait with this pool among their gates.
    func waiting(for pool: Int) -> Int {
        var count = 0
        for queue in queues where queue.pool == pool {
            for claim in queue.claims { count += claim.waiting }
        }
        return count
    }
}

extension FlowControl.Claim {
    func isBefore(_ other: Self) -> Bool { (since, order) < (other.since, other.order) }
}
