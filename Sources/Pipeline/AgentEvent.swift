/// What happens on an agent and belongs to no run, past tense; remembered in `agent/journal.jsonl`.
package enum AgentEvent: Hashable, Sendable {
    /// An agent began to serve. `seed` is drawn once for a state folder (`SlotSeed`).
    case agentStarted(version: String, seed: SlotSeed)
    /// An agent ended in order.
    case agentStopped
    /// Pipeline files were read anew: how many are served, and how many cannot be.
    case pipelinesReloaded(served: Int, faults: Int)
    /// A schedule was loaded that nobody knew; its slots count from `since` on.
    case scheduleSeen(ScheduleKey, since: Timestamp)
    /// A schedule is in no file any more.
    case scheduleRetired(ScheduleKey)
    /// A slot was due and could not begin at once.
    case slotQueued(ScheduleKey, slot: Timestamp)
    case slotStarted(ScheduleKey, slot: Timestamp, run: RunID)
    /// Slots from `first` to `last` that will have no run.
    case slotsMissed(ScheduleKey, MissedSlots)
    /// The wall clock was set, by so much.
    case clockJumped(by: Duration)
}

/// Slots of one schedule that will have no run, one after the other.
package struct MissedSlots: Hashable, Sendable {
    package var first: Timestamp
    package var last: Timestamp
    package var count: Int
    package var policy: MissPolicy
    /// What kept one from being begun; for people.
    package var why: String?

    package init(
        first: Timestamp,
        last: Timestamp,
        count: Int = 1,
        _ policy: MissPolicy,
        why: String? = nil
    ) {
        self.first = first
        self.last = last
        self.count = count
        self.policy = policy
        self.why = why
    }
}

/// An agent event with its place in the journal and its time on the wall clock.
package struct RecordedAgentEvent: Hashable, Sendable {
    /// Counts from 1 without gaps.
    package var sequence: UInt64
    package var at: Timestamp
    package var event: AgentEvent

    package init(sequence: UInt64, at: Timestamp, event: AgentEvent) {
        self.sequence = sequence
        self.at = at
        self.event = event
    }
}

/// 128 random bits of a state folder.
///
/// The random part of a slot's run id is what seed, schedule and slot decide: whether its run was
/// begun before a crash shows in the ids of the runs that are there, and nothing has to be made
/// durable before one begins.
package struct SlotSeed: Hashable, Sendable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// 80 bits, as random as drawn ones.
    package func bits(of key: ScheduleKey, slot: Timestamp) -> (UInt16, UInt64) {
        var text: [UInt8] = []
        for word in [high, low, UInt64(bitPattern: slot.nanoseconds)] {
            text += (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) }
        }
        text += key.pipeline.utf8
        text.append(0)
        text += key.text.utf8
        let digest = SHA256Digest(of: text)
        return (UInt16(truncatingIfNeeded: digest.leading(1)), digest.leading(0))
    }
}
