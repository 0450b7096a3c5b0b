import CLinux
import Glibc
package import Journal
import Pipeline

/// What is given up when a run goes on with a damaged journal.
package struct JournalLoss: Hashable, Sendable, CustomStringConvertible {
    /// The first bad line: it goes, with all that follows.
    package var damage: JournalDamage
    /// Of what goes.
    package var bytes: Int
    /// The whole journal as it was found, beside the one that goes on.
    package var original: String
    /// Steps that have not ended as far as the journal can be read, in the plan's order: their
    /// beginning or end may be in what is lost.
    package var steps: [String]

    package var description: String {
        let again =
            steps.isEmpty
            ? "no step runs a second time: all had ended before"
            : "these steps may run a second time, for they may have run in what is lost: "
                + steps.joined(separator: ", ")
        return "\(damage); \(bytes) bytes from there on are given up, and kept in \(original)\n"
            + again
    }
}

/// What to do about a journal that is damaged elsewhere than at its very end.
package enum LossPolicy {
    /// It is an error, and nothing is changed.
    case refuse
    /// What can be read is gone on with; what that means is told before anything is changed.
    case accept(tell: (JournalLoss) -> Void)
}

extension RunFolder {
    /// Keeps a copy of the damaged journal, and cuts it before its first bad line; the caller has
    /// the run's lock.
    ///
    /// Spans that were sent of what is lost are sent again as it comes to be now.
    ///
    /// - Parameters:
    ///   - damage: Where the journal is cut.
    ///   - last: The last event that is left.
    ///   - tell: Told what is lost, before anything is changed.
    /// - Throws: `corrupt` when not even the run's start is left; `finished`; `locked` when its spans
    ///   are just being sent.
    func cutDamage(
        _ damage: JournalDamage,
        after last: RecordedEvent?,
        tell: (JournalLoss) -> Void
    ) throws(StateError) {
        guard let last else { throw .corrupt(run: id, path: journalPath, damage: damage) }
        var reader = try journaled { () throws(JournalError) in
            try JournalReader(journalPath, in: storage)
        }
        let isOurs = try journaled { () throws(JournalError) in try reader.lock() }
        guard isOurs else { throw .locked(path: journalPath, pid: 0) }
        // Its last line may be as good as ever: then it has ended, and never changes.
        let end = try journaled { () throws(JournalError) in
            try JournalReader.lastLine(of: journalPath, in: storage)
        }
        if let end, let event = try? decode(end), case .runFinished = event.event {
            throw .finished(run: id)
        }
        let tail = TornTail(offset: damage.offset, bytes: journalBytes - damage.offset)
        let original = freeName
        let steps = try snapshot().steps.filter { $0.state != .finished }.map(\.name)
        tell(JournalLoss(damage: damage, bytes: tail.bytes, original: original, steps: steps))
        try journaled { () throws(JournalError) in
            try storage.copyFile(journalPath, to: original)
        }
        if let cursor = try? exportCursor(), cursor.sequence > last.sequence || cursor.isDone {
            let sent = min(cursor.sequence, last.sequence)
            try setExportCursor(ExportCursor(sequence: sent, isDone: false))
        }
        try journaled { () throws(JournalError) in try storage.cut(tail, off: journalPath) }
        reader.finish()
    }

    private var journalBytes: Int { Int(clamping: journalSize) }

    /// Of all damaged journals of this run none is written over.
    private var freeName: String {
        var number = 1
        while unsafe access("\(journalPath).damaged-\(number)", F_OK) == 0 { number += 1 }
        return "\(journalPath).damaged-\(number)"
    }
}
