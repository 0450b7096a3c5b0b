import Journal
import TestSupport
import Testing

struct JournalReaderTests {
    @Test func `reads the same whatever the size of its pieces`() throws {
        let journal = makeJournal(lines: 40)
        let whole = try Reading(journal)
        #expect(whole.sequences == Array(1...40))
        #expect(whole.report.verdict == .complete)
        #expect(whole.report.end == journal.count)
        #expect(whole.report.nextSequence == 41)
        for chunkBytes in 1...120 {
            #expect(try Reading(journal, chunkBytes: chunkBytes) == whole)
        }
    }

    @Test func `an empty journal is complete`() throws {
        let report = try Reading([]).report
        #expect(report == JournalReport(verdict: .complete, lines: 0, end: 0, nextSequence: 1))
    }

    @Test func `a journal cut at any byte gives its whole lines and reports the rest`() throws {
        let journal = makeJournal(lines: 9)
        let ends = journal.indices.filter { journal[$0] == 10 }.map { $0 + 1 }
        for cut in 0...journal.count {
            let reading = try Reading(Array(journal[..<cut]))
            let whole = ends.filter { $0 <= cut }
            let end = whole.last ?? 0
            #expect(reading.sequences == whole.indices.map { UInt64($0 + 1) }, "cut at \(cut)")
            #expect(reading.report.end == end)
            let tail = TornTail(offset: end, bytes: cut - end)
            #expect(reading.report.verdict == (cut == end ? .complete : .tornTail(tail)))
        }
    }

    /// Every bit of every byte: what is read is what was written before the damage, and the damage
    /// is told; only what touches the last line alone may be called a torn tail.
    @Test func `a journal with any bit flipped is never misread and never silently shortened`()
        throws
    {
        let journal = makeJournal(lines: 5)
        let original = try Reading(journal)
        let ends = journal.indices.filter { journal[$0] == 10 }.map { $0 + 1 }
        let lastLine = ends[ends.count - 2]
        for position in journal.indices {
            let line = ends.count { $0 <= position }
            for bit in 0..<8 {
                var damaged = journal
                damaged[position] ^= 1 << bit
                let reading = try Reading(damaged, chunkBytes: 64)
                let place: Comment = "bit \(bit) of byte \(position), line \(line + 1)"
                #expect(reading.lines == Array(original.lines[..<line]), place)
                #expect(reading.report.end == (line == 0 ? 0 : ends[line - 1]), place)
                switch reading.report.verdict {
                case .complete: Issue.record("silently shortened: \(place)")
                case .tornTail(let tail):
                    #expect(position >= lastLine, place)
                    #expect(tail.offset == lastLine && tail.bytes == journal.count - lastLine)
                case .corrupt(let damage):
                    #expect(damage.line == line + 1 && damage.offset == reading.report.end, place)
                }
                if position < lastLine {
                    guard case .corrupt = reading.report.verdict else {
                        Issue.record("damage before the last line is not a tear: \(place)")
                        continue
                    }
                }
            }
        }
    }

    @Test func `a bad line in the middle is corruption, and the good lines after it are counted`()
        throws
    {
        let journal = makeLine(1) + Array("rubbish\n".utf8) + makeLine(3) + makeLine(4)
        let reading = try Reading(journal)
        #expect(reading.sequences == [1])
        let offset = makeLine(1).count
        let damage = JournalDamage(line: 2, offset: offset, why: .head, goodLinesAfter: 2)
        #expect(reading.report.verdict == .corrupt(damage))
    }

    @Test func `two bad lines at the end are more than a tear`() throws {
        let journal = makeLine(1) + Array("rubbish\nrubbish\n".utf8)
        guard case .corrupt(let damage) = try Reading(journal).report.verdict else {
            Issue.record("cut two lines")
            return
        }
        #expect(damage.line == 2)
        let halved = makeLine(1) + Array("rubbish\nrub".utf8)
        guard case .corrupt = try Reading(halved).report.verdict else {
            Issue.record("cut two lines")
            return
        }
    }

    struct Gap: CustomTestStringConvertible {
        var sequences: [UInt64]
        var found: UInt64
        var expected: UInt64
        var testDescription: String { "\(sequences)" }
    }

    @Test(arguments: [
        Gap(sequences: [2], found: 2, expected: 1),
        Gap(sequences: [1, 3], found: 3, expected: 2),
        Gap(sequences: [1, 2, 2], found: 2, expected: 3),
        Gap(sequences: [1, 2, 1], found: 1, expected: 3),
        Gap(sequences: [0], found: 0, expected: 1),
        Gap(sequences: [1, .max], found: .max, expected: 2),
    ])
    func `a seq that is not the next one is corruption, even in the last line`(gap: Gap) throws {
        let reading = try Reading(gap.sequences.flatMap { makeLine($0) })
        guard case .corrupt(let damage) = reading.report.verdict else {
            Issue.record("took \(gap.sequences)")
            return
        }
        #expect(damage.why == .sequence(expected: gap.expected, found: gap.found))
        #expect(reading.lines.count == gap.sequences.count - 1)
    }

    @Test(arguments: [
        #"{"sequence":1}"#, #"{"seq":}"#, #"{"seq":1.5}"#, #"{"seq":-1}"#, #"{"seq":"1"}"#,
        #"{"seq":18446744073709551616}"#, #"{"seq":1 }"#, #"{"seq"}"#, "{}",
    ])
    func `a sealed line without a seq is corruption`(object: String) throws {
        var line: [UInt8] = []
        try JournalLine.seal(Array(object.utf8), into: &line)
        guard case .corrupt(let damage) = try Reading(line).report.verdict else {
            Issue.record("took \(object)")
            return
        }
        #expect(damage.why == (object == "{}" ? .head : .noSequence) || damage.why == .noSequence)
    }

    @Test func `a tail of zeros, however long, is a tear`() throws {
        for count in [1, 4_096, 3 << 20] {
            let journal = makeLine(1) + [UInt8](repeating: 0, count: count)
            let tail = TornTail(offset: makeLine(1).count, bytes: count)
            #expect(try Reading(journal).report.verdict == .tornTail(tail))
        }
    }

    @Test(arguments: [100, JournalFormat.lineBytes, 3 * JournalFormat.lineBytes])
    func `rubbish that has swallowed the beginning of a line is corruption`(bytes: Int) throws {
        let rubbish = [UInt8](repeating: 0x20, count: bytes)
        for end in [[], [UInt8(10)]] {
            for chunkBytes in [64 << 10, 100_003] {
                let journal = makeLine(1) + rubbish + makeLine(2).dropLast() + end
                let report = try Reading(journal, chunkBytes: chunkBytes).report
                guard case .corrupt(let damage) = report.verdict else {
                    Issue.record("\(bytes) bytes: \(report)")
                    continue
                }
                #expect(damage.why == .joined)
            }
        }
    }

    @Test func `random bytes never trap`() throws {
        var random = SeededRandom(seed: 11)
        let alphabet = Array("{\"crc\":\"0123abcf\",\"seq\":1}\n".utf8)
        for round in 0..<2_000 {
            let count = Int.random(in: 0..<200, using: &random)
            let bytes = (0..<count).map { _ in
                round % 2 == 0
                    ? UInt8.random(in: 0...255, using: &random)
                    : alphabet[Int.random(in: alphabet.indices, using: &random)]
            }
            let reading = try Reading(bytes, chunkBytes: 37)
            #expect(reading.lines.isEmpty, "seed 11, round \(round)")
        }
    }

    @Test func `goes on where it stopped when the journal grows`() throws {
        let disk = SimulatedDisk()
        let writer = try JournalWriter.create("/j", in: disk)
        var reader = try JournalReader("/j", chunkBytes: 50, in: disk)
        #expect(try reader.next() == nil)
        var read: [UInt64] = []
        for turn in 0..<20 {
            let first = UInt64(turn * 3 + 1)
            try writer.append((first..<(first + 3)).flatMap { makeLine($0) })
            while let line = try reader.next() { read.append(line.sequence) }
            #expect(reader.report.verdict == .complete)
            #expect(reader.position.offset == writer.written)
        }
        #expect(read == Array(1...60))
    }

    @Test func `stops at a watermark and begins anywhere between lines`() throws {
        let disk = SimulatedDisk()
        let journal = makeJournal(lines: 6)
        disk.put(journal, at: "/j")
        let ends = journal.indices.filter { journal[$0] == 10 }.map { $0 + 1 }
        var reader = try JournalReader("/j", in: disk)
        for (index, end) in ends.enumerated() {
            #expect(try reader.next(before: end)?.sequence == UInt64(index + 1))
            #expect(try reader.next(before: end) == nil)
        }
        let place = JournalPosition(offset: ends[2], nextSequence: 4, line: 4)
        var later = try JournalReader("/j", from: place, in: disk)
        #expect(try later.next()?.sequence == 4)
        #expect(later.report.lines == 1)
    }

    @Test func `a line that is kept stays what it was while the reader goes on`() throws {
        let disk = SimulatedDisk()
        disk.put(makeJournal(lines: 50), at: "/j")
        var reader = try JournalReader("/j", chunkBytes: 64, in: disk)
        var kept: [JournalLine] = []
        while let line = try reader.next() { kept.append(line) }
        #expect(kept.map(\.text) == (try Reading(makeJournal(lines: 50)).lines))
    }

    @Test func `finds the last line from the end`() throws {
        let disk = SimulatedDisk()
        func last(_ bytes: [UInt8]) throws -> UInt64? {
            disk.put(bytes, at: "/j")
            return try JournalReader.lastLine(of: "/j", in: disk)?.sequence
        }
        #expect(try last([]) == nil)
        #expect(try last(makeLine(1)) == 1)
        #expect(try last(makeJournal(lines: 300)) == 300)
        #expect(try last(makeJournal(lines: 3) + Array(makeLine(4).dropLast())) == 3)
        #expect(try last(makeJournal(lines: 3) + Array("rubbish\n".utf8)) == nil)
        for length in [4_000, 4_100, 60_000, 70_000, 1_000_000] {
            let long = makeLine(2, String(repeating: "y", count: length))
            #expect(try last(makeLine(1) + long) == 2)
            #expect(try last(makeLine(1) + long + makeLine(3)) == 3)
        }
    }
}
