/// What the next life of a process must know of its rate limits and breakers, so that a restart
/// neither floods what they protect nor keeps it shut.
///
/// Pools are not in it: their slots are held by attempts, and these are ended by then.
package struct FlowMemory: Hashable, Sendable {
    package struct Breaker: Hashable, Sendable {
        package var state: BreakerState
        package var until: Timestamp?
        package var failures: [Timestamp]

        package init(_ state: BreakerState, until: Timestamp? = nil, failures: [Timestamp] = []) {
            self.state = state
            self.until = until
            self.failures = failures
        }
    }

    /// When each bucket is full again; one that is full is left out.
    package var fullAt: [String: Timestamp] = [:]
    /// One that is closed and counts no failure is left out.
    package var breakers: [String: Breaker] = [:]

    package init() {}
}

extension FlowControl {
    /// What must be remembered as of now; `isChanged` begins anew.
    package mutating func memory(at now: Timestamp) -> FlowMemory {
        isChanged = false
        var memory = FlowMemory()
        for (name, place) in names.buckets where buckets[place].fullAt > now {
            memory.fullAt[name] = buckets[place].fullAt
        }
        for (name, place) in names.breakers {
            let breaker = breakers[place]
            guard breaker.state != .closed || !breaker.failures.isEmpty else { continue }
            memory.breakers[name] = FlowMemory.Breaker(
                breaker.state,
                until: breaker.openUntil,
                failures: breaker.failures
            )
        }
        return memory
    }

    /// Goes on where a former life stood, as far as its policies are known here; what has no
    /// policy any more is forgotten.
    package mutating func restore(_ memory: FlowMemory, at now: Timestamp) {
        for (name, fullAt) in memory.fullAt {
            if let place = names.buckets[name] { buckets[place].restore(fullAt: fullAt, at: now) }
        }
        for (name, past) in memory.breakers {
            guard let place = names.breakers[name] else { continue }
            breakers[place]
                .restore(past.state, until: past.until, failures: past.failures, at: now)
        }
    }
}

/// The gates as they stand, for metrics and pages.
package struct FlowStanding: Sendable {
    package struct Pool: Sendable {
        package let size: Int
        package let used: Int
        /// Steps of all runs that wait for a slot.
        package let waiting: Int
    }

    package let pools: [String: Pool]
    package let breakers: [String: BreakerState]
}

extension FlowControl {
    package var standing: FlowStanding {
        FlowStanding(
            pools: names.pools.mapValues { place in
                FlowStanding.Pool(
                    size: pools[place].policy.size,
                    used: pools[place].used,
                    waiting: waiting(for: place)
                )
            },
            breakers: names.breakers.mapValues { breakers[$0].state }
        )
    }
}
