package import Pipeline

/// The W3C Trace Context header `traceparent`: where a caller's trace stands.
package struct TraceParent: Hashable, Sendable, CustomStringConvertible {
    package var traceID: TraceID
    package var spanID: SpanID
    /// Sampled (0x01) and random (0x02); other bits are unknown and never handed on (§2.2.4).
    package var flags: UInt8

    package static let sampled: UInt8 = 0x01
    package static let random: UInt8 = 0x02
    private static let length = 55

    package init(traceID: TraceID, spanID: SpanID, flags: UInt8) {
        self.traceID = traceID
        self.spanID = spanID
        self.flags = flags & (TraceParent.sampled | TraceParent.random)
    }

    /// `nil` for a header that must be ignored, and `tracestate` with it.
    package init?(_ header: String) {
        guard header.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        let text = trimmingOptionalSpace(header.utf8[...])
        let fields = text.prefix(TraceParent.length).split(
            separator: UInt8(ascii: "-"),
            omittingEmptySubsequences: false
        )
        guard fields.map(\.count) == [2, 32, 16, 2],
            let version = parseByte(fields[0]), version != 0xff,
            let traceID = TraceID(hex: String(Substring(fields[1]))),
            let spanID = SpanID(hex: String(Substring(fields[2]))),
            let flags = parseByte(fields[3])
        else { return nil }
        // A later version may append fields, each after a dash; version 00 ends here.
        let rest = text.dropFirst(TraceParent.length)
        guard rest.isEmpty || version > 0 && rest.first == UInt8(ascii: "-") else { return nil }
        self.init(traceID: traceID, spanID: spanID, flags: flags)
    }

    /// Always in version 00, the only one whose meaning is known.
    package var description: String {
        unsafe String(unsafeUninitializedCapacity: TraceParent.length) { buffer in
            unsafe buffer.initialize(repeating: UInt8(ascii: "0"))
            for dash in [2, 35, 52] { unsafe buffer[dash] = UInt8(ascii: "-") }
            unsafe writeHex(traceID.high, into: buffer, at: 3)
            unsafe writeHex(traceID.low, into: buffer, at: 19)
            unsafe writeHex(spanID.value, into: buffer, at: 36)
            unsafe buffer[54] = UInt8(ascii: "0") + flags
            return TraceParent.length
        }
    }
}

/// Two lower-case hexadecimal digits.
private func parseByte(_ digits: Substring.UTF8View) -> UInt8? {
    var value: UInt8 = 0
    for byte in digits {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | (byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"):
            value = value << 4 | (byte - UInt8(ascii: "a") + 10)
        default: return nil
        }
    }
    return value
}

/// Without the spaces and tabs that HTTP allows around a value (RFC 9110 §5.6.3).
func trimmingOptionalSpace(_ text: Substring.UTF8View) -> Substring.UTF8View {
    var text = text
    while let first = text.first, isOptionalSpace(first) { text.removeFirst() }
    while let last = text.last, isOptionalSpace(last) { text.removeLast() }
    return text
}

/// The members of a list, which commas part: trimmed, empty ones left out.
func listMembers(_ list: String) -> [Substring.UTF8View] {
    list.utf8.split(separator: UInt8(ascii: ","))
        .map(trimmingOptionalSpace)
        .filter { !$0.isEmpty }
}

private func isOptionalSpace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
}
