import Journal

/// The object that a caller would seal as line `sequence`.
func makeObject(_ sequence: UInt64, _ text: String = "") -> [UInt8] {
    Array(#"{"seq":\#(sequence),"text":"\#(text)"}"#.utf8)
}

/// A sealed line.
func makeLine(_ sequence: UInt64, _ text: String = "") -> [UInt8] {
    var line: [UInt8] = []
    do {
        try JournalLine.seal(makeObject(sequence, text), into: &line)
    } catch {
        preconditionFailure("\(error)")
    }
    return line
}

/// A journal of `count` lines of different lengths.
func makeJournal(lines count: Int) -> [UInt8] {
    (1...max(1, count)).flatMap { makeLine(UInt64($0), String(repeating: "x", count: $0 % 7)) }
}

/// What a reader makes of a journal: the text of its good lines, and its report.
struct Reading: Equatable {
    var lines: [String] = []
    var sequences: [UInt64] = []
    var report: JournalReport

    init(_ bytes: [UInt8], chunkBytes: Int = JournalReader.chunkBytes) throws {
        let disk = SimulatedDisk()
        disk.put(bytes, at: "/j")
        var reader = try JournalReader("/j", chunkBytes: chunkBytes, in: disk)
        while let line = try reader.next() {
            lines.append(line.text)
            sequences.append(line.sequence)
        }
        report = reader.report
    }
}
