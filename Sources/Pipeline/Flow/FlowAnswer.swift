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

    package init(_ ticket: FlowTicket, _ decision: Decision) {
        self.ticket = ticket
        self.decision = decision
    }

    package var isBlocked: Bool {
        if case .blocked = decision { true } else { false }
    }
}
