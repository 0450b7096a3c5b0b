/// A token bucket as one instant (the generic cell rate algorithm, ITU-T I.371): when the bucket
/// will be full again.
///
/// A clock that goes back or a state that comes from a file can make it wait for one filling at
/// most.
package struct TokenBucket: Hashable, Sendable {
    package internal(set) var policy: RateLimitPolicy
    /// Full from here on.
    package private(set) var fullAt: Timestamp

    /// A full bucket.
    package init(_ policy: RateLimitPolicy, at now: Timestamp) {
        self.policy = policy
        fullAt = now
    }

    private var interval: Int64 { max(1, policy.interval.wholeNanoseconds) }
    private var burst: Int64 { Int64(max(1, policy.burst)) }

    /// From empty to full.
    private var filling: Int64 {
        let (product, overflow) = interval.multipliedReportingOverflow(by: burst)
        return overflow ? .max : product
    }

    /// Tokens that can be taken at `now`.
    package func tokens(at now: Timestamp) -> Int {
        let missing = min(filling, max(0, (fullAt - now).wholeNanoseconds))
        return Int((filling - missing) / interval)
    }

    /// When there will be `count` tokens, at most `burst`; now or earlier if there are.
    package func instant(ofTokens count: Int) -> Timestamp {
        let (wanted, overflow) = interval.multipliedReportingOverflow(by: Int64(count))
        return fullAt + .nanoseconds(-(filling - min(filling, overflow ? filling : wanted)))
    }

    /// Takes a token that is there.
    package mutating func take(at now: Timestamp) {
        fullAt = max(fullAt, now) + .nanoseconds(interval)
    }

    /// Puts back one that was not used.
    package mutating func putBack() {
        fullAt = fullAt + .nanoseconds(-interval)
    }

    /// Goes on where a former life stood.
    package mutating func restore(fullAt remembered: Timestamp, at now: Timestamp) {
        fullAt = min(remembered, now + .nanoseconds(filling))
    }
}
