import Synchronization

/// Room that a journal holds on its disk for its last lines: a file of really allocated bytes,
/// given back when the disk is full (G6).
///
/// Each run has its own, beside its journal, for as long as it runs:
///
/// - The run's lock says whose it is. What a killed process leaves is found, and taken over, by
///   whoever takes up the run; nothing else has to clean up.
/// - Processes share a state folder. The first to find the disk full would free a common reserve
///   for itself, and the second would have none.
/// - The runs of one agent find the disk full at the same time. What one of them says last does
///   not depend on how many others there are.
///
/// A run that has ended has none: 1,000 runs that are kept hold not one byte.
package final class JournalReserve: Sendable {
    /// The last lines of a run: some 250 bytes for each attempt that runs.
    package static let bytes = 1 << 20
    /// It is given back in so many pieces, since others write to the disk as well.
    private static let pieces = 4

    package let path: String
    private let storage: any JournalStorage
    private let held = Mutex(JournalReserve.bytes)

    /// Takes over what is held at `path`, or holds it.
    ///
    /// - Throws: `storage` when there is no room for it.
    package init(
        at path: String,
        in storage: any JournalStorage = PosixStorage()
    ) throws(JournalError) {
        self.path = path
        self.storage = storage
        try Self.allocate(path, in: storage)
    }

    deinit {
        remove()
    }

    /// Holds the room without an owner, for a run whose folder is being prepared.
    package static func allocate(
        _ path: String,
        in storage: any JournalStorage
    ) throws(JournalError) {
        do throws(JournalError) {
            try journaling { () throws(StorageError) in
                let file = try storage.open(path, .overwrite)
                defer { storage.close(file) }
                try storage.allocate(file, at: path, bytes: bytes)
            }
        } catch {
            // Part of it is of no use.
            try? storage.remove(path)
            throw error
        }
    }

    /// Gives a piece back to the disk, which takes no part of the file's name: that needs no room.
    ///
    /// - Returns: False when that was the last one, or there was none.
    func giveBack() -> Bool {
        held.withLock { held in
            held = max(0, held - Self.bytes / Self.pieces)
            let left = held
            guard let file = try? storage.open(path, .append) else {
                held = 0
                return false
            }
            defer { storage.close(file) }
            guard (try? storage.truncate(file, at: path, to: left)) != nil else {
                held = 0
                return false
            }
            return held > 0
        }
    }

    /// Gives everything back.
    package func remove() {
        held.withLock { held in
            held = 0
            try? storage.remove(path)
        }
    }
}
