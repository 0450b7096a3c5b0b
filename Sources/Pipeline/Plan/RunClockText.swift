/// Instants as text: what `${run.scheduled_at}` and `${run.scheduled_date}` stand for.
///
/// Computed by the rules of the proleptic Gregorian calendar, without tables or locales.
package enum RunClockText {
    /// RFC 3339 with seconds, and with milliseconds where there are any: `2026-08-22T18:00:00Z`,
    /// `2026-08-22T18:00:00.250Z`, `2026-08-22T18:00:00+03:00`.
    ///
    /// `utcOffset` is in seconds east of UTC; RFC 3339 has whole minutes only, so that the reading
    /// of a zone with others (as some had long ago) is given in UTC.
    package static func instant(_ timestamp: Timestamp, utcOffset: Int = 0) -> String {
        let offset = utcOffset % 60 == 0 ? utcOffset : 0
        let local = timestamp + .seconds(offset)
        let (day, rest) = floorDivide(local.nanoseconds, by: 86_400_000_000_000)
        let date = CalendarDate(daysSinceEpoch: day)
        let seconds = Int(rest / 1_000_000_000)
        let milliseconds = Int(rest / 1_000_000 % 1_000)
        // Nanoseconds in 64 bits reach from 1677 to 2262: the year has four digits.
        let text = unsafe String(unsafeUninitializedCapacity: 24) { text in
            unsafe write(date.year, digits: 4, into: text, at: 0, then: "-")
            unsafe write(date.month, digits: 2, into: text, at: 5, then: "-")
            unsafe write(date.day, digits: 2, into: text, at: 8, then: "T")
            unsafe write(seconds / 3_600, digits: 2, into: text, at: 11, then: ":")
            unsafe write(seconds / 60 % 60, digits: 2, into: text, at: 14, then: ":")
            let hasFraction = milliseconds != 0
            unsafe write(seconds % 60, digits: 2, into: text, at: 17, then: hasFraction ? "." : "Z")
            guard hasFraction else { return offset == 0 ? 20 : 19 }
            unsafe write(milliseconds, digits: 3, into: text, at: 20, then: "Z")
            return offset == 0 ? 24 : 23
        }
        return offset == 0 ? text : text + zone(offset)
    }

    /// `+03:00`; of whole minutes.
    private static func zone(_ utcOffset: Int) -> String {
        let minutes = utcOffset.magnitude / 60
        return (utcOffset < 0 ? "-" : "+") + twoDigits(minutes / 60) + ":" + twoDigits(minutes % 60)
    }

    private static func write(
        _ value: Int,
        digits: Int,
        into text: UnsafeMutableBufferPointer<UInt8>,
        at start: Int,
        then mark: Unicode.Scalar
    ) {
        precondition(start >= 0 && start + digits < text.count)
        var rest = value
        for position in (start..<(start + digits)).reversed() {
            unsafe text[position] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        unsafe text[start + digits] = UInt8(ascii: mark)
    }

    /// The day alone: `2026-08-22`.
    package static func date(_ timestamp: Timestamp, utcOffset: Int = 0) -> String {
        let local = timestamp + .seconds(utcOffset)
        let (day, _) = floorDivide(local.nanoseconds, by: 86_400_000_000_000)
        return CalendarDate(daysSinceEpoch: day).description
    }
}

/// Divides towards the past, by a divisor above zero, so that the remainder is never negative.
func floorDivide(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
}

/// A day of the proleptic Gregorian calendar.
package struct CalendarDate: Hashable, Sendable, CustomStringConvertible {
    package let year: Int
    package let month: Int
    package let day: Int

    /// `YYYY-MM-DD`, and only days that exist.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let year = CalendarDate.number(bytes[0..<4]),
            let month = CalendarDate.number(bytes[5..<7]),
            let day = CalendarDate.number(bytes[8..<10]),
            (1...12).contains(month),
            day >= 1, day <= CalendarDate.days(inMonth: month, of: year)
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// Days are counted from 1970-01-01; the year is shifted to begin in March, so that the leap
    /// day is its last, and eras of 400 years (146,097 days) repeat.
    package init(daysSinceEpoch: Int64) {
        let shifted = Int(daysSinceEpoch) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// The form `YYYY-MM-DD`.
    package var description: String {
        let digits = String(year)
        let padding = String(repeating: "0", count: max(0, 4 - digits.count))
        return "\(padding)\(digits)-\(twoDigits(month))-\(twoDigits(day))"
    }

    /// How many days the month (1 to 12) has.
    static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }
}
