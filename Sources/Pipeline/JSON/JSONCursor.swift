/// Writes parts of a JSON document into memory that is there already; commas are the caller's.
///
/// What does not fit is only counted, so that the owner of the memory learns how much it takes and
/// asks again (`JSONWriter.append`): one look for room per span, not one for each of its parts.
@safe
package struct JSONCursor {
    // Not private, so that another target can inline its own small parts: a call that is not
    // inlined costs more than to write most of them.
    package let memory: UnsafeMutablePointer<UInt8>?
    /// 0 once something was not written that may have been shorter than the memory asked for it.
    package var capacity: Int
    /// How many bytes were written, or would have been.
    package var count = 0

    /// So much memory behind what is written makes every way of writing find room.
    package static let slack = 128

    /// - Parameter memory: Must outlive the cursor.
    @unsafe
    package init(_ memory: UnsafeMutableBufferPointer<UInt8>) {
        unsafe self.memory = memory.baseAddress
        capacity = memory.count
    }

    /// Whether all that was counted was written.
    package var isWhole: Bool { count <= capacity }

    /// Takes the place of the next `length` bytes.
    ///
    /// - Returns: `nil` where they do not fit; then nothing does that follows, since `count` stays
    ///   above the capacity.
    @inline(__always)
    @unsafe
    package mutating func advance(_ length: Int) -> UnsafeMutablePointer<UInt8>? {
        let start = count
        count += length
        guard count <= capacity, let memory = unsafe memory else { return nil }
        return unsafe memory + start
    }

    /// Bytes as they stand.
    package mutating func bytes(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe copy($0) }
    }

    /// The characters of a string, escaped, without its quotation marks.
    package mutating func characters(_ value: String) {
        var value = value
        value.withUTF8 { unsafe characters($0) }
    }

    /// The digits of an integer and nothing else.
    package mutating func decimal(_ value: Int64) {
        var text = [20 of UInt8](repeating: 0)
        var start = 20
        var rest = value.magnitude
        while rest >= 100 {
            let (quotient, pair) = rest.quotientAndRemainder(dividingBy: 100)
            start -= 2
            text[start] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: pair / 10)
            text[start + 1] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: pair % 10)
            rest = quotient
        }
        if rest >= 10 {
            start -= 1
            text[start] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        start -= 1
        text[start] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest)
        if value < 0 {
            start -= 1
            text[start] = UInt8(ascii: "-")
        }
        bytes(text.span.extracting(start...))
    }

    /// Sixteen lower-case hexadecimal digits, without quotation marks.
    package mutating func hexadecimal(_ value: UInt64) {
        guard let place = unsafe advance(16) else { return }
        let raw = UnsafeMutableRawPointer(place)
        let (high, low) = (value >> 32, value & 0xffff_ffff)
        unsafe raw.storeBytes(of: JSONCursor.digits(high).bigEndian, as: UInt64.self)
        unsafe (raw + 8).storeBytes(of: JSONCursor.digits(low).bigEndian, as: UInt64.self)
    }

    /// A number of nanoseconds as a number of seconds, in all its decimals.
    package mutating func seconds(nanoseconds: Int64) {
        let (whole, rest) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
        if nanoseconds < 0 { byte(UInt8(ascii: "-")) }
        decimal(Int64(whole))
        byte(UInt8(ascii: "."))
        var decimals = [9 of UInt8](repeating: 0)
        var remaining = UInt32(truncatingIfNeeded: rest)
        var count = 1
        for position in (0..<9).reversed() {
            let digit = UInt8(truncatingIfNeeded: remaining % 10)
            if digit != 0, count == 1 { count = position + 1 }
            decimals[position] = UInt8(ascii: "0") &+ digit
            remaining /= 10
        }
        bytes(decimals.span.extracting(first: count))
    }

    /// NaN and the infinities, which JSON lacks, become proto3 JSON's strings.
    package mutating func double(_ value: Double) {
        let text =
            if value.isNaN {
                "\"NaN\""
            } else if value.isInfinite {
                value < 0 ? "\"-Infinity\"" : "\"Infinity\""
            } else {
                value.description
            }
        bytes(text.utf8Span.span)
    }

    /// A byte as it stands.
    package mutating func byte(_ byte: UInt8) {
        if let place = unsafe advance(1) { unsafe place.initialize(to: byte) }
    }

    /// The lower 32 bits as eight digits, the first in the highest byte: all eight at once.
    private static func digits(_ value: UInt64) -> UInt64 {
        var nibbles = (value | value << 16) & 0x0000_ffff_0000_ffff
        nibbles = (nibbles | nibbles << 8) & 0x00ff_00ff_00ff_00ff
        nibbles = (nibbles | nibbles << 4) & 0x0f0f_0f0f_0f0f_0f0f
        // Six more than a nibble reaches the next one's bit from ten on: that is a letter.
        let letters = (nibbles &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        let gap = UInt64(UInt8(ascii: "a") - UInt8(ascii: "0") - 10)
        return nibbles &+ 0x3030_3030_3030_3030 &+ letters &* gap
    }

    @inline(__always)
    private mutating func copy(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let source = bytes.baseAddress, let place = unsafe advance(bytes.count) else {
            return
        }
        unsafe place.update(from: source, count: bytes.count)
    }
}

extension JSONCursor {
    // MARK: Escaping

    /// The same of UTF-8 that stands in memory.
    package mutating func characters(_ text: UnsafeBufferPointer<UInt8>) {
        var clean = 0
        while true {
            let end = unsafe JSONCursor.firstEscape(in: text, from: clean)
            unsafe copy(UnsafeBufferPointer(rebasing: text[clean..<end]))
            guard end < text.count else { return }
            escape(unsafe text[end])
            clean = end + 1
        }
    }

    /// Where the next byte stands that must be escaped, or the end; eight bytes are looked at
    /// together while there are so many.
    private static func firstEscape(
        in text: UnsafeBufferPointer<UInt8>,
        from start: Int
    ) -> Int {
        let each: UInt64 = 0x0101_0101_0101_0101
        let bytes = UnsafeRawBufferPointer(text)
        var position = start
        while position + 8 <= bytes.count {
            let word = unsafe bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            let quote = word ^ (each &* UInt64(UInt8(ascii: "\"")))
            let solidus = word ^ (each &* UInt64(UInt8(ascii: "\\")))
            // The high bit of a byte is set if the byte is below 0x20, or zero after the exclusive
            // or; a byte that is above 0x7f never counts, one after a hit may.
            let control = (word &- (each &* 0x20)) & ~word
            let marks = (quote &- each) & ~quote | (solidus &- each) & ~solidus
            guard (control | marks) & (each &* 0x80) == 0 else { break }
            position += 8
        }
        while position < bytes.count {
            let byte = unsafe bytes[position]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
            position += 1
        }
        return position
    }

    /// RFC 8259 §7: quotation mark, reverse solidus and the control characters are escaped.
    private mutating func escape(_ byte: UInt8) {
        self.byte(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\n"): self.byte(UInt8(ascii: "n"))
        case UInt8(ascii: "\t"): self.byte(UInt8(ascii: "t"))
        case UInt8(ascii: "\r"): self.byte(UInt8(ascii: "r"))
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): self.byte(byte)
        default:
            self.byte(UInt8(ascii: "u"))
            self.byte(UInt8(ascii: "0"))
            self.byte(UInt8(ascii: "0"))
            let digits = JSONCursor.digits(UInt64(byte))
            self.byte(UInt8(truncatingIfNeeded: digits >> 8))
            self.byte(UInt8(truncatingIfNeeded: digits))
        }
    }
}
