/// Durations as people write and read them: `1h30m`, `500ms`.
package enum DurationText {
    /// Why a text is no duration.
    package enum Fault: Error, Hashable {
        case empty
        /// A number without a unit: the unit must be said.
        case bareNumber(String)
        case malformed
        /// The units are `d h m s ms us ns`.
        case unknownUnit(String)
        /// Units go from large to small, each once.
        case order(String)
        /// More than 64 bits of nanoseconds hold (292 years).
        case tooLong
    }

    private static let units: [(name: String, nanoseconds: Int64)] = [
        ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000),
        ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000), ("ns", 1),
    ]

    /// Reads whole numbers with units, from large to small, each unit once.
    package static func parse(_ text: String) throws(Fault) -> Duration {
        var rest = Array(text.utf8)[...]
        guard !rest.isEmpty else { throw .empty }
        var total: Int64 = 0
        var nextUnit = 0
        while !rest.isEmpty {
            let digits = rest.prefix { isDigit($0) }
            rest = rest.dropFirst(digits.count)
            let name = String(decoding: rest.prefix { !isDigit($0) }, as: UTF8.self)
            rest = rest.dropFirst(name.utf8.count)
            guard !digits.isEmpty else { throw .malformed }
            if name.isEmpty { throw text.utf8.allSatisfy(isDigit) ? .bareNumber(text) : .malformed }
            guard let unit = units.firstIndex(where: { $0.name == name }) else {
                throw name.hasPrefix(".") ? .malformed : .unknownUnit(name)
            }
            guard unit >= nextUnit else { throw .order(name) }
            nextUnit = unit + 1
            guard let count = Int64(String(decoding: digits, as: UTF8.self)) else { throw .tooLong }
            let (part, overflow) = count.multipliedReportingOverflow(by: units[unit].nanoseconds)
            let (sum, carry) = total.addingReportingOverflow(part)
            guard !overflow, !carry else { throw .tooLong }
            total = sum
        }
        return .nanoseconds(total)
    }

    /// Exactly the duration, in the form that `parse` reads: `1h30m`, `0s`; negative ones begin
    /// with `-`.
    package static func exact(_ duration: Duration) -> String {
        let nanoseconds = duration.wholeNanoseconds
        guard nanoseconds != 0 else { return "0s" }
        var rest = nanoseconds.magnitude
        var text = nanoseconds < 0 ? "-" : ""
        for (name, size) in units {
            let count = rest / size.magnitude
            rest %= size.magnitude
            if count > 0 { text += "\(count)\(name)" }
        }
        return text
    }

    /// The duration with the digits a person wants: `350ms`, `2.4s`, `4m12s`, `3h05m`, `2d04h`.
    ///
    /// Cut, not rounded, so that a duration never reads longer than it was.
    package static func human(_ duration: Duration) -> String {
        let nanoseconds = max(0, duration.wholeNanoseconds)
        let seconds = nanoseconds / 1_000_000_000
        switch nanoseconds {
        case ..<1_000: return "\(nanoseconds)ns"
        case ..<1_000_000: return "\(nanoseconds / 1_000)us"
        case ..<1_000_000_000: return "\(nanoseconds / 1_000_000)ms"
        case ..<10_000_000_000: return "\(seconds).\(nanoseconds / 100_000_000 % 10)s"
        case ..<60_000_000_000: return "\(seconds)s"
        case ..<3_600_000_000_000: return "\(seconds / 60)m\(twoDigits(seconds % 60))s"
        case ..<86_400_000_000_000:
            return "\(seconds / 3_600)h\(twoDigits(seconds / 60 % 60))m"
        default: return "\(seconds / 86_400)d\(twoDigits(seconds / 3_600 % 24))h"
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

/// A number below 100 in two digits.
func twoDigits(_ value: some BinaryInteger) -> String {
    value < 10 ? "0\(value)" : "\(value)"
}
