import Pipeline

/// Writes bytes that should be UTF-8 as the characters of a JSON string, without a `String` between.
///
/// What is none becomes U+FFFD, one for each maximal part of a character, as Unicode recommends
/// (Unicode 16.0 §3.9, table 3-8) and `String(decoding:)` does.
enum JSONText {
    static func append(_ bytes: ArraySlice<UInt8>, to writer: inout JSONWriter) {
        var clean = bytes.startIndex
        var position = clean
        while position < bytes.endIndex {
            let byte = bytes[position]
            if byte >= 0x20, byte < 0x80, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
                position += 1
                continue
            }
            let (count, isWhole) = byte < 0x80 ? (1, false) : sequence(bytes, at: position)
            if !isWhole {
                writer.piece(bytes[clean..<position])
                if byte < 0x80 { escape(byte, to: &writer) } else { writer.piece("\u{FFFD}") }
                clean = position + count
            }
            position += count
        }
        writer.piece(bytes[clean...])
    }

    /// How many bytes from `start` on belong together, and whether they are a whole character.
    private static func sequence(
        _ bytes: ArraySlice<UInt8>,
        at start: Int
    ) -> (count: Int, isWhole: Bool) {
        let needed: Int
        var allowed: ClosedRange<UInt8> = 0x80...0xBF
        switch bytes[start] {
        case 0xC2...0xDF: needed = 2
        case 0xE0: (needed, allowed) = (3, 0xA0...0xBF)
        case 0xED: (needed, allowed) = (3, 0x80...0x9F)
        case 0xE1...0xEF: needed = 3
        case 0xF0: (needed, allowed) = (4, 0x90...0xBF)
        case 0xF1...0xF3: needed = 4
        case 0xF4: (needed, allowed) = (4, 0x80...0x8F)
        default: return (1, false)
        }
        var count = 1
        while count < needed {
            let next = start + count
            guard next < bytes.endIndex, allowed.contains(bytes[next]) else {
                return (count, false)
            }
            allowed = 0x80...0xBF
            count += 1
        }
        return (count, true)
    }

    private static func escape(_ byte: UInt8, to writer: inout JSONWriter) {
        switch byte {
        case UInt8(ascii: "\""): writer.piece(#"\""#)
        case UInt8(ascii: "\\"): writer.piece(#"\\"#)
        case UInt8(ascii: "\n"): writer.piece(#"\n"#)
        case UInt8(ascii: "\r"): writer.piece(#"\r"#)
        case UInt8(ascii: "\t"): writer.piece(#"\t"#)
        default:
            writer.piece(byte < 0x10 ? #"\u000"# : #"\u001"#)
            let nibble = byte & 15
            let digit = nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") - 10 + nibble
            writer.piece([digit])
        }
    }
}
