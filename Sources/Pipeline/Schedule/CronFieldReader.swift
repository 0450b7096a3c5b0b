/// Reads one field of a cron expression into a set of numbers.
struct CronFieldReader {
    let field: CronField

    /// Bit n stands for the number n; Sunday is bit 0 alone.
    func numbers(_ text: Substring) throws(CronFault) -> UInt64 {
        var bits: UInt64 = 0
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard !item.isEmpty else { throw .emptyItem(field, String(text)) }
            bits |= try numbers(ofItem: item)
        }
        guard field == .dayOfWeek, bits & 1 << 7 != 0 else { return bits }
        return bits & ~(1 << 7) | 1
    }

    private func numbers(ofItem item: Substring) throws(CronFault) -> UInt64 {
        let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let base = parts.first ?? item
        let step = parts.count > 1 ? try step(parts[1], of: item) : nil
        if base == "*" { return bits(field.range, step: step ?? 1) }
        let ends = base.split(separator: "-", omittingEmptySubsequences: false)
        switch ends.count {
        case 1:
            let number = try number(base, of: item)
            guard step == nil else {
                let instead = "\(base)-\(field.range.upperBound)/\(parts[1])"
                throw .bareStep(field, String(item), instead: instead)
            }
            return bits(number...number, step: 1)
        case 2:
            return bits(try range(ends[0], ends[1], of: item), step: step ?? 1)
        default:
            throw .malformed(field, String(item))
        }
    }

    private func bits(_ range: ClosedRange<Int>, step: Int) -> UInt64 {
        stride(from: range.lowerBound, through: range.upperBound, by: step)
            .reduce(0) { $0 | 1 << UInt64($1) }
    }

    /// Names may end a range too, which Vixie cron refuses; `SUN` at its end is the seventh day.
    private func range(
        _ first: Substring,
        _ last: Substring,
        of item: Substring
    ) throws(CronFault) -> ClosedRange<Int> {
        let lower = try number(first, of: item)
        var upper = try number(last, of: item)
        let isNamed = last.utf8.first.map(isLetter) ?? false
        if field == .dayOfWeek, upper == 0, lower > 0, isNamed { upper = 7 }
        guard lower <= upper else {
            let instead = unwrapped(first, lower, last, upper, isNamed: isNamed)
            throw .reversedRange(field, String(item), instead: instead)
        }
        return lower...upper
    }

    /// What the author of a range over the field's end meant, in two ranges: `22-23,0-2`.
    private func unwrapped(
        _ first: Substring,
        _ lower: Int,
        _ last: Substring,
        _ upper: Int,
        isNamed: Bool
    ) -> String {
        let isWeekday = field == .dayOfWeek
        // Sunday is said as the seventh day, so that the second range begins with Monday.
        let lowest = isWeekday ? 1 : field.range.lowerBound
        let highest = field.range.upperBound
        let end = isNamed ? (isWeekday ? "SUN" : "DEC") : "\(highest)"
        let begin = isNamed ? (isWeekday ? "MON" : "JAN") : "\(lowest)"
        let before = lower == highest ? "\(first)" : "\(first)-\(end)"
        guard upper >= lowest else { return before }
        return before + "," + (upper == lowest ? "\(last)" : "\(begin)-\(last)")
    }

    private func number(_ text: Substring, of item: Substring) throws(CronFault) -> Int {
        if let number = CronFieldReader.digits(text) {
            guard field.range.contains(number) else {
                throw .outOfRange(field, String(text), field.range)
            }
            return number
        }
        guard !text.isEmpty, text.utf8.allSatisfy(isLetter), !field.names.isEmpty else {
            throw .malformed(field, String(item))
        }
        guard let place = field.names.firstIndex(of: text.lowercased()) else {
            let nearest = NameSuggestion.nearest(to: String(text), among: field.names)
            throw .unknownName(field, String(text), suggestion: nearest)
        }
        return field.range.lowerBound + place
    }

    /// A step beyond the field's end leaves only the first of its numbers.
    private func step(_ text: Substring, of item: Substring) throws(CronFault) -> Int {
        guard let step = CronFieldReader.digits(text) else {
            throw .malformed(field, String(item))
        }
        guard step > 0 else { throw .zeroStep(field, String(item)) }
        return min(step, field.range.upperBound + 1)
    }

    /// The number, or one beyond every field if it is too long to hold; `nil` if it is none.
    private static func digits(_ text: Substring) -> Int? {
        guard !text.isEmpty,
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int(text) ?? .max
    }

    private func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
