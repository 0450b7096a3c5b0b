/// Slots that are to begin, and what came of it.
extension ScheduleMachine {
    /// The slot whose run is to begin now, and how; the same until `settle`.
    ///
    /// `nil`: none.
    package var nextToBegin: (slot: DueSlot, definition: ScheduleDefinition)? {
        guard mayBegin, readyHead < ready.count, let entry = entries[ready[readyHead].key]
        else { return nil }
        return (ready[readyHead], entry.definition)
    }

    /// Takes what came of `nextToBegin`.
    package mutating func settle(_ outcome: Start, at now: Timestamp) -> [AgentEvent] {
        guard readyHead < ready.count else { return [] }
        let slot = ready[readyHead]
        switch outcome {
        case .began(let run):
            dropHead()
            retryDelay = Self.retryInterval
            return [.slotStarted(slot.key, slot: slot.slot, run: run)]
        case .refused(let why):
            dropHead()
            return [miss(slot, .refused, why)]
        case .overlapped:
            if entries[slot.key]?.definition.overlap == .skip, !slot.isCaughtUp {
                dropHead()
                return [miss(slot, .skip)]
            }
            return hold(slot, at: now)
        case .noRoom:
            isFull = true
            retryAt = now + retryDelay
            return rememberReady()
        }
    }

    private func miss(_ slot: DueSlot, _ policy: MissPolicy, _ why: String? = nil) -> AgentEvent {
        .slotsMissed(slot.key, MissedSlots(first: slot.slot, last: slot.slot, policy, why: why))
    }

    /// Another run is in the way: with it wait all slots of the schedule, in their order.
    private mutating func hold(_ slot: DueSlot, at now: Timestamp) -> [AgentEvent] {
        retryAt = min(retryAt ?? now + retryDelay, now + retryDelay)
        var events: [AgentEvent] = []
        for var slot in removeWaiting(of: slot.key) {
            if !slot.isRemembered {
                events.append(.slotQueued(slot.key, slot: slot.slot))
                slot.isRemembered = true
            }
            held.append(slot)
            waiting[slot.key, default: 0] += 1
        }
        return events
    }

    /// What waits is to be known after a restart.
    private mutating func rememberReady() -> [AgentEvent] {
        var events: [AgentEvent] = []
        for index in ready.indices[readyHead...] where !ready[index].isRemembered {
            events.append(.slotQueued(ready[index].key, slot: ready[index].slot))
            ready[index].isRemembered = true
        }
        return events
    }

    private mutating func dropHead() {
        let key = ready[readyHead].key
        let left = (waiting[key] ?? 1) - 1
        waiting[key] = left > 0 ? left : nil
        readyHead += 1
        // Few moves, however many wait.
        guard readyHead == ready.count || readyHead > 1_000 && readyHead > ready.count / 2
        else { return }
        ready.removeSubrange(..<readyHead)
        readyHead = 0
    }

    /// What somebody was in the way of is tried again.
    mutating func releaseAll() {
        retryAt = nil
        retryDelay = min(retryDelay * 2, Self.retryIntervalMax)
        isFull = false
        ready += held
        held = []
    }
}
