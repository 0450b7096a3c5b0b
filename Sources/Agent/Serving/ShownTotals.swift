import CLinux
import Glibc
import Journal
import Pipeline
import Telemetry

/// What the last scrape was shown of the counters that no journal tells again, kept in memory that
/// outlives the process: after a `kill -9` they go on from there, and none ever falls.
///
/// It is a file on a file system without a disk, so that the endpoint loop may write it before it
/// answers and waits for nothing (G5). A machine that loses power loses it, and these counters
/// begin at 0 then: Prometheus sees a reset as what it is. To go on from an older value instead
/// would make all of it count as new.
struct ShownTotals: Sendable {
    /// `nil`: there is no such memory, and a `kill -9` is like a loss of power.
    private let folder: String?
    private let storage = PosixStorage()
    private static let bytesMax = 16 << 20

    /// - Parameters:
    ///   - token: Whose agent it is, by whatever path its state folder is reached; a new folder in
    ///     the place of an old one has another.
    ///   - environment: Names the runtime directory, if there is one.
    init(of token: AgentToken, _ environment: [String: String]) {
        // A digest: names in /dev/shm are for everyone to read.
        let digest = SHA256Digest(of: Array(token.text.utf8)).description.prefix(32)
        folder = sharedMemoryFolders(environment).lazy.filter(Self.isInMemory)
            .map { "\($0)/weir-agent-\(digest)" }
            .first(where: makePrivateFolder)
    }

    /// `nil` when nothing was shown since the last orderly end, or it cannot be read.
    func read() -> MetricTotals? {
        guard let path, let bytes = try? storage.readFile(path, limit: Self.bytesMax) else {
            return nil
        }
        return try? MetricTotals(json: bytes)
    }

    /// What cannot be kept is forgotten: an old value would be worse than none.
    func write(_ totals: MetricTotals) {
        guard let path else { return }
        do {
            try storage.replaceFile(path, with: totals.json(), synced: false)
        } catch {
            clear()
        }
    }

    /// After an orderly end, when the state folder has it all.
    func remove() {
        guard let folder else { return }
        clear()
        _ = unsafe rmdir(folder)
    }

    private func clear() {
        guard let folder else { return }
        for name in folderEntries(folder) { _ = unsafe unlink("\(folder)/\(name)") }
    }

    private var path: String? { folder.map { $0 + "/totals.json" } }

    private static func isInMemory(_ folder: String) -> Bool {
        // tmpfs and ramfs, as statfs(2) lists them.
        [0x0102_1994, 0x8584_58F6].contains(unsafe weir_file_system(folder))
    }
}
