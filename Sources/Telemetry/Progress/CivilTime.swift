package import Pipeline

/// An instant as calendars and clocks show it, at a fixed offset from UTC.
package struct CivilTime: Sendable, Hashable {
    package let year: Int64
    package let month: Int64
    package let day: Int64
    package let hour: Int64
    package let minute: Int64
    package let second: Int64
    package let nanosecond: Int64
    package let utcOffset: Int

    /// `utcOffset` is in seconds east of UTC.
    package init(_ instant: Timestamp, utcOffset: Int = 0) {
        let local = instant + .seconds(utcOffset)
        let (seconds, nanoseconds) = floorDivide(local.nanoseconds, 1_000_000_000)
        let (days, time) = floorDivide(seconds, 86_400)
        let (year, month, day) = civilDate(days)
        self.year = year
        self.month = month
        self.day = day
        hour = time / 3_600
        minute = time % 3_600 / 60
        second = time % 60
        nanosecond = nanoseconds
        self.utcOffset = utcOffset
    }

    /// The minute: `02:14`.
    package var clock: String { "\(two(hour)):\(two(minute))" }

    /// The second: `02:14:05`.
    package var clockWithSeconds: String { "\(clock):\(two(second))" }

    /// The day: `2026-03-10`.
    package var date: String { "\(year)-\(two(month))-\(two(day))" }

    /// The offset: `+03`, `-09:30`, `UTC`.
    package var zone: String {
        guard utcOffset != 0 else { return "UTC" }
        let minutes = abs(Int64(utcOffset)) / 60
        let rest = minutes % 60
        return (utcOffset < 0 ? "-" : "+") + two(minutes / 60) + (rest == 0 ? "" : ":" + two(rest))
    }

    /// RFC 3339 in UTC with milliseconds: `2026-03-09T23:14:05.250Z`.
    package static func rfc3339(_ instant: Timestamp) -> String {
        let time = CivilTime(instant)
        let milliseconds = String(1_000 + time.nanosecond / 1_000_000).dropFirst()
        return "\(time.date)T\(time.clockWithSeconds).\(milliseconds)Z"
    }
}

private func two(_ number: Int64) -> String {
    number < 10 ? "0\(number)" : "\(number)"
}

private func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
}

/// Days since 1970-01-01 to the proleptic Gregorian calendar.
///
/// Years are counted from March on, so that the leap day comes last; an era is 400 years, which
/// always have 146,097 days.
private func civilDate(_ days: Int64) -> (Int64, Int64, Int64) {
    let (era, dayOfEra) = floorDivide(days + 719_468, 146_097)
    let leapDays = dayOfEra / 1_460 - dayOfEra / 36_524 + dayOfEra / 146_096
    let yearOfEra = (dayOfEra - leapDays) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, day)
}
