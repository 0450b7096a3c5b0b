extension JournalStorage {
    /// Replaces the whole content of `path` at once: a reader, or a crash, finds the old content
    /// or the new one, never a mixture.
    ///
    /// The new content is prepared in `temporary`, by default `<path>.new`; what a crash left there
    /// is overwritten. One process at a time may use one temporary name. `synced` makes it so after a power cut too, and
    /// durable on return; without it, a power cut may leave either content or an empty file.
    package func replaceFile(
        _ path: String,
        with bytes: [UInt8],
        synced: Bool,
        temporary: String? = nil
    ) throws(JournalError) {
        let new = temporary ?? path + ".new"
        try journaling { () throws(StorageError) in try open(new, .overwrite) }
            .filled(with: bytes, at: new, synced: synced, in: self)
        try journaling { () throws(StorageError) in
            try rename(new, to: path)
            if synced { try syncFolder(folder(of: path)) }
        }
    }

    /// Creates `path` with `bytes` as its content; it must not exist.
    ///
    /// With `synced` the content is durable on return; the name is once its folder is synced.
    package func createFile(
        _ path: String,
        with bytes: [UInt8],
        synced: Bool
    ) throws(JournalError) {
        try journaling { () throws(StorageError) in try open(path, .create) }
            .filled(with: bytes, at: path, synced: synced, in: self)
    }

    /// Makes what was written to `path`, by whatever descriptor, durable.
    package func syncFile(_ path: String) throws(JournalError) {
        try journaling { () throws(StorageError) in
            let file = try open(path, .append)
            defer { close(file) }
            try sync(file, at: path)
        }
    }

    /// Everything in the file.
    ///
    /// - Throws: `fileTooLong` when it holds more than `limit` bytes.
    package func readFile(_ path: String, limit: Int) throws(JournalError) -> [UInt8] {
        let file = try journaling { () throws(StorageError) in try open(path, .read) }
        defer { close(file) }
        let expected = try journaling { () throws(StorageError) in
            try status(file, at: path).bytes
        }
        // One byte more than there is, so that the last read finds the end.
        var bytes = [UInt8](repeating: 0, count: min(expected, limit) + 1)
        var filled = 0
        while true {
            let range = filled..<bytes.count
            let start = filled
            let count = try journaling { () throws(StorageError) in
                try read(file, at: path, from: start, into: &bytes, range)
            }
            filled += count
            if count == 0 { return Array(bytes.prefix(filled)) }
            if filled > limit { throw .fileTooLong(path: path, limit: limit) }
            if filled == bytes.count { bytes += [UInt8](repeating: 0, count: filled) }
        }
    }

    /// Cuts what `tail` describes off a journal, durably.
    ///
    /// The caller has reported it; nobody else may be writing the journal.
    package func cut(_ tail: TornTail, off path: String) throws(JournalError) {
        let file = try journaling { () throws(StorageError) in try open(path, .append) }
        defer { close(file) }
        let found = try journaling { () throws(StorageError) in try status(file, at: path).bytes }
        guard found == tail.offset + tail.bytes else {
            throw .unexpectedSize(path: path, expected: tail.offset + tail.bytes, found: found)
        }
        try journaling { () throws(StorageError) in
            try truncate(file, at: path, to: tail.offset)
            try sync(file, at: path)
        }
    }
}

extension StorageFile {
    /// Writes the file's whole content and closes it.
    fileprivate func filled(
        with bytes: [UInt8],
        at path: String,
        synced: Bool,
        in storage: some JournalStorage
    ) throws(JournalError) {
        defer { storage.close(self) }
        if !bytes.isEmpty {
            let count = try journaling { () throws(StorageError) in
                try storage.write(bytes, to: self, at: path)
            }
            guard count == bytes.count else {
                throw .shortWrite(path: path, bytes: count, of: bytes.count)
            }
        }
        if synced {
            try journaling { () throws(StorageError) in try storage.sync(self, at: path) }
        }
    }
}

/// The folder that holds the name `path`.
package func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}
