extension CronExpression {
    /// The first matching minute after the one given; `nil` beyond the year 2262, in which 64 bits
    /// of nanoseconds end.
    ///
    /// Goes month by month: the rarest expressions, leap days of one weekday, take some hundred.
    package func next(after local: CivilMinute) -> CivilMinute? {
        local < CronExpression.horizon
            ? next(from: CivilMinute(minutesSinceEpoch: local.minutesSinceEpoch + 1)) : nil
    }

    /// The first matching minute that is not before the one given.
    func next(from local: CivilMinute) -> CivilMinute? {
        guard local < CronExpression.horizon else { return nil }
        let start = max(local, CronExpression.beginning)
        let date = start.date
        var (year, month) = (date.year, date.month)
        var days = dueDays(year: year, month: month) & ~0 << UInt64(date.day)
        if days & 1 << UInt64(date.day) != 0 {
            if let time = timeOfDay(from: start.hour, start.minute) {
                return minute(of: date.daysSinceEpoch, time)
            }
            days &= ~(1 << UInt64(date.day))
        }
        while days == 0 {
            (year, month) = month == 12 ? (year + 1, 1) : (year, month + 1)
            guard year <= CronExpression.lastYear else { return nil }
            days = dueDays(year: year, month: month)
        }
        let day = CalendarDate.daysSinceEpoch(
            year: year,
            month: month,
            day: days.trailingZeroBitCount
        )
        return minute(of: day, hours.trailingZeroBitCount * 60 + minutes.trailingZeroBitCount)
    }

    /// The last matching minute that is not after the one given; `nil` before the year 1677, in
    /// which 64 bits of nanoseconds begin.
    package func last(through local: CivilMinute) -> CivilMinute? {
        guard local >= CronExpression.beginning else { return nil }
        let start = min(local, CronExpression.horizon)
        let date = start.date
        var (year, month) = (date.year, date.month)
        var days = dueDays(year: year, month: month) & ~(~1 << UInt64(date.day))
        if days & 1 << UInt64(date.day) != 0 {
            if let time = timeOfDay(through: start.hour, start.minute) {
                return minute(of: date.daysSinceEpoch, time)
            }
            days &= ~(1 << UInt64(date.day))
        }
        while days == 0 {
            (year, month) = month == 1 ? (year - 1, 12) : (year, month - 1)
            guard year >= CronExpression.firstYear else { return nil }
            days = dueDays(year: year, month: month)
        }
        let day = CalendarDate.daysSinceEpoch(year: year, month: month, day: highest(days))
        return minute(of: day, highest(hours) * 60 + highest(minutes))
    }

    private static let firstYear = 1_677
    private static let lastYear = 2_262
    private static let beginning = CivilMinute(
        minutesSinceEpoch: CalendarDate.daysSinceEpoch(year: firstYear, month: 1, day: 1) * 1_440
    )
    private static let horizon = CivilMinute(
        minutesSinceEpoch: CalendarDate.daysSinceEpoch(year: lastYear, month: 12, day: 31) * 1_440
    )

    /// The days of a month that are due: bit n stands for its day n.
    private func dueDays(year: Int, month: Int) -> UInt64 {
        guard months & 1 << UInt64(month) != 0 else { return 0 }
        let first = CalendarDate.daysSinceEpoch(year: year, month: month, day: 1)
        let weekday = UInt64(CalendarDate.weekday(ofDay: first))
        // A week that begins with the month's first weekday, six times over.
        let week = (daysOfWeek | daysOfWeek << 7) >> weekday & 0x7F
        let weeks = week << 1 | week << 8 | week << 15 | week << 22 | week << 29
        let all: UInt64 = ~(~1 << UInt64(CalendarDate.days(inMonth: month, of: year)))
        return all & (mustMatchBothDays ? daysOfMonth & weeks : daysOfMonth | weeks) & ~1
    }

    /// In minutes of the day.
    private func timeOfDay(from hour: Int, _ minute: Int) -> Int? {
        if hours & 1 << UInt64(hour) != 0 {
            let later = minutes & ~0 << UInt64(minute)
            if later != 0 { return hour * 60 + later.trailingZeroBitCount }
        }
        let later = hours & ~1 << UInt64(hour)
        return later == 0
            ? nil : later.trailingZeroBitCount * 60 + minutes.trailingZeroBitCount
    }

    private func timeOfDay(through hour: Int, _ minute: Int) -> Int? {
        if hours & 1 << UInt64(hour) != 0 {
            let earlier = minutes & ~(~1 << UInt64(minute))
            if earlier != 0 { return hour * 60 + highest(earlier) }
        }
        let earlier = hours & ~(~0 << UInt64(hour))
        return earlier == 0 ? nil : highest(earlier) * 60 + highest(minutes)
    }

    /// The highest number in a set that is not empty.
    private func highest(_ bits: UInt64) -> Int { 63 - bits.leadingZeroBitCount }

    private func minute(of day: Int64, _ minuteOfDay: Int) -> CivilMinute {
        CivilMinute(minutesSinceEpoch: day * 1_440 + Int64(minuteOfDay))
    }
}
