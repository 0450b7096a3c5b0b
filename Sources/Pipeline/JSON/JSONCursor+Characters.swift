extension JSONCursor {
    /// The characters of a string, escaped, without its quotation marks.
    @inline(never)
    public mutating func characters(_ value: String) {
        unsafe value.withContiguousUTF8 { unsafe characters($0) }
    }

    /// The same of UTF-8 that stands in memory.
    ///
    /// Most texts are names: short, and nothing in them to be escaped.
    public mutating func characters(_ text: UnsafeBufferPointer<UInt8>) {
        let length = text.count
        guard length <= 64, let source = unsafe UnsafeRawPointer(text.baseAddress) else {
            return unsafe escaped(text)
        }
        guard length >= 8 else { return unsafe few(text, source) }
        let start = position
        guard let place = unsafe take(length, width: length) else {
            return unsafe recount(text, start)
        }
        var marks: UInt64 = 0
        var position = 0
        while position + 8 < length {
            marks |= unsafe move(source + position, to: place + position)
            position += 8
        }
        // The last word overlaps the one before it.
        marks |= unsafe move(source + (length - 8), to: place + (length - 8))
        if marks != 0 { unsafe recount(text, start) }
    }

    /// The same of less than eight bytes.
    private mutating func few(_ text: UnsafeBufferPointer<UInt8>, _ source: UnsafeRawPointer) {
        let length = text.count
        guard length >= 4 else { return unsafe escaped(text) }
        let first = unsafe source.loadUnaligned(as: UInt32.self)
        let last = unsafe source.loadUnaligned(fromByteOffset: length - 4, as: UInt32.self)
        guard JSONCursor.marks(UInt64(first) | UInt64(last) << 32) == 0 else {
            return unsafe escaped(text)
        }
        guard let place = unsafe take(length, width: length) else { return }
        unsafe place.storeBytes(of: first, as: UInt32.self)
        unsafe place.storeBytes(of: last, toByteOffset: length - 4, as: UInt32.self)
    }

    private mutating func recount(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) {
        position = start
        unsafe escaped(text)
    }

    /// - Returns: Not 0 where one of the eight bytes must be escaped.
    @inline(__always)
    @unsafe
    private func move(_ source: UnsafeRawPointer, to place: UnsafeMutableRawPointer) -> UInt64 {
        let word = unsafe source.loadUnaligned(as: UInt64.self)
        unsafe place.storeBytes(of: word, as: UInt64.self)
        return JSONCursor.marks(word)
    }

    /// Not 0 where one of the eight bytes must be escaped.
    @inline(__always)
    private static func marks(_ word: UInt64) -> UInt64 {
        let each: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ (each &* UInt64(UInt8(ascii: "\"")))
        let solidus = word ^ (each &* UInt64(UInt8(ascii: "\\")))
        // The high bit of a byte is set if the byte is below 0x20, or zero after the exclusive or; a
        // byte that is above 0x7f never counts, one after a hit may.
        let control = (word &- (each &* 0x20)) & ~word
        let marks = (quote &- each) & ~quote | (solidus &- each) & ~solidus
        return (control | marks) & (each &* 0x80)
    }

    private mutating func escaped(_ text: UnsafeBufferPointer<UInt8>) {
        var clean = 0
        while true {
            let end = unsafe JSONCursor.firstEscape(in: text, from: clean)
            unsafe piece(
                UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(text)[clean..<end])
            )
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
        let bytes = UnsafeRawBufferPointer(text)
        var position = start
        while position + 8 <= bytes.count {
            let word = unsafe bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            guard marks(word) == 0 else { break }
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
            let digits = JSONCursor.hexadecimalDigits(UInt64(byte))
            self.byte(UInt8(truncatingIfNeeded: digits >> 8))
            self.byte(UInt8(truncatingIfNeeded: digits))
        }
    }
}
