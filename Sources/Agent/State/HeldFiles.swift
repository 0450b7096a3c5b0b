import Glibc
package import Journal
package import Pipeline
import Synchronization

/// Files that are held in memory, to be read where a disk is expected.
///
/// Nothing can be written.
package struct HeldFiles: JournalStorage {
    private let files: [(path: String, held: Held)]

    private final class Held: Sendable {
        let bytes: Mutex<[UInt8]>

        init(_ bytes: [UInt8]) {
            self.bytes = Mutex(bytes)
        }
    }

    package init(_ files: [(path: String, bytes: [UInt8])]) {
        self.files = files.map { ($0.path, Held($0.bytes)) }
    }

    /// The file has grown: readers go on in it where they stopped.
    package func replace(_ path: String, with bytes: [UInt8]) {
        files.first { $0.path == path }?.held.bytes.withLock { $0 = bytes }
    }

    package func open(_ path: String, _ mode: OpenMode) throws(StorageError) -> StorageFile {
        guard mode == .read else { throw StorageError(.open, path, code: EROFS) }
        guard let index = files.firstIndex(where: { $0.path == path }) else {
            throw StorageError(.open, path, code: ENOENT)
        }
        return StorageFile(Int32(clamping: index))
    }

    package func close(_ file: StorageFile) {}

    package func read(
        _ file: StorageFile,
        at path: String,
        from offset: Int,
        into buffer: inout [UInt8],
        _ range: Range<Int>
    ) throws(StorageError) -> Int {
        let bytes = try bytes(of: file, .read, path)
        guard offset >= 0, offset < bytes.count else { return 0 }
        let count = min(range.count, bytes.count - offset)
        buffer.replaceSubrange(
            range.lowerBound..<range.lowerBound + count,
            with: bytes[offset..<offset + count]
        )
        return count
    }

    package func status(
        _ file: StorageFile,
        at path: String
    ) throws(StorageError) -> FileStatus {
        FileStatus(bytes: try bytes(of: file, .inspect, path).count, links: 1)
    }

    private func bytes(
        of file: StorageFile,
        _ operation: StorageError.Operation,
        _ path: String
    ) throws(StorageError) -> [UInt8] {
        guard files.indices.contains(Int(file.number)) else {
            throw StorageError(operation, path, code: EBADF)
        }
        return files[Int(file.number)].held.bytes.withLock { $0 }
    }

    // MARK: - What cannot be done

    package func write(
        _ bytes: [UInt8],
        to file: StorageFile,
        at path: String
    ) throws(StorageError) -> Int {
        throw StorageError(.write, path, code: EROFS)
    }

    package func sync(_ file: StorageFile, at path: String) throws(StorageError) {
        throw StorageError(.sync, path, code: EROFS)
    }

    package func lock(_ file: StorageFile, at path: String) throws(StorageError) -> Bool {
        throw StorageError(.lock, path, code: EROFS)
    }

    package func unlock(_ file: StorageFile) {}

    package func truncate(
        _ file: StorageFile,
        at path: String,
        to bytes: Int
    ) throws(StorageError) {
        throw StorageError(.truncate, path, code: EROFS)
    }

    package func allocate(
        _ file: StorageFile,
        at path: String,
        bytes: Int
    ) throws(StorageError) {
        throw StorageError(.allocate, path, code: EROFS)
    }

    package func syncFolder(_ path: String) throws(StorageError) {
        throw StorageError(.sync, path, code: EROFS)
    }

    package func rename(_ source: String, to target: String) throws(StorageError) {
        throw StorageError(.rename, target, code: EROFS)
    }

    package func makeFolder(_ path: String) throws(StorageError) {
        throw StorageError(.makeFolder, path, code: EROFS)
    }

    package func remove(_ path: String) throws(StorageError) {
        throw StorageError(.remove, path, code: EROFS)
    }

    package func removeFolder(_ path: String) throws(StorageError) {
        throw StorageError(.remove, path, code: EROFS)
    }
}

extension RunFolder {
    /// A run whose journal and plan are held in memory.
    ///
    /// - Parameters:
    ///   - id: The run's.
    ///   - place: Where they came from, for messages.
    ///   - journal: Lines of its journal.
    ///   - plan: Its `plan.json`, where there is one.
    package init(id: RunID, from place: String, journal: [UInt8], plan: [UInt8]?) {
        let path = "\(place)/api/v1/runs/\(id)"
        var files = [(path: path + "/journal.jsonl", bytes: journal)]
        if let plan { files.append((path + "/plan.json", plan)) }
        self.init(id: id, path: path, storage: HeldFiles(files))
    }
}
