import Glibc

/// An open file of a `JournalStorage`.
package struct StorageFile: Hashable, Sendable {
    /// The descriptor, where there is one.
    package let number: Int32

    package init(_ number: Int32) {
        self.number = number
    }
}

/// How a file is opened.
package enum OpenMode: Hashable, Sendable {
    /// For reading; it must exist.
    case read
    /// For appending; it must exist.
    case append
    /// For appending, mode 0600; it must not exist.
    case create
    /// For writing from the start, mode 0600; what it held is gone.
    case overwrite
}

/// What `fstat` tells and a journal needs.
package struct FileStatus: Hashable, Sendable {
    package var bytes: Int
    /// 0: the file has been deleted.
    package var links: Int

    package init(bytes: Int, links: Int) {
        self.bytes = bytes
        self.links = links
    }
}

/// An operation of the file system that failed: which, where, why.
package struct StorageError: Error, Hashable, CustomStringConvertible {
    package enum Operation: String, Hashable, Sendable {
        case open
        case read
        case write
        case sync
        case truncate
        case inspect
        case rename
        case makeFolder = "make the folder"
        case remove
        case lock
        case list
        case allocate
    }

    package var operation: Operation
    package var path: String
    /// The `errno`.
    package var code: Int32

    package init(_ operation: Operation, _ path: String, code: Int32) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    /// There is no room: the disk is full, or the quota is used up.
    package var isNoRoom: Bool { code == ENOSPC || code == EDQUOT }

    package var description: String {
        "cannot \(operation.rawValue) \(path): \(errorText(code))"
    }
}

/// The operations on which crash safety rests, in one place, so that tests can fail each of them.
///
/// No operation repeats itself after an error, least of all `sync`: after a failed `fdatasync` the
/// kernel may have dropped the dirty pages, and the next one would succeed over the loss.
package protocol JournalStorage: Sendable {
    func open(_ path: String, _ mode: OpenMode) throws(StorageError) -> StorageFile
    func close(_ file: StorageFile)
    /// One `write(2)`: the count may be less than asked.
    func write(_ bytes: [UInt8], to file: StorageFile, at path: String) throws(StorageError) -> Int
    /// Fills `buffer[range]` from the file's `offset`; 0 at the end.
    func read(
        _ file: StorageFile,
        at path: String,
        from offset: Int,
        into buffer: inout [UInt8],
        _ range: Range<Int>
    ) throws(StorageError) -> Int
    /// `fdatasync`.
    func sync(_ file: StorageFile, at path: String) throws(StorageError)
    /// Takes the file's lock, which this open file keeps until it is unlocked.
    ///
    /// - Returns: False when another open file has it, in whatever process.
    func lock(_ file: StorageFile, at path: String) throws(StorageError) -> Bool
    /// To be called before `close`: a child that is being spawned shares the open file, and would
    /// keep the lock of one that is only closed until its `exec`.
    func unlock(_ file: StorageFile)
    func truncate(_ file: StorageFile, at path: String, to bytes: Int) throws(StorageError)
    /// Makes the empty file `bytes` long, each of them really held on the disk.
    func allocate(_ file: StorageFile, at path: String, bytes: Int) throws(StorageError)
    func status(_ file: StorageFile, at path: String) throws(StorageError) -> FileStatus
    /// `fsync` of a folder: its names are then durable.
    func syncFolder(_ path: String) throws(StorageError)
    func rename(_ source: String, to target: String) throws(StorageError)
    /// Mode 0700.
    func makeFolder(_ path: String) throws(StorageError)
    func remove(_ path: String) throws(StorageError)
    func removeFolder(_ path: String) throws(StorageError)
}
