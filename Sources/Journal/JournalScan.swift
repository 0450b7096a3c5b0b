/// Judges a journal line by line: which lines are good, and what is wrong with the rest.
///
/// A value without I/O. Good lines end at the first bad one; what follows is only looked at to
/// tell a torn tail from corruption (`JournalFormat`).
struct JournalScan {
    private(set) var position: JournalPosition
    private let first: JournalPosition
    private var damage: Damage?

    private struct Damage {
        var found: JournalDamage
        /// With its newline.
        var bytes: Int
        var badLines = 1
        /// Whether a line cut short, and nothing worse, explains it.
        var isTear: Bool
    }

    init(from position: JournalPosition) {
        self.position = position
        first = position
    }

    /// Takes the next line, without its newline.
    ///
    /// - Returns: The line if it is good and all before it are.
    mutating func take(_ buffer: [UInt8], _ range: Range<Int>) -> JournalLine? {
        let check = JournalLine.check(buffer, range)
        if damage != nil {
            note(check)
            return nil
        }
        switch check {
        case .success(position.nextSequence):
            let sequence = position.nextSequence
            let line = JournalLine(
                buffer: buffer,
                range: range,
                sequence: sequence,
                offset: position.offset
            )
            position.offset = line.end
            position.line += 1
            // Saturates where no journal will ever be.
            position.nextSequence = sequence == .max ? .max : sequence + 1
            return line
        case .success(let found):
            let why = LineFault.sequence(expected: position.nextSequence, found: found)
            mark(why, bytes: range.count + 1, isTear: false)
        case .failure(let why):
            let isJoined = JournalLine.holdsHead(
                buffer,
                from: range.lowerBound + 1,
                before: range.upperBound
            )
            mark(isJoined ? .joined : why, bytes: range.count + 1, isTear: why.isTear && !isJoined)
        }
        return nil
    }

    /// Takes a line that was too long to be held: `bytes` with its newline.
    mutating func takeTooLong(bytes: Int, isJoined: Bool) {
        if damage != nil {
            note(.failure(.tooLong))
        } else {
            mark(isJoined ? .joined : .tooLong, bytes: bytes, isTear: !isJoined)
        }
    }

    /// What the journal would be if it ended with `tail` bytes that no newline ends.
    func report(tail: Int, isJoined: Bool) -> JournalReport {
        JournalReport(
            verdict: verdict(tail: tail, isJoined: isJoined),
            lines: position.line - first.line,
            end: position.offset,
            nextSequence: position.nextSequence
        )
    }

    private func verdict(tail: Int, isJoined: Bool) -> JournalVerdict {
        if let damage {
            guard damage.isTear, damage.badLines == 1, tail == 0,
                damage.found.goodLinesAfter == 0
            else { return .corrupt(damage.found) }
            return .tornTail(TornTail(offset: damage.found.offset, bytes: damage.bytes))
        }
        if isJoined {
            let (line, offset) = (position.line, position.offset)
            return .corrupt(JournalDamage(line: line, offset: offset, why: .joined))
        }
        return tail == 0
            ? .complete : .tornTail(TornTail(offset: position.offset, bytes: tail))
    }

    private mutating func mark(_ why: LineFault, bytes: Int, isTear: Bool) {
        let found = JournalDamage(line: position.line, offset: position.offset, why: why)
        damage = Damage(found: found, bytes: bytes, isTear: isTear)
    }

    private mutating func note(_ check: Result<UInt64, LineFault>) {
        switch check {
        case .success: damage?.found.goodLinesAfter += 1
        case .failure: damage?.badLines += 1
        }
    }
}
