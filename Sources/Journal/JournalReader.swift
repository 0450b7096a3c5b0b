/// Reads a journal line by line, in pieces, from any position; goes on where it stopped when the
/// file has grown.
///
/// What it has found wrong is in `report`, and nowhere else: a caller that needs the whole journal
/// must look at it after the last line.
package struct JournalReader: ~Copyable {
    private let path: String
    private let storage: any JournalStorage
    private let file: StorageFile
    private var isLocked = false
    private var scan: JournalScan
    /// `buffer[cursor..<filled]` holds bytes not yet taken; the file is read up to `fileOffset`.
    private var buffer: [UInt8]
    private var cursor = 0
    private var filled = 0
    private var fileOffset: Int
    /// Where the search for the next newline goes on.
    private var searched = 0
    /// Bytes of the present line that were too many to hold, and whether they held another head.
    private var skipped = 0
    private var skippedHead = false

    private let chunkBytes: Int

    /// As much as is read at once of a whole journal: larger pieces gain nothing.
    package static let chunkBytes = 256 << 10

    package init(
        _ path: String,
        from position: JournalPosition = .start,
        chunkBytes: Int = JournalReader.chunkBytes,
        in storage: any JournalStorage = PosixStorage()
    ) throws(JournalError) {
        self.path = path
        self.storage = storage
        file = try journaling { () throws(StorageError) in try storage.open(path, .read) }
        scan = JournalScan(from: position)
        self.chunkBytes = max(chunkBytes, JournalFormat.headBytes)
        buffer = [UInt8](repeating: 0, count: self.chunkBytes)
        fileOffset = position.offset
    }

    deinit {
        if isLocked { storage.unlock(file) }
        storage.close(file)
    }

    /// Where the good lines read so far end.
    package var position: JournalPosition { scan.position }

    /// What has been found so far; final once `next` has returned `nil` and nobody writes.
    package var report: JournalReport {
        let tail = skipped + filled - cursor
        return scan.report(tail: tail, isJoined: holdsAnotherHead(cursor..<filled))
    }

    /// Keeps out every other reader that asks, until this one is gone.
    ///
    /// - Returns: False when another reader has the journal.
    package mutating func lock() throws(JournalError) -> Bool {
        do {
            isLocked = try storage.lock(file, at: path)
        } catch {
            throw .storage(error)
        }
        return isLocked
    }

    /// Gives up the memory for good; the lock stays.
    package mutating func finish() {
        (cursor, filled, searched) = (0, 0, 0)
        buffer = []
    }

    /// The next good line that ends at `limit` (a watermark) or before it, or `nil`.
    package mutating func next(before limit: Int = .max) throws(JournalError) -> JournalLine? {
        while true {
            if let newline = nextNewline() {
                guard fileOffset - (filled - newline) < limit else {
                    searched = cursor
                    return nil
                }
                let range = cursor..<newline
                cursor = newline + 1
                searched = cursor
                if let line = take(range) { return line }
            } else if try !refill(before: limit) {
                return nil
            }
        }
    }

    private mutating func take(_ range: Range<Int>) -> JournalLine? {
        guard skipped + range.count < JournalFormat.lineBytes else {
            let bytes = skipped + range.count + 1
            scan.takeTooLong(bytes: bytes, isJoined: holdsAnotherHead(range))
            skipped = 0
            skippedHead = false
            return nil
        }
        return scan.take(buffer, range)
    }

    private mutating func nextNewline() -> Int? {
        let found = JournalLine.first(JournalFormat.newline, in: buffer, searched..<filled)
        searched = found ?? filled
        return found
    }

    /// Reads more of the file behind what is held; false at its end.
    private mutating func refill(before limit: Int) throws(JournalError) -> Bool {
        skipIfTooLong()
        if cursor > 0 { moveDown() }
        if filled == buffer.count {
            buffer += [UInt8](repeating: 0, count: max(chunkBytes, filled))
        }
        let count = min(buffer.count - filled, limit - fileOffset)
        guard count > 0 else { return false }
        let range = filled..<(filled + count)
        do {
            let got = try storage.read(file, at: path, from: fileOffset, into: &buffer, range)
            filled += got
            fileOffset += got
            return got > 0
        } catch {
            throw .storage(error)
        }
    }

    /// Gives up holding a line that cannot be one any more, all but the bytes in which another
    /// line's head may have begun.
    private mutating func skipIfTooLong() {
        guard filled - cursor > JournalFormat.lineBytes else { return }
        skippedHead = holdsAnotherHead(cursor..<filled)
        let kept = JournalFormat.prefix.count - 1
        skipped += filled - cursor - kept
        cursor = filled - kept
        searched = filled
    }

    /// Whether the present line, of which `range` is held, has another line's head in it.
    private func holdsAnotherHead(_ range: Range<Int>) -> Bool {
        let start = skipped > 0 ? range.lowerBound : range.lowerBound + 1
        return skippedHead || JournalLine.holdsHead(buffer, from: start, before: range.upperBound)
    }

    private mutating func moveDown() {
        let held = cursor..<filled
        unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[held]))
        }
        searched -= cursor
        filled -= cursor
        cursor = 0
    }
}
