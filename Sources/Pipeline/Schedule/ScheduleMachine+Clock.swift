/// A wall clock that is set (design §4, schedule).
extension ScheduleMachine {
    /// What a clock is moved by that nobody set: the two are not read in the same instant, and a
    /// clock that is kept right moves a little.
    static let tolerance = Duration.seconds(60)

    /// Compares the clocks with what they showed before.
    mutating func watchClocks(_ now: ClockReading) -> [AgentEvent] {
        defer { clocks = now }
        guard let before = clocks else { return [] }
        let expected = before.wall + (now.boot - before.boot)
        let jump = now.wall - expected
        guard jump >= Self.tolerance || jump <= .zero - Self.tolerance else { return [] }
        var events: [AgentEvent] = [.clockJumped(by: jump)]
        let isLarge = jump >= Self.largeJump || jump <= .zero - Self.largeJump
        for key in entries.keys.sorted() {
            guard var entry = entries[key] else { continue }
            if isLarge {
                entry.through = now.wall
                plan(&entry, key)
            } else if jump > .zero {
                // Up to where the clock would have got by itself, time has passed as ever.
                pass(&entry, key, at: expected, into: &events)
                skip(&entry, key, to: now.wall, into: &events)
            } else if !entry.definition.series.isFixedTime {
                entry.through = min(entry.through, now.wall)
                plan(&entry, key)
            }
            entries[key] = entry
        }
        if let retry = retryAt { retryAt = min(retry, now.wall + Self.retryInterval) }
        return events
    }

    /// The clock has passed over some time: what happens at fixed times is run once for all of it,
    /// the rest goes by the new time (cron(8) of Debian).
    private mutating func skip(
        _ entry: inout Entry,
        _ key: ScheduleKey,
        to now: Timestamp,
        into events: inout [AgentEvent]
    ) {
        let series = entry.definition.series
        let end = now.before(by: .nanoseconds(1))
        guard let last = series.last(through: end, after: entry.through) else { return }
        if series.isFixedTime {
            take(DueSlot(key: key, slot: last, due: now, isCaughtUp: true), entry, into: &events)
        }
        entry.through = last
        plan(&entry, key)
    }
}
