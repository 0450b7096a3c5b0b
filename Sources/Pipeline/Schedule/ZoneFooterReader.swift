/// Reads the rule at the end of a zone's file: `CET-1CEST,M3.5.0,M10.5.0/3`.
struct ZoneFooterReader {
    private let rule: ArraySlice<UInt8>
    private var rest: ArraySlice<UInt8>

    private init(_ rule: ArraySlice<UInt8>) {
        self.rule = rule
        rest = rule
    }

    static func read(_ rule: ArraySlice<UInt8>) throws(ZoneFault) -> ZoneFooter {
        var reader = ZoneFooterReader(rule)
        return try reader.footer()
    }

    private mutating func footer() throws(ZoneFault) -> ZoneFooter {
        let name = try name()
        let standard = ZoneTable.LocalTime(offset: try offset(), abbreviation: name)
        guard !rest.isEmpty else { return ZoneFooter(standard: standard, summer: nil) }
        let summerName = try self.name()
        // POSIX: an hour ahead if it does not say.
        let offset = rest.first == UInt8(ascii: ",") ? standard.offset + 3_600 : try offset()
        let time = ZoneTable.LocalTime(offset: offset, abbreviation: summerName)
        let start = try change()
        let end = try change()
        guard rest.isEmpty, ZoneTable.offsets.contains(offset) else { throw fault }
        let summer = ZoneFooter.Summer(time: time, start: start, end: end)
        return ZoneFooter(standard: standard, summer: summer)
    }

    private var fault: ZoneFault { .badRule(String(decoding: rule, as: UTF8.self)) }

    private mutating func skip(_ mark: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: mark) else { return false }
        rest.removeFirst()
        return true
    }

    /// Three letters or more, or anything of a name's bytes between angle brackets.
    private mutating func name() throws(ZoneFault) -> String {
        let isQuoted = skip("<")
        let name = rest.prefix { byte in
            let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            return isQuoted ? ZoneTable.isNameByte(byte) : isLetter
        }
        rest = rest.dropFirst(name.count)
        guard name.count >= 3, !isQuoted || skip(">") else { throw fault }
        return String(decoding: name, as: UTF8.self)
    }

    /// Seconds east; written as hours west, from −24 to 24.
    private mutating func offset() throws(ZoneFault) -> Int { -(try time(hours: 24)) }

    /// `[+-]hh[:mm[:ss]]`, in seconds.
    private mutating func time(hours limit: Int) throws(ZoneFault) -> Int {
        let isNegative = skip("-")
        if !isNegative { _ = skip("+") }
        var seconds = try number(0...limit) * 3_600
        if skip(":") {
            seconds += try number(0...59) * 60
            if skip(":") { seconds += try number(0...59) }
        }
        return isNegative ? -seconds : seconds
    }

    /// `,day[/time]`; the time may reach a week forward and back (RFC 9636 §3.3.1).
    private mutating func change() throws(ZoneFault) -> ZoneFooter.Change {
        guard skip(",") else { throw fault }
        let day = try day()
        let seconds = skip("/") ? try time(hours: 167) : 7_200
        return ZoneFooter.Change(day: day, seconds: seconds)
    }

    private mutating func day() throws(ZoneFault) -> ZoneFooter.Day {
        if skip("J") { return .julian(try number(1...365)) }
        guard skip("M") else { return .ordinal(try number(0...365)) }
        let month = try number(1...12)
        guard skip(".") else { throw fault }
        let week = try number(1...5)
        guard skip(".") else { throw fault }
        return .weekday(month: month, week: week, weekday: try number(0...6))
    }

    private mutating func number(_ range: ClosedRange<Int>) throws(ZoneFault) -> Int {
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        rest = rest.dropFirst(digits.count)
        // No number of the rule has more than three digits.
        guard (1...3).contains(digits.count) else { throw fault }
        let value = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        guard range.contains(value) else { throw fault }
        return value
    }
}
