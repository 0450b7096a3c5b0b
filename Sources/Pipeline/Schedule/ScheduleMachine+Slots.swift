/// Slots that come up, and what becomes of them.
extension ScheduleMachine {
    /// Decides about every slot of a schedule that is due by now.
    mutating func pass(
        _ entry: inout Entry,
        _ key: ScheduleKey,
        at now: Timestamp,
        into events: inout [AgentEvent]
    ) {
        passOld(&entry, key, at: now, into: &events)
        while let next = entry.next, next.due <= now {
            take(next, entry, into: &events)
            entry.through = next.slot
            plan(&entry, key)
        }
    }

    /// Those that nobody was there to begin in time.
    private func passedBy(_ definition: ScheduleDefinition, _ now: Timestamp) -> Timestamp {
        // Whatever its jitter, one up to here was due before the slack began.
        now.before(by: Self.slack + definition.jitter)
    }

    private mutating func passOld(
        _ entry: inout Entry,
        _ key: ScheduleKey,
        at now: Timestamp,
        into events: inout [AgentEvent]
    ) {
        let (definition, series) = (entry.definition, entry.definition.series)
        let old = passedBy(definition, now)
        guard let last = series.last(through: old, after: entry.through) else { return }
        let made = madeUpFor(entry, through: last, oldest: now.before(by: definition.within))
        let lostEnd = made.first?.before(by: .nanoseconds(1)) ?? last
        let lost = series.slots(after: entry.through, through: lostEnd, limit: Self.countedMax)
        if let first = lost.first, let end = series.last(through: lostEnd, after: entry.through) {
            let missed = MissedSlots(
                first: first,
                last: end,
                count: lost.count,
                MissPolicy(definition.catchUp)
            )
            events.append(.slotsMissed(key, missed))
        }
        for slot in made {
            let due = definition.due(slot, pipeline: key.pipeline)
            take(DueSlot(key: key, slot: slot, due: due, isCaughtUp: true), entry, into: &events)
        }
        entry.through = last
        plan(&entry, key)
    }

    /// The slots that passed and are run all the same, oldest first.
    private func madeUpFor(
        _ entry: Entry,
        through last: Timestamp,
        oldest: Timestamp
    ) -> [Timestamp] {
        let count =
            switch entry.definition.catchUp {
            case .none: 0
            case .latest: 1
            case .all: Self.caughtUpMax
            }
        let floor = max(entry.through, oldest.before(by: .nanoseconds(1)))
        var made: [Timestamp] = []
        var end = last
        while made.count < count,
            let slot = entry.definition.series.last(through: end, after: floor)
        {
            made.append(slot)
            end = slot.before(by: .nanoseconds(1))
        }
        return made.reversed()
    }

    /// A slot is due: it waits to begin, unless one before it still does and there can be no two.
    func mayWait(_ slot: DueSlot, _ entry: Entry) -> MissPolicy? {
        let count = waiting[slot.key] ?? 0
        guard count > 0 else { return nil }
        if entry.definition.overlap == .skip, !slot.isCaughtUp { return .skip }
        return count < ScheduleMemory.queuedMax ? nil : .queue
    }

    mutating func take(_ slot: DueSlot, _ entry: Entry, into events: inout [AgentEvent]) {
        var slot = slot
        // Behind what is made up for it waits as well, or it would be lost for that.
        if waiting[slot.key] != nil, hasBacklog(slot.key) { slot.isCaughtUp = true }
        if let policy = mayWait(slot, entry) {
            let missed = MissedSlots(first: slot.slot, last: slot.slot, policy)
            events.append(.slotsMissed(slot.key, missed))
            return
        }
        if entry.definition.overlap == .replace, !slot.isCaughtUp {
            for older in removeWaiting(of: slot.key) {
                let missed = MissedSlots(first: older.slot, last: older.slot, .replace)
                events.append(.slotsMissed(slot.key, missed))
            }
        }
        push(slot)
    }

    private func hasBacklog(_ key: ScheduleKey) -> Bool {
        ready[readyHead...].contains { $0.key == key && $0.isCaughtUp }
            || held.contains { $0.key == key && $0.isCaughtUp }
    }

    mutating func push(_ slot: DueSlot) {
        let count = waiting[slot.key] ?? 0
        // Behind those of its schedule that somebody is in the way of.
        if count > 0, held.contains(where: { $0.key == slot.key }) {
            held.append(slot)
        } else {
            ready.append(slot)
        }
        waiting[slot.key] = count + 1
    }

    /// Takes the slots of a schedule that wait out of the queues.
    @discardableResult
    mutating func removeWaiting(of key: ScheduleKey) -> [DueSlot] {
        let removed = ready[readyHead...].filter { $0.key == key } + held.filter { $0.key == key }
        guard !removed.isEmpty else { return [] }
        ready.removeSubrange(..<readyHead)
        readyHead = 0
        ready.removeAll { $0.key == key }
        held.removeAll { $0.key == key }
        waiting[key] = nil
        return removed
    }
}

extension Timestamp {
    func before(by duration: Duration) -> Timestamp {
        self + (.zero - duration)
    }
}
