import Journal
import Testing

struct JournalLineTests {
    @Test func `puts the checksum in front and a newline behind`() throws {
        var lines = Array("before\n".utf8)
        try JournalLine.seal(Array(#"{"seq":1,"a":2}"#.utf8), into: &lines)
        let sum = String(CRC32C.checksum(Array(#""seq":1,"a":2}"#.utf8)), radix: 16)
        let padded = String(repeating: "0", count: 8 - sum.count) + sum
        #expect(
            String(decoding: lines, as: UTF8.self)
                == "before\n" + #"{"crc":"\#(padded)","seq":1,"a":2}"# + "\n"
        )
    }

    @Test func `takes a line at the limit and refuses one byte more`() throws {
        let overhead = makeLine(1).count
        let most = JournalFormat.lineBytes - overhead
        let line = makeLine(1, String(repeating: "x", count: most))
        #expect(line.count == JournalFormat.lineBytes)
        #expect(try Reading(line).report.verdict == .complete)

        var lines: [UInt8] = [1, 2, 3]
        let object = makeObject(1, String(repeating: "x", count: most + 1))
        #expect(throws: JournalError.lineTooLong(bytes: JournalFormat.lineBytes + 1)) {
            try JournalLine.seal(object, into: &lines)
        }
        #expect(lines == [1, 2, 3])
    }

    @Test func `a line of a mebibyte and one byte is not read`() throws {
        // Sealed by hand: the writer refuses it.
        let object = makeObject(1, String(repeating: "x", count: JournalFormat.lineBytes))
        let sum = String(CRC32C.checksum(object, in: 1..<object.count), radix: 16)
        let padded = String(repeating: "0", count: 8 - sum.count) + sum
        let line = Array(#"{"crc":"\#(padded)","#.utf8) + object[1...] + [10]
        let reading = try Reading(line + makeLine(2))
        #expect(reading.lines.isEmpty)
        let damage = JournalDamage(line: 1, offset: 0, why: .tooLong, goodLinesAfter: 1)
        #expect(reading.report.verdict == .corrupt(damage))
    }
}
