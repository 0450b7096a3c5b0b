import Pipeline

/// Cron by looking at one minute after the other, for numbers alone.
struct NaiveCron {
    private let sets: [Set<Int>]
    private let mustMatchBothDays: Bool

    init(_ text: String) {
        let fields = text.split(separator: " ")
        sets = zip(fields, CronField.allCases).map { NaiveCron.numbers($0, $1.range) }
        mustMatchBothDays = fields[2].hasPrefix("*") || fields[4].hasPrefix("*")
    }

    func matches(_ minute: CivilMinute) -> Bool {
        sets[1].contains(minute.hour) && sets[0].contains(minute.minute) && isDue(minute.date)
    }

    func minutes(after start: CivilMinute, through end: CivilMinute) -> [CivilMinute] {
        var found: [CivilMinute] = []
        var minute = start.minutesSinceEpoch + 1
        while minute <= end.minutesSinceEpoch {
            let here = CivilMinute(minutesSinceEpoch: minute)
            let isMidnight = here.hour == 0 && here.minute == 0
            if isMidnight, !isDue(here.date) {
                minute += 1_440
            } else {
                if matches(here) { found.append(here) }
                minute += 1
            }
        }
        return found
    }

    private func isDue(_ date: CalendarDate) -> Bool {
        let isDay = sets[2].contains(date.day)
        let isSunday = date.weekday == 0 && sets[4].contains(7)
        let isWeekday = isSunday || sets[4].contains(date.weekday)
        return sets[3].contains(date.month)
            && (mustMatchBothDays ? isDay && isWeekday : isDay || isWeekday)
    }

    private static func numbers(_ field: Substring, _ range: ClosedRange<Int>) -> Set<Int> {
        Set(
            field.split(separator: ",").flatMap { item -> [Int] in
                let parts = item.split(separator: "/")
                let ends = parts[0].split(separator: "-").compactMap { Int($0) }
                let low = ends.first ?? range.lowerBound
                let high = parts[0] == "*" ? range.upperBound : ends.last ?? low
                let step = parts.count > 1 ? Int(parts[1]) ?? 1 : 1
                return Array(stride(from: low, through: high, by: step))
            }
        )
    }
}
