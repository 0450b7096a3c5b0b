extension JSONCursor {
    /// The digits of an integer and nothing else.
    @inline(never)
    public mutating func decimal(_ value: Int64) {
        // Numbers of attempts, exit codes, counts: most have one digit.
        if 0..<10 ~= value { return byte(UInt8(ascii: "0") + UInt8(value)) }
        if value < 0 { byte(UInt8(ascii: "-")) }
        let magnitude = value.magnitude
        guard magnitude >= 100_000_000 else { return leading(magnitude) }
        let (upper, lower) = magnitude.quotientAndRemainder(dividingBy: 100_000_000)
        if upper >= 100_000_000 {
            let (first, second) = upper.quotientAndRemainder(dividingBy: 100_000_000)
            return three(first, second, lower)
        }
        leading(upper)
        eight(lower)
    }

    /// A number of nanoseconds as a number of seconds, in all its decimals, one at least.
    @inline(never)
    public mutating func seconds(nanoseconds: Int64) {
        if nanoseconds < 0 { byte(UInt8(ascii: "-")) }
        let (whole, rest) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
        decimal(Int64(whole))
        let (first, others) = rest.quotientAndRemainder(dividingBy: 100_000_000)
        let digits = JSONCursor.digits(others)
        // The last digit is in the highest byte: zeros there are not written.
        let length = digits == 0 ? 2 : 10 - digits.leadingZeroBitCount / 8
        guard let place = unsafe take(length, width: 10) else { return }
        let head = UInt16(UInt8(ascii: ".")) | UInt16(UInt8(ascii: "0") + UInt8(first)) << 8
        unsafe place.storeBytes(of: head.littleEndian, as: UInt16.self)
        let text = digits | JSONCursor.zeros
        unsafe place.storeBytes(of: text.littleEndian, toByteOffset: 2, as: UInt64.self)
    }

    /// Sixteen lower-case hexadecimal digits, without quotation marks.
    @inline(never)
    public mutating func hexadecimal(_ value: UInt64) {
        guard let place = unsafe take(16, width: 16) else { return }
        let (high, low) = (value >> 32, value & 0xffff_ffff)
        unsafe place.storeBytes(of: JSONCursor.hexadecimalDigits(high).bigEndian, as: UInt64.self)
        unsafe place.storeBytes(
            of: JSONCursor.hexadecimalDigits(low).bigEndian,
            toByteOffset: 8,
            as: UInt64.self
        )
    }

    // MARK: Eight digits at once

    private static let zeros: UInt64 = 0x3030_3030_3030_3030

    /// Eight digits of a number below 100,000,000, the first in the lowest byte.
    @inline(__always)
    static func digits(_ value: UInt64) -> UInt64 {
        // Each step splits every part into its upper and its lower half, all parts at once; the
        // multiplications divide by 100 and by 10.
        let fours = value / 10_000 | (value % 10_000) << 32
        let hundreds = ((fours &* 10_486) >> 20) & 0x0000_007f_0000_007f
        let twos = hundreds | (fours &- hundreds &* 100) << 16
        let tens = ((twos &* 103) >> 10) & 0x000f_000f_000f_000f
        return tens | (twos &- tens &* 10) << 8
    }

    /// A number below 100,000,000 without leading zeros.
    @inline(__always)
    mutating func leading(_ value: UInt64) {
        let digits = JSONCursor.digits(value)
        // Of zero the last digit stays.
        let skipped = (digits | 1 << 56).trailingZeroBitCount & ~7
        guard let place = unsafe take(8 - skipped / 8, width: 8) else { return }
        let text = (digits | JSONCursor.zeros) >> UInt64(skipped)
        unsafe place.storeBytes(of: text.littleEndian, as: UInt64.self)
    }

    /// A number of more than 16 digits, as an instant in nanoseconds has: the first without leading
    /// zeros, the others with theirs.
    @inline(__always)
    private mutating func three(_ first: UInt64, _ second: UInt64, _ third: UInt64) {
        let digits = JSONCursor.digits(first)
        let skipped = digits.trailingZeroBitCount & ~7
        let head = 8 - skipped / 8
        guard let place = unsafe take(head + 16, width: 24) else { return }
        let text = (digits | JSONCursor.zeros) >> UInt64(skipped)
        unsafe place.storeBytes(of: text.littleEndian, as: UInt64.self)
        let middle = JSONCursor.digits(second) | JSONCursor.zeros
        unsafe place.storeBytes(of: middle.littleEndian, toByteOffset: head, as: UInt64.self)
        let tail = JSONCursor.digits(third) | JSONCursor.zeros
        unsafe place.storeBytes(of: tail.littleEndian, toByteOffset: head + 8, as: UInt64.self)
    }

    /// A number below 100,000,000 with its leading zeros.
    @inline(__always)
    mutating func eight(_ value: UInt64) {
        guard let place = unsafe take(8, width: 8) else { return }
        let text = JSONCursor.digits(value) | JSONCursor.zeros
        unsafe place.storeBytes(of: text.littleEndian, as: UInt64.self)
    }

    /// The lower 32 bits as eight digits, the first in the highest byte.
    @inline(__always)
    static func hexadecimalDigits(_ value: UInt64) -> UInt64 {
        var nibbles = (value | value << 16) & 0x0000_ffff_0000_ffff
        nibbles = (nibbles | nibbles << 8) & 0x00ff_00ff_00ff_00ff
        nibbles = (nibbles | nibbles << 4) & 0x0f0f_0f0f_0f0f_0f0f
        // Six more than a nibble reaches the next one's bit from ten on: that is a letter.
        let letters = (nibbles &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        let gap = UInt64(UInt8(ascii: "a") - UInt8(ascii: "0") - 10)
        return nibbles &+ 0x3030_3030_3030_3030 &+ letters &* gap
    }
}
