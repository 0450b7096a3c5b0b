import CLinux
import Glibc
import Synchronization
import Transport

/// Whether a state folder can take what a run writes: it is there, it is the one that this process
/// began with, it may be written, and it has room.
///
/// A folder that was full has to have more room than the least before it counts as good again: who
/// begins at the first free byte is interrupted by the next one.
package final class StateRoom: Sendable {
    /// What a run needs before its first step: its folder, its plan and its journal's beginning.
    static let least: UInt64 = 1 << 20
    /// That, and the reserve that each run holds.
    static let good: UInt64 = 2 << 20

    /// What a file system says of itself.
    struct Found: Hashable {
        var bytes: UInt64
        /// False when not one more file can be made.
        var hasInodes = true
    }

    private let path: String
    /// Holds on to the folder, so that its number is not given to another.
    private let folder: Int32
    private let isFull = Mutex(false)

    /// - Parameter path: A folder that is there.
    init(of path: String) {
        self.path = path
        folder = unsafe weir_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
    }

    deinit {
        if folder >= 0 { _ = close(folder) }
    }

    /// Looks, which may have to wait for the disk.
    ///
    /// - Returns: What is wrong and what to do; `nil`: nothing.
    func fault() -> String? {
        if let fault = placeFault() { return fault }
        guard unsafe access(path, W_OK | X_OK) == 0 else {
            return "\(path): \(systemErrorText(errno))"
        }
        var disk = statvfs()
        guard unsafe statvfs(path, &disk) == 0 else {
            return "\(path): \(systemErrorText(errno))"
        }
        let room = UInt64(disk.f_bavail).multipliedReportingOverflow(by: UInt64(disk.f_frsize))
        return judge(
            Found(
                bytes: room.overflow ? .max : room.partialValue,
                // Some file systems count no inodes: all zeros.
                hasInodes: disk.f_files == 0 || disk.f_favail > 0
            )
        )
    }

    /// A run found no room, whatever the file system says of itself.
    func noteFull() {
        isFull.withLock { $0 = true }
    }

    /// What is wrong with so much room, in the light of what was found before.
    func judge(_ found: Found) -> String? {
        let needed = isFull.withLock { isFull in
            let needed = isFull ? Self.good : Self.least
            isFull = found.bytes < needed || !found.hasInodes
            return needed
        }
        let full = "\(path): \(systemErrorText(ENOSPC))"
        guard found.bytes >= needed else {
            return "\(full), \(found.bytes) bytes are left and \(needed) are needed"
        }
        return found.hasInodes ? nil : "\(full), no inode is left"
    }

    private func placeFault() -> String? {
        let advice = "put it back, or end the agent and start it anew"
        var (own, found) = (stat(), stat())
        guard unsafe stat(path, &found) == 0 else {
            return "\(path): \(systemErrorText(errno)); \(advice)"
        }
        guard folder >= 0, unsafe fstat(folder, &own) == 0 else { return nil }
        guard own.st_dev == found.st_dev, own.st_ino == found.st_ino else {
            return "\(path) is not the folder that this agent began with; \(advice)"
        }
        return nil
    }
}
