/// A minute as a clock on the wall shows it, of no zone in particular.
package struct CivilMinute: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Minutes from 1970-01-01 00:00 on the same wall; negative before it.
    package let minutesSinceEpoch: Int64

    package init(minutesSinceEpoch: Int64) {
        self.minutesSinceEpoch = minutesSinceEpoch
    }

    /// `nil` if a day has no such hour or minute.
    package init?(_ date: CalendarDate, hour: Int, minute: Int) {
        guard (0..<24).contains(hour), (0..<60).contains(minute) else { return nil }
        minutesSinceEpoch = date.daysSinceEpoch * 1_440 + Int64(hour * 60 + minute)
    }

    package var date: CalendarDate {
        CalendarDate(daysSinceEpoch: floorDivide(minutesSinceEpoch, by: 1_440).quotient)
    }

    package var hour: Int { Int(floorDivide(minutesSinceEpoch, by: 1_440).remainder / 60) }
    package var minute: Int { Int(floorDivide(minutesSinceEpoch, by: 60).remainder) }

    package static func < (left: CivilMinute, right: CivilMinute) -> Bool {
        left.minutesSinceEpoch < right.minutesSinceEpoch
    }

    /// The form `2026-10-25 02:30`.
    package var description: String { "\(date) \(twoDigits(hour)):\(twoDigits(minute))" }
}

extension CalendarDate {
    /// Days from 1970-01-01; the inverse of `init(daysSinceEpoch:)`.
    package var daysSinceEpoch: Int64 {
        CalendarDate.daysSinceEpoch(year: year, month: month, day: day)
    }

    /// 0 is Sunday, as in a crontab.
    package var weekday: Int { CalendarDate.weekday(ofDay: daysSinceEpoch) }

    /// A day's number, from its place in the calendar.
    ///
    /// - Parameters:
    ///   - year: Of the proleptic Gregorian calendar.
    ///   - month: From 1 to 12.
    ///   - day: Counted from the month's first; beyond its last it falls into the next month.
    /// - Returns: Days from 1970-01-01.
    static func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let shiftedMonth = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * shiftedMonth + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Int64(era * 146_097 + dayOfEra - 719_468)
    }

    /// 1970-01-01 was a Thursday.
    static func weekday(ofDay daysSinceEpoch: Int64) -> Int {
        Int(floorDivide(daysSinceEpoch + 4, by: 7).remainder)
    }
}
