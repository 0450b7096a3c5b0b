import Glibc

/// One whole line of a journal, its checksum proved: a window into the reader's buffer.
package struct JournalLine: Sendable {
    /// The buffer that holds the line; keep the line no longer than needed.
    package let buffer: [UInt8]
    /// Where in `buffer` the line's object is, from brace to brace, without the newline.
    package let range: Range<Int>
    /// The line's `seq`.
    package let sequence: UInt64
    /// Where the line begins in the file.
    package let offset: Int

    /// The line's JSON object, copied out.
    package var text: String { String(decoding: buffer[range], as: UTF8.self) }
    /// Where the next line begins in the file.
    package var end: Int { offset + range.count + 1 }
}

/// Why a line is not taken for what was written.
package enum LineFault: Error, Hashable, CustomStringConvertible {
    /// It does not begin as every line does.
    case head
    /// Its checksum does not fit its content.
    case checksum
    /// It is longer than `JournalFormat.lineBytes`.
    case tooLong
    /// It has swallowed the beginning of another line.
    case joined
    /// Its checksum fits, but it carries no `seq` where it should.
    case noSequence
    /// Its checksum fits, but it is not the line that should stand here.
    case sequence(expected: UInt64, found: UInt64)

    package var description: String {
        switch self {
        case .head: #"it does not begin with {"crc":"…","#
        case .checksum: "its checksum does not fit"
        case .tooLong: "it is longer than \(JournalFormat.lineBytes) bytes"
        case .joined: "it runs into another line"
        case .noSequence: #"it has no "seq" after its checksum"#
        case .sequence(let expected, let found): "its seq is \(found), not \(expected)"
        }
    }

    /// Whether a line cut short, and nothing worse, may look like this.
    var isTear: Bool { self == .head || self == .checksum || self == .tooLong }
}

extension JournalLine {
    /// Appends `object` to `lines` as a line: its checksum in front, a newline behind.
    ///
    /// `object` is a JSON object without raw newlines that begins `{"seq":`.
    ///
    /// - Throws: `lineTooLong`; `lines` is then as it was.
    package static func seal(
        _ object: [UInt8],
        into lines: inout [UInt8]
    ) throws(JournalError) {
        precondition(object.first == UInt8(ascii: "{") && object.last == UInt8(ascii: "}"))
        let count = JournalFormat.headBytes + object.count
        guard count <= JournalFormat.lineBytes else {
            throw .lineTooLong(bytes: count)
        }
        let head = lines.count
        lines.append(contentsOf: JournalFormat.head)
        lines.append(contentsOf: object[1...])
        write(CRC32C.checksum(object, in: 1..<object.count), into: &lines, at: head)
        lines.append(JournalFormat.newline)
    }

    /// The line's `seq`, if the line (without its newline) is whole.
    static func check(_ bytes: [UInt8], _ range: Range<Int>) -> Result<UInt64, LineFault> {
        let body = range.lowerBound + JournalFormat.headBytes
        guard range.count > JournalFormat.headBytes, holdsPrefix(bytes, at: range.lowerBound),
            bytes[body - 1] == UInt8(ascii: ","), bytes[body - 2] == UInt8(ascii: "\"")
        else { return .failure(.head) }
        let digits = range.lowerBound + JournalFormat.prefix.count
        guard let expected = checksum(bytes, at: digits) else { return .failure(.head) }
        guard CRC32C.checksum(bytes, in: body..<range.upperBound) == expected else {
            return .failure(.checksum)
        }
        return sequence(bytes, body..<range.upperBound).map { .success($0) }
            ?? .failure(.noSequence)
    }

    /// Whether the beginning of a line lies anywhere from `start` on.
    static func holdsHead(_ bytes: [UInt8], from start: Int, before end: Int) -> Bool {
        // One past the last place where a whole prefix fits.
        let stop = end - JournalFormat.prefix.count + 1
        var place = start
        while place < stop, let brace = first(UInt8(ascii: "{"), in: bytes, place..<stop) {
            if holdsPrefix(bytes, at: brace) { return true }
            place = brace + 1
        }
        return false
    }

    /// Where `byte` first occurs.
    static func first(_ byte: UInt8, in bytes: [UInt8], _ range: Range<Int>) -> Int? {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
        return unsafe bytes.withUnsafeBytes { all in
            let place = unsafe UnsafeRawBufferPointer(rebasing: all[range])
            guard let start = place.baseAddress else { return nil }
            guard let found = unsafe memchr(start, Int32(byte), place.count) else { return nil }
            return unsafe range.lowerBound + (UnsafeRawPointer(found) - start)
        }
    }

    private static func holdsPrefix(_ bytes: [UInt8], at start: Int) -> Bool {
        for (index, byte) in JournalFormat.prefix.enumerated() where bytes[start + index] != byte {
            return false
        }
        return true
    }

    private static func checksum(_ bytes: [UInt8], at start: Int) -> UInt32? {
        var value: UInt32 = 0
        for position in start..<(start + JournalFormat.checksumDigits) {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                value = value << 4 | UInt32(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"):
                value = value << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }

    private static func write(_ checksum: UInt32, into bytes: inout [UInt8], at head: Int) {
        var rest = checksum
        var position = head + JournalFormat.prefix.count + JournalFormat.checksumDigits
        for _ in 0..<JournalFormat.checksumDigits {
            let digit = UInt8(truncatingIfNeeded: rest & 15)
            position -= 1
            bytes[position] =
                digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
            rest >>= 4
        }
    }

    /// The number after `"seq":`, at the beginning of `body`.
    private static func sequence(_ bytes: [UInt8], _ body: Range<Int>) -> UInt64? {
        let key = JournalFormat.sequenceKey
        guard body.count > key.count else { return nil }
        for (index, byte) in key.enumerated() where bytes[body.lowerBound + index] != byte {
            return nil
        }
        var value: UInt64 = 0
        var position = body.lowerBound + key.count
        let first = position
        while position < body.upperBound {
            let digit = bytes[position] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            guard !overflow, !carry else { return nil }
            value = sum
            position += 1
        }
        guard position > first, position < body.upperBound,
            bytes[position] == UInt8(ascii: ",") || bytes[position] == UInt8(ascii: "}")
        else { return nil }
        return value
    }
}
