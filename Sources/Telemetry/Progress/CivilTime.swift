package import Pipeline

/// An instant as calendars and clocks show it, at a fixed offset from UTC.
package struct CivilTime: Sendable, Hashable {
    private let day: CalendarDate
    /// Since midnight.
    private let seconds: Int64
    private let utcOffset: Int

    /// `utcOffset` is in seconds east of UTC.
    package init(_ instant: Timestamp, utcOffset: Int = 0) {
        let local = (instant + .seconds(utcOffset)).nanoseconds
        let whole = floorDivide(local, 1_000_000_000).quotient
        let days = floorDivide(whole, 86_400)
        day = CalendarDate(daysSinceEpoch: days.quotient)
        seconds = days.remainder
        self.utcOffset = utcOffset
    }

    /// The minute: `02:14`.
    package var clock: String { "\(two(seconds / 3_600)):\(two(seconds / 60 % 60))" }

    /// The second: `02:14:05`.
    package var clockWithSeconds: String { "\(clock):\(two(seconds % 60))" }

    /// The day: `2026-03-10`.
    package var date: String { day.description }

    /// The offset: `+03`, `-09:30`, `UTC`.
    package var zone: String {
        guard utcOffset != 0 else { return "UTC" }
        let minutes = Int64(clamping: utcOffset.magnitude / 60)
        let rest = minutes % 60
        return (utcOffset < 0 ? "-" : "+") + two(minutes / 60) + (rest == 0 ? "" : ":" + two(rest))
    }
}

private func two(_ number: Int64) -> String {
    number < 10 ? "0\(number)" : "\(number)"
}

private func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
}
