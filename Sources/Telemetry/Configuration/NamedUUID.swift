/// A UUID made from a name (RFC 9562 §5.5, version 5): the same name gives the same UUID anywhere.
package struct NamedUUID: Hashable, Sendable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64

    /// OpenTelemetry's namespace for `service.instance.id` (semantic conventions, service).
    package static let serviceInstance = NamedUUID(
        high: 0x4d63_009a_8d0f_11ee,
        low: 0xaad7_4c79_6ed8_e320
    )
    /// The namespace for domain names (RFC 9562 §6.6).
    package static let domainNames = NamedUUID(
        high: 0x6ba7_b810_9dad_11d1,
        low: 0x80b4_00c0_4fd4_30c8
    )

    package init(namespace: NamedUUID, name: String) {
        let prefix = [namespace.high, namespace.low].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - $0 * 8)) }
        }
        let words = SHA1.digest(of: prefix + Array(name.utf8)).map(UInt64.init)
        // Four bits say the version, two the variant (§4.1, §4.2).
        let high = (words[0] << 32 | words[1]) & ~0xf000 | 0x5000
        let low = (words[2] << 32 | words[3]) & ~(3 << 62) | 2 << 62
        self.init(high: high, low: low)
    }

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package var description: String {
        let digits = [high, low].map { word in
            let text = String(word, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }.joined()
        var text = ""
        for (position, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(position) { text.append("-") }
            text.append(digit)
        }
        return text
    }
}
