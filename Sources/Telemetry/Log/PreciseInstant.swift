package import Pipeline

/// Instants as logs have them: RFC 3339 in UTC with nine decimals, `2016-10-06T00:17:09.669794202Z`.
///
/// Always of the same length, so that they sort as text.
package enum PreciseInstant {
    package static let count = 30

    package static func text(_ instant: Timestamp) -> String {
        String(decoding: bytes(instant), as: UTF8.self)
    }

    /// Thirty bytes of ASCII.
    package static func bytes(_ instant: Timestamp) -> [UInt8] {
        let second: Int64 = 1_000_000_000
        let (seconds, nanoseconds) = floorDivide(instant.nanoseconds, by: second)
        let (days, rest) = floorDivide(seconds, by: 86_400)
        let date = CalendarDate(daysSinceEpoch: days)
        var text = [UInt8](repeating: UInt8(ascii: "Z"), count: count)
        func write(_ value: Int64, _ digits: Int, at start: Int, after mark: Unicode.Scalar?) {
            if let mark { text[start - 1] = UInt8(ascii: mark) }
            var rest = value
            for position in (start..<(start + digits)).reversed() {
                text[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
        }
        // Nanoseconds in 64 bits reach from 1677 to 2262: the year has four digits.
        write(Int64(date.year), 4, at: 0, after: nil)
        write(Int64(date.month), 2, at: 5, after: "-")
        write(Int64(date.day), 2, at: 8, after: "-")
        write(rest / 3_600, 2, at: 11, after: "T")
        write(rest / 60 % 60, 2, at: 14, after: ":")
        write(rest % 60, 2, at: 17, after: ":")
        write(nanoseconds, 9, at: 20, after: ".")
        return text
    }

    /// Whether the bytes have the form; not whether there is such a day.
    package static func isInstant(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard bytes.count == count else { return false }
        for (byte, mark) in zip(bytes, form.utf8) {
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            guard mark == UInt8(ascii: "0") ? isDigit : byte == mark else { return false }
        }
        return true
    }

    private static let form = "0000-00-00T00:00:00.000000000Z"

    private static func floorDivide(_ value: Int64, by divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
