/// The W3C header `tracestate`: what other tracing systems want handed on.
///
/// Weir changes nothing in it and has no member of its own, so it stays a text that is checked.
package enum TraceState {
    /// The list as it is handed on; empty if there is nothing to hand on.
    ///
    /// Several headers count as one list. One malformed member, or a thirty-third, discards all
    /// of them; the `traceparent` stays good (level 2, §3.3).
    package static func validated(_ headers: [String]) -> String {
        let members = headers.flatMap(listMembers)
        guard members.count <= TraceLimits.traceStateMembers, members.allSatisfy(isMember) else {
            return ""
        }
        return shortened(members.map { String(Substring($0)) }).joined(separator: ",")
    }

    /// Whole members go: the long ones first, then those at the end (§3.3.1).
    private static func shortened(_ members: [String]) -> [String] {
        var kept = members
        if length(kept) > TraceLimits.traceStateCharacters {
            kept.removeAll { $0.utf8.count > 128 }
        }
        while length(kept) > TraceLimits.traceStateCharacters { kept.removeLast() }
        return kept
    }

    private static func length(_ members: [String]) -> Int {
        members.reduce(max(0, members.count - 1)) { $0 + $1.utf8.count }
    }

    private static func isMember(_ member: Substring.UTF8View) -> Bool {
        let parts = member.split(
            separator: UInt8(ascii: "="),
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        guard parts.count == 2, (1...256).contains(parts[0].count),
            (1...256).contains(parts[1].count),
            let first = parts[0].first, isLetterOrDigit(first)
        else { return false }
        return parts[0].allSatisfy(isKeyByte) && parts[1].allSatisfy(isValueByte)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }

    private static func isKeyByte(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || "_*/@-".utf8.contains(byte)
    }

    /// Printable ASCII without the comma and the equals sign.
    private static func isValueByte(_ byte: UInt8) -> Bool {
        (0x20...0x7e).contains(byte) && byte != UInt8(ascii: ",") && byte != UInt8(ascii: "=")
    }
}
