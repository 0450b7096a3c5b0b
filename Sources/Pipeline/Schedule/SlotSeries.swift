/// The instants at which something is due.
///
/// They are a set that depends on nothing but the rule and the zone: who asks after a restart, or
/// twice, gets the same.
package struct SlotSeries: Hashable, Sendable {
    package enum Rule: Hashable, Sendable {
        /// By the clocks of the zone, with the meaning of Debian's cron where they change.
        case cron(CronExpression)
        /// Multiples of an interval, counted from 1970-01-01T00:00:00Z; one that is not above zero
        /// counts as one nanosecond.
        case every(Duration)
    }

    package let rule: Rule
    /// For `every` only the zone that dates are told in.
    package let zone: ZoneRules

    package init(_ rule: Rule, in zone: ZoneRules) {
        self.rule = rule
        self.zone = zone
    }

    /// The first slot after an instant; `nil` where 64 bits of nanoseconds end, in the year 2262.
    package func next(after instant: Timestamp) -> Timestamp? {
        switch rule {
        case .cron(let expression):
            let slots = CronSlots(expression: expression, zone: zone)
            return slots.next(from: instant.wholeSeconds + 1).flatMap(Timestamp.init(wholeSeconds:))
        case .every(let interval):
            let length = nanoseconds(interval)
            let count = floorDivide(instant.nanoseconds, by: length).quotient
            let (next, isLast) = count.addingReportingOverflow(1)
            let (slot, overflow) = next.multipliedReportingOverflow(by: length)
            return isLast || overflow ? nil : Timestamp(nanoseconds: slot)
        }
    }

    /// The slots after one instant and not after another, earliest first, at most so many.
    package func slots(
        after start: Timestamp,
        through end: Timestamp,
        limit: Int
    ) -> [Timestamp] {
        var slots: [Timestamp] = []
        var last = start
        while slots.count < limit, let slot = next(after: last), slot <= end {
            slots.append(slot)
            last = slot
        }
        return slots
    }

    /// The latest slot that is not after one instant but after another, found from its end.
    package func last(through end: Timestamp, after start: Timestamp) -> Timestamp? {
        let slot: Timestamp?
        switch rule {
        case .cron(let expression):
            let slots = CronSlots(expression: expression, zone: zone)
            slot = slots.last(through: end.wholeSeconds, notBefore: start.wholeSeconds)
                .flatMap(Timestamp.init(wholeSeconds:))
        case .every(let interval):
            let length = nanoseconds(interval)
            let (instant, overflow) = floorDivide(end.nanoseconds, by: length).quotient
                .multipliedReportingOverflow(by: length)
            slot = overflow ? nil : Timestamp(nanoseconds: instant)
        }
        guard let slot, slot > start else { return nil }
        return slot
    }

    private func nanoseconds(_ interval: Duration) -> Int64 { max(1, interval.wholeNanoseconds) }
}
