/// When something is due, in the five fields of a crontab, with the meaning of Vixie's cron.
///
/// A day is due if the month matches and the day rule holds: where both day fields are restricted
/// either may match, and where one begins with `*` (as `*/2` does) both must.
package struct CronExpression: Hashable, Sendable, CustomStringConvertible {
    /// As it was written.
    package let text: String
    /// Whether neither minute nor hour begins with `*`: such a time of day is kept to across a
    /// change of the clocks, where the others follow real time (Debian's `!(MIN_STAR|HR_STAR)`).
    package let isFixedTime: Bool

    /// Bit n stands for the number n, here and below.
    let minutes: UInt64
    let hours: UInt64
    let months: UInt64
    let daysOfMonth: UInt64
    let daysOfWeek: UInt64
    let mustMatchBothDays: Bool

    package var description: String { text }

    /// The names that stand for five fields.
    static let macros: [(name: String, fields: String)] = [
        ("@hourly", "0 * * * *"), ("@daily", "0 0 * * *"), ("@midnight", "0 0 * * *"),
        ("@weekly", "0 0 * * 0"), ("@monthly", "0 0 1 * *"), ("@yearly", "0 0 1 1 *"),
        ("@annually", "0 0 1 1 *"),
    ]

    /// Reads five fields, or a name such as `@daily`.
    package init(_ text: String) throws(CronFault) {
        let words = try CronExpression.fields(of: text)
        let fields = words.split(whereSeparator: { $0 == " " || $0 == "\t" })
        guard fields.count != 6 else { throw .sixFields }
        guard fields.count == 5 else { throw .fieldCount(fields.count) }
        self.text = text
        minutes = try CronFieldReader(field: .minute).numbers(fields[0])
        hours = try CronFieldReader(field: .hour).numbers(fields[1])
        daysOfMonth = try CronFieldReader(field: .dayOfMonth).numbers(fields[2])
        months = try CronFieldReader(field: .month).numbers(fields[3])
        daysOfWeek = try CronFieldReader(field: .dayOfWeek).numbers(fields[4])
        isFixedTime = !fields[0].hasPrefix("*") && !fields[1].hasPrefix("*")
        mustMatchBothDays = fields[2].hasPrefix("*") || fields[4].hasPrefix("*")
        if let reason = impossibility { throw .neverMatches(reason) }
    }

    private static func fields(of text: String) throws(CronFault) -> String {
        let trimmed = text.split(whereSeparator: { $0 == " " || $0 == "\t" })
        guard trimmed.count == 1, let name = trimmed.first?.lowercased(), name.hasPrefix("@") else {
            return text
        }
        guard name != "@reboot" else { throw .reboot }
        guard let macro = macros.first(where: { $0.name == name }) else {
            let nearest = NameSuggestion.nearest(to: name, among: macros.map(\.name))
            throw .unknownMacro(name, suggestion: nearest)
        }
        return macro.fields
    }

    /// Why no day is ever due.
    ///
    /// In the calendar's cycle of 400 years every day of every month, the leap day too, falls on
    /// every day of the week: only days that the months do not have are never due.
    private var impossibility: String? {
        guard mustMatchBothDays else { return nil }
        let named = CronField.month.range.filter { months & 1 << UInt64($0) != 0 }
        let firstDay = daysOfMonth.trailingZeroBitCount
        // The year 2000 had a leap day.
        guard named.allSatisfy({ CalendarDate.days(inMonth: $0, of: 2_000) < firstDay }) else {
            return nil
        }
        let names = named.map { CronExpression.monthNames[$0 - 1] }
        let verb = names.count == 1 ? "has" : "have"
        let list = names.dropLast().joined(separator: ", ")
        let others = list.isEmpty ? "" : "\(list) and "
        return "\(others)\(names.last ?? "") \(verb) no day \(firstDay)"
    }

    private static let monthNames = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ]
}
