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
        // Put together beside the buffer: growing it once costs less than five times.
        let count = name.utf8CodeUnitCount
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count + 4) { text in
            unsafe text[0] = UInt8(ascii: ",")
            unsafe text[1] = UInt8(ascii: "\"")
            let name = unsafe UnsafeBufferPointer(start: name.utf8Start, count: count)
            let place = unsafe UnsafeMutableBufferPointer(rebasing: text[2..<(count + 2)])
            _ = unsafe place.update(fromContentsOf: name)
            unsafe text[count + 2] = UInt8(ascii: "\"")
            unsafe text[count + 3] = UInt8(ascii: ":")
            let start = needsComma ? 0 : 1
            unsafe bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
        }
        needsComma = false
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

    /// What hot paths call: across modules a generic call costs more than writing the digits.
    package mutating func integer(_ value: Int64) {
        separate()
        digits(value)
    }

    /// A 64-bit integer as a decimal string (proto3 JSON's form of `int64` and `fixed64`).
    package mutating func integerString(_ value: some BinaryInteger) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        digits(Int64(clamping: value))
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

    /// Sixteen lower-case hexadecimal digits, without quotation marks.
    package mutating func hexadecimal(_ value: UInt64) {
        var shift: UInt64 = 64
        while shift > 0 {
            shift -= 4
            let nibble = UInt8(truncatingIfNeeded: value >> shift & 15)
            bytes.append(nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") - 10 + nibble)
        }
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
        // The longest is Int64.min: a sign and nineteen digits.
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { text in
            var magnitude = value.magnitude
            var start = 20
            repeat {
                start -= 1
                unsafe text[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude % 10)
                magnitude /= 10
            } while magnitude != 0
            if value < 0 {
                start -= 1
                unsafe text[start] = UInt8(ascii: "-")
            }
            unsafe bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
        }
    }

    /// RFC 8259 §7: quotation mark, reverse solidus and the control characters are escaped.
    private mutating func quote(_ value: String) {
        var value = value
        value.withUTF8 { text in
            if unsafe appendPlain(text) { return }
            bytes.append(UInt8(ascii: "\""))
            unsafe appendEscaped(text)
            bytes.append(UInt8(ascii: "\""))
        }
    }

    /// Appends a short text that needs no escape, quoted, at one stroke; false for any other.
    private mutating func appendPlain(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let count = text.count
        guard count <= 64 else { return false }
        return unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count + 2) { quoted in
            unsafe quoted[0] = UInt8(ascii: "\"")
            for index in 0..<count {
                let byte = unsafe text[index]
                guard byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") else {
                    return false
                }
                unsafe quoted[index + 1] = byte
            }
            unsafe quoted[count + 1] = UInt8(ascii: "\"")
            unsafe bytes.append(contentsOf: quoted)
            return true
        }
    }

    private mutating func appendEscaped(_ text: UnsafeBufferPointer<UInt8>) {
        var clean = 0
        for position in text.indices {
            let byte = unsafe text[position]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else {
                continue
            }
            unsafe bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[clean..<position]))
            clean = position + 1
            escape(byte)
        }
        unsafe bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[clean...]))
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
            for nibble in [byte >> 4, byte & 15] {
                let base = nibble < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10
                bytes.append(base + nibble)
            }
        }
    }
}
