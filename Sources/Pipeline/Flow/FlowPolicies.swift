/// Slots that attempts of all runs share: as many as `size` run at once (design §4, `pools`).
package struct PoolPolicy: Hashable, Sendable {
    package var size: Int
    /// Steps that may wait for a slot; one more ends as `queue_full`.
    package var queue: Int

    package init(size: Int, queue: Int = Limits.poolQueue) {
        self.size = size
        self.queue = queue
    }
}

/// How often attempts may start: a token bucket (design §4, `rate_limits`).
package struct RateLimitPolicy: Hashable, Sendable {
    /// Between two tokens, once the bucket is empty; above zero.
    package var interval: Duration
    /// Tokens that a full bucket holds: attempts that may start at once.
    package var burst: Int

    package init(interval: Duration, burst: Int = 1) {
        self.interval = interval
        self.burst = burst
    }
}

/// When attempts are kept away from something that fails (design §4, `breakers`).
package struct BreakerPolicy: Hashable, Sendable {
    /// So many failures `within` so long open it.
    package var failures: Int
    package var within: Duration
    /// After which one attempt may try again.
    package var openFor: Duration
    package var whenOpen: WhenOpen

    package enum WhenOpen: String, Hashable, Sendable, CaseIterable {
        /// Steps wait until it may be tried again.
        case wait
        /// Steps end at once as `breaker_open`.
        case fail
    }

    package init(
        failures: Int,
        within: Duration,
        openFor: Duration,
        whenOpen: WhenOpen = .wait
    ) {
        self.failures = failures
        self.within = within
        self.openFor = openFor
        self.whenOpen = whenOpen
    }
}

/// What a pipeline says of pools, rate limits and breakers, by name.
///
/// The names are the agent's: all its pipelines mean the same one by one name.
package struct FlowPolicies: Hashable, Sendable {
    package var pools: [String: PoolPolicy]
    package var rateLimits: [String: RateLimitPolicy]
    package var breakers: [String: BreakerPolicy]

    package init(
        pools: [String: PoolPolicy] = [:],
        rateLimits: [String: RateLimitPolicy] = [:],
        breakers: [String: BreakerPolicy] = [:]
    ) {
        self.pools = pools
        self.rateLimits = rateLimits
        self.breakers = breakers
    }

    package var isEmpty: Bool { pools.isEmpty && rateLimits.isEmpty && breakers.isEmpty }

    /// What both define, and differently; by kind and name.
    package func conflicts(with other: FlowPolicies) -> [(kind: GateKind, name: String)] {
        func differing<Policy: Equatable>(
            _ kind: GateKind,
            _ mine: [String: Policy],
            _ theirs: [String: Policy]
        ) -> [(kind: GateKind, name: String)] {
            mine.keys.sorted()
                .filter { name in theirs[name].map { $0 != mine[name] } ?? false }
                .map { (kind, $0) }
        }
        return differing(.pool, pools, other.pools)
            + differing(.rateLimit, rateLimits, other.rateLimits)
            + differing(.breaker, breakers, other.breakers)
    }

    /// Takes over what is not defined here.
    package mutating func add(_ other: FlowPolicies) {
        pools.merge(other.pools) { mine, _ in mine }
        rateLimits.merge(other.rateLimits) { mine, _ in mine }
        breakers.merge(other.breakers) { mine, _ in mine }
    }
}

/// What an attempt may have to pass before it starts; the names are those of blockers.
package enum GateKind: String, Hashable, Sendable, CaseIterable {
    case pool
    case rateLimit = "rate_limit"
    case breaker
}

/// The gates that every attempt of a step's own command passes; each by the name of its policy.
package struct Gates: Hashable, Sendable {
    package var pool: String?
    package var rateLimit: String?
    package var breaker: String?

    package init(pool: String? = nil, rateLimit: String? = nil, breaker: String? = nil) {
        self.pool = pool
        self.rateLimit = rateLimit
        self.breaker = breaker
    }

    package var isEmpty: Bool { pool == nil && rateLimit == nil && breaker == nil }
}

/// Why a step with gates does not start.
package struct GateWait: Hashable, Sendable {
    package var kind: GateKind
    /// The policy's name.
    package var name: String
    /// When it may go on, where time alone decides.
    package var until: Timestamp?

    package init(_ kind: GateKind, _ name: String, until: Timestamp? = nil) {
        self.kind = kind
        self.name = name
        self.until = until
    }
}
