/// Appends JSON to a byte buffer that its owner may reuse: no tree, no intermediate strings.
///
/// Commas are placed by the writer. The caller opens and closes what it writes; a key outside an
/// object or an unbalanced end is a mistake of ours and not checked on the hot path.
package struct JSONWriter: Sendable {
    package private(set) var bytes: [UInt8] = []
    /// True when the next key or element needs a comma before it.
    private var needsComma = false

    package init() {}

    package init(reserving capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Forgets the content and keeps the memory.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    /// Forgets all but the first `count` bytes: takes back what did not fit.
    package mutating func truncate(to count: Int) {
        bytes.removeLast(max(0, bytes.count - max(0, count)))
        needsComma = false
    }

    /// Gives the content away and goes on, empty, in the memory of `spare`.
    package mutating func exchange(_ spare: consuming [UInt8]) -> [UInt8] {
        let content = bytes
        bytes = spare
        removeAll()
        return content
    }

    package mutating func beginObject() { open(UInt8(ascii: "{")) }
    package mutating func endObject() { close(UInt8(ascii: "}")) }
    package mutating func beginArray() { open(UInt8(ascii: "[")) }
    package mutating func endArray() { close(UInt8(ascii: "]")) }

    package mutating func key(_ name: StaticString) {
        let text = unsafe UnsafeBufferPointer(
            start: name.utf8Start,
            count: name.utf8CodeUnitCount
        )
        let needsComma = needsComma
        // One growth for all four parts: keys are half of what is written.
        bytes.append(addingCapacity: text.count + 4) { (span: inout OutputSpan<UInt8>) in
            if needsComma { span.append(UInt8(ascii: ",")) }
            span.append(UInt8(ascii: "\""))
            for position in 0..<text.count { span.append(unsafe text[position]) }
            span.append(UInt8(ascii: "\""))
            span.append(UInt8(ascii: ":"))
        }
        self.needsComma = false
    }

    package mutating func key(_ name: String) {
        separate()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    package mutating func string(_ value: String) {
        separate()
        quote(value)
    }

    /// A 64-bit integer as a JSON number.
    package mutating func integer(_ value: some BinaryInteger) {
        integer(Int64(clamping: value))
    }

    package mutating func integer(_ value: Int64) {
        separate()
        digits(value)
    }

    /// Most integers are of these two types: a generic call from another target is not specialised.
    package mutating func integer(_ value: Int) {
        integer(Int64(value))
    }

    /// A 64-bit integer as a decimal string (proto3 JSON's form of `int64` and `fixed64`).
    package mutating func integerString(_ value: some BinaryInteger) {
        integerString(Int64(clamping: value))
    }

    package mutating func integerString(_ value: Int64) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        digits(value)
        bytes.append(UInt8(ascii: "\""))
    }

    /// NaN and the infinities, which JSON lacks, become proto3 JSON's strings.
    package mutating func double(_ value: Double) {
        separate()
        if value.isNaN {
            quote("NaN")
        } else if value.isInfinite {
            quote(value < 0 ? "-Infinity" : "Infinity")
        } else {
            bytes.append(contentsOf: value.description.utf8)
        }
    }

    package mutating func boolean(_ value: Bool) {
        separate()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    package mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
    }

    /// Appends what is already JSON.
    package mutating func raw(_ json: some Sequence<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
    }

    /// Appends a part of a document as it stands, commas included, for shapes that repeat.
    ///
    /// A value that follows it gets no comma.
    package mutating func piece(_ json: StaticString) {
        unsafe bytes.append(
            contentsOf: UnsafeBufferPointer(start: json.utf8Start, count: json.utf8CodeUnitCount)
        )
        needsComma = false
    }

    package mutating func piece(_ json: [UInt8]) {
        bytes.append(contentsOf: json)
        needsComma = false
    }

    package mutating func piece(_ json: ArraySlice<UInt8>) {
        bytes.append(contentsOf: json)
        needsComma = false
    }

    /// The characters of a string, escaped, without its quotation marks.
    package mutating func characters(_ value: String) {
        var value = value
        value.withUTF8 { unsafe appendEscaped($0) }
    }

    /// The digits of an integer and nothing else.
    package mutating func decimal(_ value: Int64) {
        digits(value)
    }

    /// Sixteen lower-case hexadecimal digits, without quotation marks.
    package mutating func hexadecimal(_ value: UInt64) {
        var text = [16 of UInt8](repeating: 0)
        for position in 0..<16 {
            let nibble = UInt8(truncatingIfNeeded: value >> UInt64(60 - position * 4) & 15)
            text[position] = JSONWriter.hexadecimalDigit(nibble)
        }
        append(text.span)
    }

    /// A number of nanoseconds as a number of seconds, in all its decimals.
    package mutating func seconds(nanoseconds: Int64) {
        separate()
        let (whole, rest) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
        if nanoseconds < 0 { bytes.append(UInt8(ascii: "-")) }
        digits(Int64(whole))
        bytes.append(UInt8(ascii: "."))
        var decimals = [9 of UInt8](repeating: 0)
        var remaining = rest
        var count = 1
        for position in (0..<9).reversed() {
            let digit = UInt8(truncatingIfNeeded: remaining % 10)
            if digit != 0, count == 1 { count = position + 1 }
            decimals[position] = UInt8(ascii: "0") + digit
            remaining /= 10
        }
        append(decimals.span.extracting(first: count))
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func digits(_ value: Int64) {
        var text = [20 of UInt8](repeating: 0)
        var start = 20
        var magnitude = value.magnitude
        repeat {
            start -= 1
            text[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude % 10)
            magnitude /= 10
        } while magnitude != 0
        if value < 0 {
            start -= 1
            text[start] = UInt8(ascii: "-")
        }
        append(text.span.extracting(start...))
    }

    @inline(__always)
    private mutating func append(_ text: Span<UInt8>) {
        unsafe text.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    }

    private static func hexadecimalDigit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") - 10 + nibble
    }

    /// RFC 8259 §7: quotation mark, reverse solidus and the control characters are escaped.
    private mutating func quote(_ value: String) {
        bytes.append(UInt8(ascii: "\""))
        characters(value)
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func appendEscaped(_ text: UnsafeBufferPointer<UInt8>) {
        var clean = 0
        while true {
            let end = unsafe JSONWriter.firstEscape(in: text, from: clean)
            unsafe bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[clean..<end]))
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

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\n"): bytes.append(UInt8(ascii: "n"))
        case UInt8(ascii: "\t"): bytes.append(UInt8(ascii: "t"))
        case UInt8(ascii: "\r"): bytes.append(UInt8(ascii: "r"))
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        default:
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(JSONWriter.hexadecimalDigit(byte >> 4))
            bytes.append(JSONWriter.hexadecimalDigit(byte & 15))
        }
    }
}
