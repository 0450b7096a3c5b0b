/// What the agent's journal tells of its schedules: a fold of agent events.
package struct ScheduleMemory: Hashable, Sendable {
    /// How one schedule stands.
    package struct Standing: Hashable, Sendable {
        /// When it was first loaded.
        package var since: Timestamp
        /// Every slot up to here has been decided, those in `queued` apart.
        package var through: Timestamp
        /// Slots that were due and have not begun, oldest first.
        package var queued: [Timestamp] = []
    }

    package private(set) var seed: SlotSeed?
    package private(set) var standings: [ScheduleKey: Standing] = [:]

    package init() {}

    /// Slots of one schedule that may wait.
    package static let queuedMax = 1_000

    package mutating func apply(_ event: AgentEvent) {
        switch event {
        case .agentStarted(_, let seed): self.seed = self.seed ?? seed
        case .agentStopped, .pipelinesReloaded, .clockJumped: break
        case .scheduleSeen(let key, let since):
            standings[key] = standings[key] ?? Standing(since: since, through: since)
        case .scheduleRetired(let key): standings[key] = nil
        case .slotQueued(let key, let slot):
            change(key, through: slot) { standing in
                guard standing.queued.count < Self.queuedMax, !standing.queued.contains(slot)
                else { return }
                standing.queued.append(slot)
            }
        case .slotStarted(let key, let slot, _):
            change(key, through: slot) { $0.queued.removeAll { $0 == slot } }
        case .slotsMissed(let key, let missed):
            change(key, through: missed.last) { standing in
                standing.queued.removeAll { missed.first <= $0 && $0 <= missed.last }
            }
        }
    }

    /// A schedule that nobody has seen is passed over: its line was lost, and it begins anew.
    private mutating func change(
        _ key: ScheduleKey,
        through: Timestamp,
        _ body: (inout Standing) -> Void
    ) {
        guard var standing = standings.removeValue(forKey: key) else { return }
        standing.through = max(standing.through, through)
        body(&standing)
        standings[key] = standing
    }

    /// The events from which a new memory becomes this one: what a journal that begins anew holds.
    package var events: [AgentEvent] {
        standings.sorted { $0.key < $1.key }.flatMap { key, standing -> [AgentEvent] in
            let passed = MissedSlots(
                first: standing.through,
                last: standing.through,
                count: 0,
                .none
            )
            return [.scheduleSeen(key, since: standing.since), .slotsMissed(key, passed)]
                + standing.queued.map { .slotQueued(key, slot: $0) }
        }
    }
}
