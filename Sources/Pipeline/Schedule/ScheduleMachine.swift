/// Decides which runs begin by themselves, and when: all schedules of one agent.
///
///     definitions, clocks, what became of a start ─▶ machine ─▶ events, slots to begin, next wake-up
///
/// The caller writes the events it is given and asks `nextToBegin` until that is `nil`, telling
/// each time what came of it (`settle`). Nothing here reads a clock or waits.
package struct ScheduleMachine: Sendable {
    /// How one schedule stands.
    struct Entry: Sendable {
        var definition: ScheduleDefinition
        var since: Timestamp
        /// Every slot up to here has been decided, those that wait apart.
        var through: Timestamp
        /// The first slot after it, and when its run is due.
        var next: DueSlot?
    }

    /// What came of a slot whose run was to begin.
    package enum Start: Hashable, Sendable {
        case began(RunID)
        /// Another run of the pipeline goes on, and the slot's run may not begin beside it.
        case overlapped
        /// As many runs go on as may, or nothing can be remembered now.
        case noRoom
        /// It never can be, and why, for people.
        case refused(String)
    }

    /// A slot that comes up so much later than it was due was missed; less is being late.
    package static let slack = Duration.seconds(60)
    /// A wall clock that moves by so much on its own is set anew: nothing is made up for.
    package static let largeJump = Duration.seconds(3 * 3_600)
    /// When a start that found no room, or somebody else's run, is tried again at the latest: at
    /// first, and, twice as late each time, while nothing begins.
    package static let retryInterval = Duration.seconds(1)
    static let retryIntervalMax = Duration.seconds(16)
    /// Slots that are counted one by one when many have passed.
    package static let countedMax = 50_000
    /// Slots of one schedule that are made up for: more is no catching up any more.
    package static let caughtUpMax = 1_000

    var entries: [ScheduleKey: Entry] = [:] {
        didSet { isEarliestKnown = false }
    }
    /// Of what `next` says of the entries; worth keeping, since most turns change none.
    private var earliest: Timestamp?
    private var isEarliestKnown = false
    /// In the order in which they came due; those before `readyHead` are done with.
    var ready: [DueSlot] = []
    var readyHead = 0
    /// Slots for which another run of their pipeline is in the way, oldest first.
    var held: [DueSlot] = []
    /// Whether nothing can begin at all until a run ends, or for a while.
    var isFull = false
    /// How many slots of a schedule wait.
    var waiting: [ScheduleKey: Int] = [:]
    var retryAt: Timestamp?
    var retryDelay = ScheduleMachine.retryInterval
    /// The schedules of each pipeline.
    private var keys: [String: [ScheduleKey]] = [:]
    var clocks: ClockReading?
    private var isStopped = false
    var mayBegin: Bool { !isStopped && !isFull }
    private var memory = ScheduleMemory()

    /// - Parameter memory: What the journal tells of former lives.
    package init(restoring memory: ScheduleMemory = ScheduleMemory()) {
        self.memory = memory
    }

    // MARK: - Definitions

    /// Takes the schedules that there are now, in place of those that there were.
    package mutating func load(
        _ definitions: [ScheduleKey: ScheduleDefinition],
        at now: ClockReading
    ) -> [AgentEvent] {
        var events = watchClocks(now)
        for key in entries.keys.sorted() where definitions[key] == nil {
            entries[key] = nil
            removeWaiting(of: key)
            events.append(.scheduleRetired(key))
        }
        for (key, definition) in definitions.sorted(by: { $0.key < $1.key }) {
            if var entry = entries[key] {
                entry.definition = definition
                plan(&entry, key)
                entries[key] = entry
            } else if let known = memory.standings[key] {
                restore(key, definition, known, at: now.wall)
            } else {
                var entry = Entry(definition: definition, since: now.wall, through: now.wall)
                plan(&entry, key)
                entries[key] = entry
                events.append(.scheduleSeen(key, since: now.wall))
            }
        }
        keys = Dictionary(grouping: entries.keys, by: \.pipeline)
        // What was known of former lives counts once: what comes back later is new.
        memory = ScheduleMemory()
        return events
    }

    private mutating func restore(
        _ key: ScheduleKey,
        _ definition: ScheduleDefinition,
        _ known: ScheduleMemory.Standing,
        at now: Timestamp
    ) {
        // A clock that was put back while nobody looked must not silence a schedule for long.
        let isAhead = !definition.series.isFixedTime || known.through - now >= Self.largeJump
        let through = isAhead ? min(known.through, now) : known.through
        var entry = Entry(definition: definition, since: known.since, through: through)
        for slot in known.queued {
            let due = definition.due(slot, pipeline: key.pipeline)
            var waiting = DueSlot(key: key, slot: slot, due: due, isCaughtUp: true)
            waiting.isRemembered = true
            push(waiting)
        }
        plan(&entry, key)
        entries[key] = entry
    }

    func plan(_ entry: inout Entry, _ key: ScheduleKey) {
        entry.next = entry.definition.series.next(after: entry.through).map { slot in
            let due = entry.definition.due(slot, pipeline: key.pipeline)
            return DueSlot(key: key, slot: slot, due: due)
        }
    }

    // MARK: - Time and the world

    /// Takes the time: what is due from now on waits to begin, what has passed is made up for or
    /// missed.
    package mutating func advance(to now: ClockReading) -> [AgentEvent] {
        guard !isStopped else { return [] }
        var events = watchClocks(now)
        if let retry = retryAt, retry <= now.wall { releaseAll() }
        guard let first = earliestDue(), first <= now.wall else { return events }
        let due = entries.filter { ($0.value.next?.due).map { $0 <= now.wall } ?? false }
        for key in due.keys.sorted(by: { dueOrder(due, $0, $1) }) {
            guard var entry = entries[key] else { continue }
            pass(&entry, key, at: now.wall, into: &events)
            entries[key] = entry
        }
        return events
    }

    private mutating func earliestDue() -> Timestamp? {
        if !isEarliestKnown {
            earliest = entries.values.lazy.compactMap { $0.next?.due }.min()
            isEarliestKnown = true
        }
        return earliest
    }

    private func dueOrder(
        _ due: [ScheduleKey: Entry],
        _ left: ScheduleKey,
        _ right: ScheduleKey
    ) -> Bool {
        guard let first = due[left]?.next, let second = due[right]?.next, first.due != second.due
        else { return left < right }
        return first.due < second.due
    }

    /// A run has ended: what waited for it, or for room, may begin.
    package mutating func runEnded(of pipeline: String) {
        isFull = false
        for slot in held where slot.key.pipeline == pipeline { ready.append(slot) }
        held.removeAll { $0.key.pipeline == pipeline }
        if held.isEmpty { retryAt = nil }
    }

    /// Nothing begins any more.
    package mutating func stop() {
        isStopped = true
    }

    /// The instant of the wall clock at which something is to be looked at again; `nil`: none.
    package var wake: Timestamp? {
        mutating get {
            guard !isStopped else { return nil }
            return [earliestDue(), retryAt].compactMap(\.self).min()
        }
    }

    /// When the next run of a pipeline is due, jitter and all; `nil`: never.
    package func nextDue(of pipeline: String) -> Timestamp? {
        (keys[pipeline] ?? []).lazy.compactMap { entries[$0]?.next?.due }.min()
    }

    /// How many slots wait to begin.
    package var waitingCount: Int { ready.count - readyHead + held.count }

    /// When the first of them was due.
    package var oldestWaiting: Timestamp? {
        (ready[readyHead...].lazy.map(\.due) + held.lazy.map(\.due)).min()
    }
}
