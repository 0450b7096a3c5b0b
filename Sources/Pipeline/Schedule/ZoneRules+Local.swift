/// What the instants are at which the clocks show a given minute.
package enum LocalInstants: Hashable, Sendable {
    case one(Timestamp)
    /// None: at this instant the clocks were put forward past it.
    ///
    /// The offsets are in seconds east of UTC.
    case gap(at: Timestamp, before: Int, after: Int)
    /// The clocks were put back to it.
    case two(first: Timestamp, second: Timestamp)
}

/// An instant at which the clocks are put forward or back.
package struct ZoneTransition: Hashable, Sendable {
    package let instant: Timestamp
    /// Seconds east of UTC.
    package let before: Int
    package let after: Int
}

extension ZoneRules {
    /// The next change of the offset after an instant; a change of the name alone is none.
    package func nextTransition(after instant: Timestamp) -> ZoneTransition? {
        var period = period(at: instant.wholeSeconds)
        while let start = Timestamp(wholeSeconds: period.end) {
            let next = self.period(at: period.end)
            if next.time.offset != period.time.offset {
                return ZoneTransition(
                    instant: start,
                    before: period.time.offset,
                    after: next.time.offset
                )
            }
            period = next
        }
        return nil
    }

    /// The instants at which the clocks show a minute.
    ///
    /// - Parameter local: What they show.
    /// - Returns: One instant, two, or the change that leaves it out; `nil` if an instant is beyond
    ///   what 64 bits of nanoseconds hold.
    package func instants(of local: CivilMinute) -> LocalInstants? {
        let (shown, overflow) = local.minutesSinceEpoch.multipliedReportingOverflow(by: 60)
        // Beyond ten thousand years: far from every instant that there is.
        guard !overflow, shown.magnitude < 1 << 40 else { return nil }
        var found: [Int64] = []
        var gap: ZonePeriod?
        var period = period(at: shown - ZoneRules.farthest)
        while true {
            if period.start != ZonePeriod.beginning, period.change > 0,
                shown >= period.start + Int64(period.offsetBefore),
                shown < period.start + period.offset
            {
                gap = period
            }
            let instant = shown - period.offset
            if instant >= period.start, instant < period.end { found.append(instant) }
            guard period.end <= shown + ZoneRules.farthest else { break }
            period = self.period(at: period.end)
        }
        if found.isEmpty, let gap {
            let (before, after) = (gap.offsetBefore, gap.time.offset)
            return Timestamp(wholeSeconds: gap.start)
                .map { .gap(at: $0, before: before, after: after) }
        }
        guard let first = found.first.flatMap({ Timestamp(wholeSeconds: $0) }) else { return nil }
        guard found.count > 1, let second = Timestamp(wholeSeconds: found[1]) else {
            return .one(first)
        }
        return .two(first: first, second: second)
    }

    /// In seconds: more than any clock is ahead or behind.
    private static let farthest: Int64 = 100_000
}
