import CLinux
import Glibc

/// How many descriptors a process may have open (`RLIMIT_NOFILE`).
///
/// The usual soft limit, 1,024, is there for programs that call select(2), which cannot deal with
/// more; a program that can is expected to raise it for itself, and to give its children the old one.
package struct OpenFilesLimit: Hashable, Sendable {
    package var soft: UInt64
    /// How far the soft limit may be raised.
    package var hard: UInt64

    /// An attempt has three descriptors, a run a dozen and a client one: ten thousand of each fit.
    static let most: UInt64 = 65_536

    /// This process's own.
    package static var current: OpenFilesLimit? {
        var limit = rlimit()
        guard unsafe getrlimit(resource, &limit) == 0 else { return nil }
        return OpenFilesLimit(soft: UInt64(limit.rlim_cur), hard: UInt64(limit.rlim_max))
    }

    /// Raises this process's soft limit as far as it goes, within reason.
    ///
    /// - Returns: What it was before, for the children; `nil` when it is what it was.
    package static func raise() -> OpenFilesLimit? {
        guard let before = current, before.soft < min(before.hard, most) else { return nil }
        var limit = rlimit()
        limit.rlim_cur = rlim_t(min(before.hard, most))
        limit.rlim_max = rlim_t(before.hard)
        return unsafe setrlimit(resource, &limit) == 0 ? before : nil
    }

    private static var resource: __rlimit_resource_t {
        __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    }
}
