/// What stands at the end of a journal, or in the way of reading it.
package enum JournalVerdict: Hashable, Sendable {
    /// Every byte belongs to a good line.
    case complete
    /// The last line was cut short while being written; all before it is good.
    case tornTail(TornTail)
    /// A line other than a torn last one is not what was written.
    case corrupt(JournalDamage)
}

/// An unfinished last line.
package struct TornTail: Hashable, Sendable, CustomStringConvertible {
    /// Where it begins: where the journal ends once it is cut.
    package var offset: Int
    package var bytes: Int

    package init(offset: Int, bytes: Int) {
        self.offset = offset
        self.bytes = bytes
    }

    package var description: String {
        "the last line, \(bytes) bytes from byte \(offset) on, was cut short while being written"
    }
}

/// The first bad line of a corrupt journal.
package struct JournalDamage: Hashable, Sendable, CustomStringConvertible {
    /// From 1.
    package var line: Int
    package var offset: Int
    package var why: LineFault
    /// Good lines that follow, of unknown connection with those before.
    package var goodLinesAfter: Int

    package init(line: Int, offset: Int, why: LineFault, goodLinesAfter: Int = 0) {
        self.line = line
        self.offset = offset
        self.why = why
        self.goodLinesAfter = goodLinesAfter
    }

    package var description: String {
        "line \(line), at byte \(offset), is damaged: \(why); "
            + "\(goodLinesAfter) good lines follow"
    }
}

/// What a scan of a journal has found so far.
package struct JournalReport: Hashable, Sendable {
    package var verdict: JournalVerdict
    /// Good lines without a gap from where the scan began.
    package var lines: Int
    /// Where the last of them ends.
    package var end: Int
    /// The `seq` that the line after them must have.
    package var nextSequence: UInt64

    package init(verdict: JournalVerdict, lines: Int, end: Int, nextSequence: UInt64) {
        self.verdict = verdict
        self.lines = lines
        self.end = end
        self.nextSequence = nextSequence
    }
}

/// A place between two lines of a journal from which it can be read on.
package struct JournalPosition: Hashable, Sendable {
    package var offset: Int
    package var nextSequence: UInt64
    package var line: Int

    package init(offset: Int, nextSequence: UInt64, line: Int) {
        self.offset = offset
        self.nextSequence = nextSequence
        self.line = line
    }

    package static let start = JournalPosition(offset: 0, nextSequence: 1, line: 1)
}
