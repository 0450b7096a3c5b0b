/// Sizes as people write them: `64KiB`, `10GiB`.
package enum SizeText {
    /// Why a text is no size.
    package enum Fault: Error, Hashable, CustomStringConvertible {
        /// A number without a unit: the unit must be said.
        case bareNumber(String)
        case malformed(String)
        /// The units are `B KiB MiB GiB TiB`.
        case unknownUnit(String)
        /// More than 64 bits of bytes hold.
        case tooLarge(String)

        package var description: String {
            switch self {
            case .bareNumber(let text): "`\(text)` has no unit: write `\(text)MiB`, `\(text)GiB`"
            case .malformed(let text):
                "`\(text)` is no size: write a whole number with B, KiB, MiB, GiB or TiB"
            case .unknownUnit(let unit):
                "no unit of size is called `\(unit)`: write B, KiB, MiB, GiB or TiB"
            case .tooLarge(let text): "`\(text)` is larger than 8 EiB"
            }
        }
    }

    private static let units = ["B", "KiB", "MiB", "GiB", "TiB"]

    /// Reads one whole number with one unit.
    ///
    /// - Parameter text: Without spaces.
    /// - Returns: Bytes.
    /// - Throws: What is wrong with it.
    package static func parse(_ text: String) throws(Fault) -> Int64 {
        let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        let unit = String(decoding: text.utf8.dropFirst(digits.count), as: UTF8.self)
        guard !digits.isEmpty else { throw .malformed(text) }
        guard !unit.isEmpty else { throw .bareNumber(text) }
        guard let power = units.firstIndex(of: unit) else {
            throw unit.utf8.allSatisfy(isLetter) ? .unknownUnit(unit) : .malformed(text)
        }
        guard let count = Int64(String(decoding: digits, as: UTF8.self)) else {
            throw .tooLarge(text)
        }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: 1 << (10 * Int64(power)))
        guard !overflow else { throw .tooLarge(text) }
        return bytes
    }

    /// Exactly the size, in the largest unit that divides it: what `parse` reads.
    package static func exact(_ bytes: Int64) -> String {
        var (count, unit) = (max(0, bytes), 0)
        while count >= 1_024, count % 1_024 == 0, unit < units.count - 1 {
            count /= 1_024
            unit += 1
        }
        return "\(count)\(units[unit])"
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
