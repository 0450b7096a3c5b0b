import CLinux
import Glibc
import Journal
import Pipeline
import Synchronization
import Transport

/// `<state>/cache`: what steps left, by the key of what their work depended on.
///
/// An entry is a file that appears whole, durable, behind what it tells of; the newest one counts.
/// Nobody holds a lock: whoever finds none, or a damaged one, does the work.
struct CacheStore: Sendable {
    let state: StateFolder

    private var path: String { state.path + "/cache" }
    private var secretPath: String { path + "/.key" }

    private static let format = 1
    /// Outputs are names and counts; what is larger is done again rather than kept.
    private static let entryBytes = 4 << 20
    static let entriesMax = 4_096
    private static let bytesMax: Int64 = 256 << 20
    private static let temporaries = Atomic<UInt64>(0)

    /// What keeps keys from telling what is in them; made where there is none.
    func secret() throws -> [UInt8] {
        try state.storage.makeFolders(path)
        if let found = readSecret() { return found }
        var bytes = [UInt8](repeating: 0, count: 32)
        while unsafe getrandom(&bytes, bytes.count, 0) != bytes.count {}
        let new = temporary
        try state.storage.createFile(new, with: bytes, synced: true)
        defer { _ = unsafe unlink(new) }
        // Whoever was quicker has made the one that counts.
        _ = unsafe link(new, secretPath)
        guard let made = readSecret() else {
            throw CacheFault(description: "\(secretPath) does not hold a key: remove it")
        }
        return made
    }

    private func readSecret() -> [UInt8]? {
        let bytes = try? state.storage.readFile(secretPath, limit: 4_096)
        return bytes?.count == 32 ? bytes : nil
    }

    private var temporary: String {
        let number = Self.temporaries.add(1, ordering: .relaxed).newValue
        return "\(path)/.new-\(getpid())-\(number)"
    }

    // MARK: - Entries

    /// The entry, if it is whole, young enough, and what it tells of is still there.
    func find(_ key: String, _ ingredients: CacheIngredients, at now: Timestamp) -> CachedStep? {
        let file = "\(path)/\(key)"
        guard unsafe access(file, F_OK) == 0 else { return nil }
        guard let bytes = try? state.storage.readFile(file, limit: Self.entryBytes + 128),
            let entry = CacheEntry(bytes, key: key)
        else {
            _ = unsafe unlink(file)
            return nil
        }
        // One from the future: the clock was set back, and its age is not known.
        let age = now - entry.storedAt
        guard age >= .zero, age <= ingredients.policy.ttl else { return nil }
        guard isFolder(state.run(entry.step.source.from.run).path) else { return nil }
        if ingredients.hasDirectory {
            guard let directory = entry.step.source.directory, isFolder(directory) else {
                return nil
            }
        }
        return entry.step
    }

    /// Keeps what a step left; its folder is made durable first.
    func keep(_ step: CachedStep, as key: String, at now: Timestamp) throws {
        let bytes = CacheEntry(storedAt: now, step: step).bytes(key: key)
        guard bytes.count <= Self.entryBytes else {
            throw CacheFault(
                description: "its outputs are larger than \(Self.entryBytes >> 20) MiB"
            )
        }
        if let directory = step.source.directory { try sync(directory) }
        try state.storage.replaceFile(
            "\(path)/\(key)",
            with: bytes,
            synced: true,
            temporary: temporary
        )
        evict(at: now)
    }

    private func sync(_ directory: String) throws {
        let number = unsafe weir_open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
        guard number >= 0 else { throw SystemError("open", directory) }
        let folder = FileDescriptor(number)
        guard syncfs(folder.number) == 0 else { throw SystemError("syncfs", directory) }
    }

    private func isFolder(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    // MARK: - Bounds

    /// The oldest go when there are too many, and what crashes left of entries.
    private func evict(at now: Timestamp) {
        var files: [(path: String, at: Timestamp, bytes: Int64)] = []
        for name in folderEntries(path) {
            let file = "\(path)/\(name)"
            var status = stat()
            guard unsafe lstat(file, &status) == 0 else { continue }
            if name.hasPrefix(".new-"), now - status.modified > .seconds(3_600) {
                _ = unsafe unlink(file)
            }
            if !name.hasPrefix(".") { files.append((file, status.modified, Int64(status.st_size))) }
        }
        var (count, bytes) = (files.count, files.reduce(0) { $0 + $1.bytes })
        guard count > Self.entriesMax || bytes > Self.bytesMax else { return }
        for file in files.sorted(by: { $0.at < $1.at }) {
            // Not for every new one again.
            guard count > Self.entriesMax * 9 / 10 || bytes > Self.bytesMax * 9 / 10 else { return }
            _ = unsafe unlink(file.path)
            count -= 1
            bytes -= file.bytes
        }
    }
}

/// Why a step's work is not kept.
struct CacheFault: Error, CustomStringConvertible {
    var description: String
}
