/// Lists of the form `key=value,key2=value2` in environment variables: W3C Baggage without
/// properties, percent-encoded.
enum BaggageList {
    /// The pairs in their order; `nil` if any of it is malformed, since half of a list would be
    /// worse than none.
    ///
    /// Unlike the header's, keys are decoded too, and visible characters outside the standard's
    /// set are taken as they are: `OTEL_RESOURCE_ATTRIBUTES=team=data platform` is common.
    static func parse(_ text: String) -> [(key: String, value: String)]? {
        var pairs: [(key: String, value: String)] = []
        for member in listMembers(text) {
            let parts = member.split(
                separator: UInt8(ascii: "="),
                maxSplits: 1,
                omittingEmptySubsequences: false
            ).map(trimmingOptionalSpace)
            guard parts.count == 2, let key = decoded(parts[0]), !key.isEmpty,
                let value = decoded(parts[1])
            else { return nil }
            pairs.append((key, value))
        }
        return pairs
    }

    /// `nil` for a stray percent sign, for what is not UTF-8 after decoding, for control characters.
    private static func decoded(_ text: Substring.UTF8View) -> String? {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(digit),
                let low = rest.popFirst().flatMap(digit)
            else { return nil }
            bytes.append(high << 4 | low)
        }
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
