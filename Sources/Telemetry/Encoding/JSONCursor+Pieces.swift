import Pipeline

/// The small parts of a span, of which there are dozens in each: inlined, which only this target's
/// own code is, and written with stores of fixed width that may reach beyond what is counted.
extension JSONCursor {
    /// Room for `length` bytes and for what is written beyond them, `width` in all.
    ///
    /// - Returns: `nil` where there is none; nothing that follows is written then, and all counted.
    @inline(__always)
    private mutating func take(_ length: Int, width: Int) -> UnsafeMutableRawPointer? {
        let start = count
        count += length
        guard start + width <= capacity, let memory = unsafe memory else {
            capacity = 0
            return nil
        }
        return unsafe UnsafeMutableRawPointer(memory + start)
    }

    @inline(__always)
    mutating func piece(_ json: StaticString) {
        let length = json.utf8CodeUnitCount
        guard let place = unsafe take(length, width: length) else { return }
        unsafe place.copyMemory(from: json.utf8Start, byteCount: length)
    }

    mutating func piece(_ json: [UInt8]) {
        guard let place = unsafe take(json.count, width: json.count) else { return }
        unsafe json.withUnsafeBytes { json in
            guard let source = json.baseAddress else { return }
            unsafe place.copyMemory(from: source, byteCount: json.count)
        }
    }

    /// `length` of the `width` bytes at `source`.
    @inline(__always)
    @unsafe
    mutating func piece(_ source: UnsafeRawPointer, _ length: Int, width: Int) {
        guard let place = unsafe take(length, width: width) else { return }
        unsafe place.copyMemory(from: source, byteCount: width)
    }

    // MARK: Texts

    /// The characters of a string, escaped, without its quotation marks.
    @inline(__always)
    mutating func text(_ value: String) {
        var value = value
        value.withUTF8 { unsafe text($0) }
    }

    /// Most texts are names: short, and nothing in them to be escaped.
    mutating func text(_ text: UnsafeBufferPointer<UInt8>) {
        let length = text.count
        guard let source = unsafe UnsafeRawPointer(text.baseAddress), length > 0 else { return }
        guard length >= 8, length <= 64 else {
            return unsafe length < 8 ? tiny(source, length) : characters(text)
        }
        let start = count
        guard let place = unsafe take(length, width: length) else { return }
        var marks: UInt64 = 0
        var position = 0
        while position + 8 < length {
            marks |= unsafe move(source + position, to: place + position)
            position += 8
        }
        // The last word overlaps the one before it.
        marks |= unsafe move(source + (length - 8), to: place + (length - 8))
        guard marks != 0 else { return }
        count = start
        unsafe characters(text)
    }

    /// Up to seven bytes.
    @inline(__always)
    @unsafe
    private mutating func tiny(_ source: UnsafeRawPointer, _ length: Int) {
        let start = count
        guard let place = unsafe take(length, width: length) else { return }
        var isPlain = true
        for position in 0..<length {
            let byte = unsafe source.load(fromByteOffset: position, as: UInt8.self)
            unsafe place.storeBytes(of: byte, toByteOffset: position, as: UInt8.self)
            let isMark = byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
            isPlain = isPlain && !isMark
        }
        guard !isPlain else { return }
        count = start
        unsafe characters(UnsafeRawBufferPointer(start: source, count: length))
    }

    /// - Returns: Not 0 where one of the eight bytes must be escaped.
    @inline(__always)
    @unsafe
    private func move(_ source: UnsafeRawPointer, to place: UnsafeMutableRawPointer) -> UInt64 {
        let each: UInt64 = 0x0101_0101_0101_0101
        let word = unsafe source.loadUnaligned(as: UInt64.self)
        unsafe place.storeBytes(of: word, as: UInt64.self)
        let quote = word ^ (each &* UInt64(UInt8(ascii: "\"")))
        let solidus = word ^ (each &* UInt64(UInt8(ascii: "\\")))
        // The high bit of a byte is set if the byte is below 0x20, or zero after the exclusive or; a
        // byte that is above 0x7f never counts, one after a hit may.
        let control = (word &- (each &* 0x20)) & ~word
        let marks = (quote &- each) & ~quote | (solidus &- each) & ~solidus
        return (control | marks) & (each &* 0x80)
    }

    @unsafe
    private mutating func characters(_ bytes: UnsafeRawBufferPointer) {
        unsafe characters(bytes.assumingMemoryBound(to: UInt8.self))
    }

    // MARK: Numbers

    /// Eight digits of a number below 100,000,000, the first in the lowest byte.
    @inline(__always)
    private static func digits(_ value: UInt64) -> UInt64 {
        // Each step splits every part into its upper and its lower half, all parts at once; the
        // multiplications divide by 100 and by 10.
        let fours = value / 10_000 | (value % 10_000) << 32
        let hundreds = ((fours &* 10_486) >> 20) & 0x0000_007f_0000_007f
        let twos = hundreds | (fours &- hundreds &* 100) << 16
        let tens = ((twos &* 103) >> 10) & 0x000f_000f_000f_000f
        return tens | (twos &- tens &* 10) << 8
    }

    private static let zeros: UInt64 = 0x3030_3030_3030_3030

    /// The digits of an integer and nothing else.
    @inline(__always)
    mutating func integer(_ value: Int64) {
        guard value >= 0 else { return decimal(value) }
        let value = UInt64(value)
        guard value >= 100_000_000 else { return leading(value) }
        let (upper, lower) = value.quotientAndRemainder(dividingBy: 100_000_000)
        if upper >= 100_000_000 {
            let (first, second) = upper.quotientAndRemainder(dividingBy: 100_000_000)
            leading(first)
            eight(second)
        } else {
            leading(upper)
        }
        eight(lower)
    }

    /// A number below 100,000,000 without leading zeros.
    @inline(__always)
    private mutating func leading(_ value: UInt64) {
        let digits = JSONCursor.digits(value)
        // Of zero the last digit stays.
        let skipped = (digits | 1 << 56).trailingZeroBitCount & ~7
        guard let place = unsafe take(8 - skipped / 8, width: 8) else { return }
        let text = (digits | JSONCursor.zeros) >> UInt64(skipped)
        unsafe place.storeBytes(of: text.littleEndian, as: UInt64.self)
    }

    @inline(__always)
    private mutating func eight(_ value: UInt64) {
        guard let place = unsafe take(8, width: 8) else { return }
        let text = JSONCursor.digits(value) | JSONCursor.zeros
        unsafe place.storeBytes(of: text.littleEndian, as: UInt64.self)
    }

    /// A number of nanoseconds as a number of seconds, in all its decimals, one at least.
    @inline(__always)
    mutating func seconds(of nanoseconds: Int64) {
        guard nanoseconds >= 0 else { return seconds(nanoseconds: nanoseconds) }
        let (whole, rest) = UInt64(nanoseconds).quotientAndRemainder(dividingBy: 1_000_000_000)
        integer(Int64(whole))
        let (first, others) = rest.quotientAndRemainder(dividingBy: 100_000_000)
        let digits = JSONCursor.digits(others)
        let length = 10 - digits.leadingZeroBitCount / 8
        guard let place = unsafe take(digits == 0 ? 2 : length, width: 10) else { return }
        let head = UInt16(UInt8(ascii: ".")) | UInt16(UInt8(ascii: "0") + UInt8(first)) << 8
        unsafe place.storeBytes(of: head.littleEndian, as: UInt16.self)
        let text = digits | JSONCursor.zeros
        unsafe place.storeBytes(of: text.littleEndian, toByteOffset: 2, as: UInt64.self)
    }

    /// Sixteen lower-case hexadecimal digits, without quotation marks.
    @inline(__always)
    mutating func identifier(_ value: UInt64) {
        guard let place = unsafe take(16, width: 16) else { return }
        let (high, low) = (value >> 32, value & 0xffff_ffff)
        unsafe place.storeBytes(of: JSONCursor.hexadecimalDigits(high).bigEndian, as: UInt64.self)
        unsafe place.storeBytes(
            of: JSONCursor.hexadecimalDigits(low).bigEndian,
            toByteOffset: 8,
            as: UInt64.self
        )
    }

    /// The lower 32 bits as eight digits, the first in the highest byte: all eight at once.
    @inline(__always)
    private static func hexadecimalDigits(_ value: UInt64) -> UInt64 {
        var nibbles = (value | value << 16) & 0x0000_ffff_0000_ffff
        nibbles = (nibbles | nibbles << 8) & 0x00ff_00ff_00ff_00ff
        nibbles = (nibbles | nibbles << 4) & 0x0f0f_0f0f_0f0f_0f0f
        // Six more than a nibble reaches the next one's bit from ten on: that is a letter.
        let letters = (nibbles &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        let gap = UInt64(UInt8(ascii: "a") - UInt8(ascii: "0") - 10)
        return nibbles &+ 0x3030_3030_3030_3030 &+ letters &* gap
    }
}
