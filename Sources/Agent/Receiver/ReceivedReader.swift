package import Journal
import Pipeline
package import Telemetry

/// Why what was received cannot be read.
package enum ReceivedFault: Error, Hashable, CustomStringConvertible {
    case journal(JournalError)
    /// A line whose checksum is right, and which is not as this version writes it.
    case unreadable(path: String, sequence: UInt64, why: String)

    package var description: String {
        switch self {
        case .journal(let error): error.description
        case .unreadable(let path, let sequence, let why): "\(path), line \(sequence): \(why)"
        }
    }
}

/// Reads what a run's children sent of one signal, body by body, in the order in which it came.
///
/// Only whole bodies are given: one of which a crash has left the beginning is passed over. Like a
/// `JournalReader` it goes on where it stopped when the file has grown.
package struct ReceivedReader: ~Copyable {
    private let path: String
    private let signal: OTLPSignal
    private let passed: UInt64
    private var reader: JournalReader
    /// The pieces of the present body that have been read.
    private var begun: ReceivedLine?

    /// Opens the file at its beginning.
    ///
    /// - Parameters:
    ///   - folder: The run's.
    ///   - signal: Which of its files.
    ///   - sequence: Bodies up to this one (`ReceivedBody.sequence`) are passed over, unread.
    /// - Throws: `storage` with `ENOENT` where nothing has been received.
    package init(
        folder: RunFolder,
        signal: OTLPSignal,
        after sequence: UInt64 = 0
    ) throws(JournalError) {
        path = folder.receivedPath(of: signal)
        self.signal = signal
        passed = sequence
        reader = try JournalReader(path, in: folder.storage)
    }

    /// What has been found so far; final once `next` has returned `nil` and nobody writes.
    package var report: JournalReport { reader.report }

    /// Keeps out every other reader that asks, until this one is gone.
    ///
    /// - Returns: False when another reader has the file.
    package mutating func lock() throws(JournalError) -> Bool { try reader.lock() }

    /// Gives up the memory for good; the lock stays.
    package mutating func finish() {
        reader.finish()
        begun = nil
    }

    /// The next body that ends at `watermark` or before it, or `nil`.
    package mutating func next(before watermark: Int = .max) throws(ReceivedFault) -> ReceivedBody?
    {
        while let line = try nextLine(before: watermark) {
            guard let line = try read(line) else { continue }
            if var whole = begun, whole.isContinued(by: line) {
                // Else there would be two owners, and a copy with each piece.
                begun = nil
                whole.bytes += line.bytes
                (whole.piece, whole.sequence) = (line.piece, line.sequence)
                begun = whole
            } else {
                // What was begun before has no end.
                begun = line.piece == 1 ? line : nil
            }
            guard let whole = begun, whole.piece == whole.pieces else { continue }
            begun = nil
            guard whole.sequence > passed else { continue }
            return body(whole)
        }
        return nil
    }

    private mutating func nextLine(before limit: Int) throws(ReceivedFault) -> JournalLine? {
        do throws(JournalError) {
            return try reader.next(before: limit)
        } catch {
            throw .journal(error)
        }
    }

    private func read(_ line: JournalLine) throws(ReceivedFault) -> ReceivedLine? {
        do throws(JSONError) {
            return try ReceivedLine(line, skipsBody: line.sequence <= passed)
        } catch {
            // What is behind the cursor was readable to whoever sent it.
            if line.sequence <= passed { return nil }
            throw .unreadable(path: path, sequence: line.sequence, why: error.description)
        }
    }

    private func body(_ line: ReceivedLine) -> ReceivedBody {
        ReceivedBody(
            sequence: line.sequence,
            signal: signal,
            encoding: line.encoding,
            items: line.items,
            attempt: line.attempt,
            at: line.at,
            bytes: line.bytes
        )
    }
}

extension ReceivedLine {
    fileprivate func isContinued(by next: ReceivedLine) -> Bool {
        next.piece == piece + 1 && next.pieces == pieces && next.sequence == sequence + 1
    }
}

extension RunFolder {
    /// The journal of what the run's children sent of one signal.
    package func receivedPath(of signal: OTLPSignal) -> String {
        receivedPath + "/\(signal.rawValue).jsonl"
    }
}
