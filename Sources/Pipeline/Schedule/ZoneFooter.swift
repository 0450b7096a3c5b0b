/// The rule at the end of a zone's file, for all times after the last transition (POSIX `TZ`, with
/// RFC 9636 §3.3.1).
struct ZoneFooter: Hashable, Sendable {
    /// A day of every year.
    enum Day: Hashable, Sendable {
        /// `Jn`: from 1 to 365, the leap day not counted.
        case julian(Int)
        /// `n`: from 0 to 365, the leap day counted.
        case ordinal(Int)
        /// `Mm.w.d`: the month's w-th such day of the week, the fifth being its last.
        case weekday(month: Int, week: Int, weekday: Int)
    }

    /// When the clocks change in every year: so many seconds after the day's midnight, by the
    /// clocks as they were before.
    struct Change: Hashable, Sendable {
        let day: Day
        let seconds: Int
    }

    struct Summer: Hashable, Sendable {
        let time: ZoneTable.LocalTime
        let start: Change
        let end: Change
    }

    let standard: ZoneTable.LocalTime
    let summer: Summer?

    /// The period of this rule alone in which an instant (in seconds since the epoch) lies.
    func period(at seconds: Int64) -> ZonePeriod {
        guard let summer else { return constant(standard) }
        let day = floorDivide(seconds, by: 86_400).quotient
        let year = CalendarDate(daysSinceEpoch: day).year
        let changes = changes(around: year, summer)
        guard let next = changes.firstIndex(where: { $0.at > seconds }), next > 0 else {
            // All year the one or the other: then no change is left of those around.
            return constant(changes.last?.to ?? summer.time)
        }
        let this = changes[next - 1]
        // Of the changes around, the first is years before.
        let before = next > 1 ? changes[next - 2].to : this.to
        return ZonePeriod(
            start: this.at,
            end: changes[next].at,
            time: this.to,
            offsetBefore: before.offset
        )
    }

    private func constant(_ time: ZoneTable.LocalTime) -> ZonePeriod {
        ZonePeriod(
            start: ZonePeriod.beginning,
            end: ZonePeriod.end,
            time: time,
            offsetBefore: time.offset
        )
    }

    private typealias Step = (at: Int64, to: ZoneTable.LocalTime)

    /// The changes of five years that change something: a rule's hours may reach a week into
    /// another year, and where summer ends as it begins again there is none.
    private func changes(around year: Int, _ summer: Summer) -> [Step] {
        var steps: [Step] = []
        for year in (year - 2)...(year + 2) {
            let start = instant(of: summer.start, in: year, offset: standard.offset)
            let end = instant(of: summer.end, in: year, offset: summer.time.offset)
            let both: [Step] = [(start, summer.time), (end, standard)]
            steps += start <= end ? both : both.reversed()
        }
        // Years follow each other, but for rules that reach into the next: few, and nearly sorted.
        for index in steps.indices.dropFirst() {
            var place = index
            while place > 0, steps[place - 1].at > steps[place].at {
                steps.swapAt(place - 1, place)
                place -= 1
            }
        }
        var effective: [Step] = []
        for step in steps {
            if effective.last?.at == step.at { effective.removeLast() }
            if effective.last?.to != step.to { effective.append(step) }
        }
        return effective
    }

    private func instant(of change: Change, in year: Int, offset: Int) -> Int64 {
        let newYear = CalendarDate.daysSinceEpoch(year: year, month: 1, day: 1)
        let isLeap = CalendarDate.days(inMonth: 2, of: year) == 29
        let day: Int64 =
            switch change.day {
            case .julian(let number): newYear + Int64(number - 1 + (isLeap && number > 59 ? 1 : 0))
            case .ordinal(let number): newYear + Int64(number)
            case .weekday(let month, let week, let weekday):
                ZoneFooter.day(year: year, month: month, week: week, weekday: weekday)
            }
        return day * 86_400 + Int64(change.seconds - offset)
    }

    private static func day(year: Int, month: Int, week: Int, weekday: Int) -> Int64 {
        let first = CalendarDate.daysSinceEpoch(year: year, month: month, day: 1)
        let ahead = (weekday - CalendarDate.weekday(ofDay: first) + 7) % 7 + (week - 1) * 7
        let length = CalendarDate.days(inMonth: month, of: year)
        return first + Int64(ahead < length ? ahead : ahead - 7)
    }
}
