/// The instants of a cron expression in a zone, in whole seconds since the epoch.
///
/// Where the clocks change by less than three hours, an expression of a fixed time is due once for
/// every time of day that it names: as the clocks jump over it, and the first time where they show
/// it twice. Other expressions, and all at larger changes, are due whenever the clocks show a time
/// that they name (Debian cron 3.0, cron.c).
struct CronSlots {
    let expression: CronExpression
    let zone: ZoneRules

    /// The first slot that is not before an instant.
    func next(from instant: Int64) -> Int64? {
        var from = instant
        while from <= CronSlots.lastSecond {
            let period = zone.period(at: from)
            if period.start >= from, isSlot(atStartOf: period) { return period.start }
            let earliest = max(from + period.offset, firstReading(in: period))
            let roundedUp = floorDivide(earliest + 59, by: 60).quotient
            let minute = CivilMinute(minutesSinceEpoch: roundedUp)
            guard let found = expression.next(from: minute) else { return nil }
            let slot = found.minutesSinceEpoch * 60 - period.offset
            if slot < period.end { return slot }
            // The clocks may show again what was before the search, but not for long: else nothing is
            // due before what it found, whatever the offset.
            let isPast = period.end - from > CronSlots.margin
            let reading = found.minutesSinceEpoch * 60
            from = isPast ? max(period.end, reading - CronSlots.margin) : period.end
        }
        return nil
    }

    /// The last slot that is not after an instant; `nil` also if it is before the earliest of
    /// interest.
    func last(through instant: Int64, notBefore earliest: Int64) -> Int64? {
        var through = instant
        while through >= earliest {
            let period = zone.period(at: through)
            let latest = floorDivide(through + period.offset, by: 60).quotient
            let minute = CivilMinute(minutesSinceEpoch: latest)
            guard let found = expression.last(through: minute) else { return nil }
            let reading = found.minutesSinceEpoch * 60
            if reading >= firstReading(in: period) { return reading - period.offset }
            if isSlot(atStartOf: period) { return period.start }
            let isPast = through - period.start > CronSlots.margin
            let before = period.start - 1
            through = isPast ? min(before, reading + CronSlots.margin) : before
        }
        return nil
    }

    /// In seconds: more than any two clocks differ.
    private static let margin: Int64 = 200_000
    private static let lastSecond = Int64.max / 1_000_000_000

    private func isKept(_ period: ZonePeriod) -> Bool {
        expression.isFixedTime && period.change.magnitude < 10_800
    }

    /// The first reading of the clocks in a period that is not one already counted.
    private func firstReading(in period: ZonePeriod) -> Int64 {
        let offset = isKept(period) ? max(period.offset, Int64(period.offsetBefore)) : period.offset
        return period.start + offset
    }

    /// Whether the clocks jumped over a time of day that is kept.
    private func isSlot(atStartOf period: ZonePeriod) -> Bool {
        guard period.change > 0, isKept(period) else { return false }
        let skipped = floorDivide(period.start + Int64(period.offsetBefore) + 59, by: 60).quotient
        guard let found = expression.next(from: CivilMinute(minutesSinceEpoch: skipped)) else {
            return false
        }
        return found.minutesSinceEpoch * 60 < period.start + period.offset
    }
}
