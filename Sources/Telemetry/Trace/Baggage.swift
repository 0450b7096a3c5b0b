/// The W3C header `baggage`: a caller's key-value pairs for whoever comes after.
///
/// It is handed on as it came and never becomes attributes: its values may be anybody's.
package enum Baggage {
    /// The list as it is handed on; empty if there is nothing to hand on.
    ///
    /// A malformed member is left out, the others stay. Beyond what the standard asks to carry
    /// (64 members, 8,192 bytes), members go from the end.
    package static func validated(_ headers: [String]) -> String {
        var kept: [String] = []
        var length = 0
        for member in headers.flatMap(listMembers) where isMember(member) {
            let added = member.count + (kept.isEmpty ? 0 : 1)
            guard kept.count < TraceLimits.baggageMembers,
                length + added <= TraceLimits.baggageBytes
            else { break }
            kept.append(String(Substring(member)))
            length += added
        }
        return kept.joined(separator: ",")
    }

    /// `key=value`, then properties, each after a semicolon: `;key` or `;key=value`.
    private static func isMember(_ member: Substring.UTF8View) -> Bool {
        let parts = member.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
        guard let pair = parts.first, isPair(pair, needsValue: true) else { return false }
        return parts.dropFirst().allSatisfy { isPair($0, needsValue: false) }
    }

    private static func isPair(_ text: Substring.UTF8View, needsValue: Bool) -> Bool {
        let parts = text.split(
            separator: UInt8(ascii: "="),
            maxSplits: 1,
            omittingEmptySubsequences: false
        ).map(trimmingOptionalSpace)
        guard let key = parts.first, !key.isEmpty, key.allSatisfy(isTokenByte) else { return false }
        guard parts.count == 2 else { return !needsValue }
        return parts[1].allSatisfy(isOctet)
    }

    /// A `tchar` of RFC 9110 §5.6.2.
    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    /// A `baggage-octet`: visible ASCII without quotation mark, comma, semicolon, backslash.
    private static func isOctet(_ byte: UInt8) -> Bool {
        (0x21...0x7e).contains(byte) && !"\",;\\".utf8.contains(byte)
    }
}
