extension JournalReader {
    /// The last line of a journal that a newline ends, if it is good, read from the file's end.
    ///
    /// For a quick look at a run: it says nothing about the lines before. `nil` calls for a scan.
    package static func lastLine(
        of path: String,
        in storage: any JournalStorage = PosixStorage()
    ) throws(JournalError) -> JournalLine? {
        let file = try journaling { () throws(StorageError) in try storage.open(path, .read) }
        defer { storage.close(file) }
        let end = try journaling { () throws(StorageError) in
            try storage.status(file, at: path).bytes
        }
        // Most lines are short; the longest fits the last round.
        for window in [4 << 10, 64 << 10, 2 * JournalFormat.lineBytes] {
            let start = max(0, end - window)
            var bytes = [UInt8](repeating: 0, count: end - start)
            let range = bytes.indices
            let count = try journaling { () throws(StorageError) in
                try storage.read(file, at: path, from: start, into: &bytes, range)
            }
            guard let newline = bytes[..<count].lastIndex(of: JournalFormat.newline) else {
                if start == 0 { return nil }
                continue
            }
            let before = bytes[..<newline].lastIndex(of: JournalFormat.newline)
            guard let first = before.map({ $0 + 1 }) ?? (start == 0 ? 0 : nil) else { continue }
            guard case .success(let sequence) = JournalLine.check(bytes, first..<newline) else {
                return nil
            }
            return JournalLine(
                buffer: bytes,
                range: first..<newline,
                sequence: sequence,
                offset: start + first
            )
        }
        return nil
    }
}
