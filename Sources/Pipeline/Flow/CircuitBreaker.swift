/// What a breaker does; the names are those of metrics and events.
package enum BreakerState: String, Hashable, Sendable, CaseIterable {
    /// Everybody passes, failures are counted.
    case closed
    /// Nobody passes until its time is over.
    case open
    /// One attempt tries; its end closes or opens the breaker.
    case halfOpen = "half_open"
}

/// How an attempt that went through a breaker ended, as far as that says something of what lies
/// behind it.
package enum BreakerVerdict: Hashable, Sendable {
    case success
    case failure
    /// It was cancelled, could not be launched, or did not take place.
    case none
}

/// One breaker: closed, open, half-open.
package struct CircuitBreaker: Hashable, Sendable {
    package internal(set) var policy: BreakerPolicy
    package private(set) var state = BreakerState.closed
    /// The end of being open.
    package private(set) var openUntil: Timestamp?
    /// When the latest failures were, while closed; fewer than `policy.failures`.
    package private(set) var failures: [Timestamp] = []
    /// Whether the one attempt of a half-open breaker is under way.
    private var isProbed = false

    package init(_ policy: BreakerPolicy) {
        self.policy = policy
    }

    package func admits(at now: Timestamp) -> Bool {
        switch state {
        case .closed: true
        case .open: openUntil.map { $0 <= now } ?? true
        case .halfOpen: !isProbed
        }
    }

    /// An attempt that it admits begins.
    ///
    /// - Returns: Whether the attempt is the one that decides, and what the breaker became.
    package mutating func begin() -> (isProbe: Bool, change: BreakerState?) {
        switch state {
        case .closed: return (false, nil)
        case .halfOpen:
            isProbed = true
            return (true, nil)
        case .open:
            isProbed = true
            state = .halfOpen
            openUntil = nil
            return (true, .halfOpen)
        }
    }

    /// An attempt that it admitted has ended.
    ///
    /// Of a breaker that is not closed any more only the probe's end says something: the others
    /// began before.
    ///
    /// - Returns: What the breaker became, if it changed.
    package mutating func end(
        _ verdict: BreakerVerdict,
        isProbe: Bool,
        at now: Timestamp
    ) -> BreakerState? {
        switch (state, verdict) {
        case (.halfOpen, _) where isProbe:
            isProbed = false
            switch verdict {
            case .success:
                state = .closed
                failures = []
                return .closed
            case .failure: return open(at: now)
            case .none: return nil
            }
        case (.closed, .failure):
            failures.removeAll { now - $0 > policy.within }
            failures.append(now)
            return failures.count >= policy.failures ? open(at: now) : nil
        default: return nil
        }
    }

    private mutating func open(at now: Timestamp) -> BreakerState {
        state = .open
        openUntil = now + policy.openFor
        failures = []
        return .open
    }

    /// Goes on where a former life stood; whoever tried then is gone.
    ///
    /// - Parameters:
    ///   - remembered: What it was.
    ///   - until: The end of being open; never farther away than `open_for`.
    ///   - past: When the failures were; what the clock has not reached is not believed.
    ///   - now: The present.
    package mutating func restore(
        _ remembered: BreakerState,
        until: Timestamp?,
        failures past: [Timestamp],
        at now: Timestamp
    ) {
        switch remembered {
        case .closed:
            failures = past.filter { $0 <= now && now - $0 <= policy.within }
                .suffix(max(0, policy.failures - 1))
        case .open, .halfOpen:
            state = .open
            openUntil = min(until ?? now, now + policy.openFor)
        }
    }
}
