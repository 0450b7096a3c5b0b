import CLinux
import Glibc
import Journal
package import Pipeline

/// An exclusive `flock` on a file that holds its owner's process id; given back when the last
/// reference goes, or the process does.
///
/// Of a process that is killed, a child that is being spawned keeps the lock until its `exec`.
package final class FileLock: Sendable {
    package let path: String
    /// When the file was last touched before this lock was taken, if it was there.
    ///
    /// Its former owner was then known to live.
    package let touchedBefore: Timestamp?
    private let file: Int32

    /// How often and in what steps a taker asks again: a reader that looks whether a lock is held
    /// (`owner`) holds it for an instant itself.
    private static let tries = 10
    private static let pauseMicroseconds: UInt32 = 2_000

    private init(path: String, touchedBefore: Timestamp?, file: Int32) {
        self.path = path
        self.touchedBefore = touchedBefore
        self.file = file
    }

    deinit {
        // While the lock is still held: the next owner finds the file empty, not a stale id.
        _ = ftruncate(file, 0)
        // A child that is being spawned shares the file: closing alone would leave it the lock.
        _ = flock(file, LOCK_UN)
        _ = Glibc.close(file)
    }

    /// Takes the lock or fails at once; the file is created where it is missing.
    ///
    /// - Throws: `locked` when another process has it.
    package static func take(_ path: String) throws(StateError) -> FileLock {
        let (file, wasThere) = try open(path)
        var lock: FileLock?
        defer { if lock == nil { _ = Glibc.close(file) } }
        try seize(file, path)
        var status = stat()
        guard unsafe fstat(file, &status) == 0, status.st_nlink > 0 else {
            throw .storage(StorageError(.lock, path, code: ENOENT))
        }
        let text = Array("\(getpid())\n".utf8)
        _ = ftruncate(file, 0)
        _ = unsafe pwrite(file, text, text.count, 0)
        let taken = FileLock(
            path: path,
            touchedBefore: wasThere ? status.modified : nil,
            file: file
        )
        lock = taken
        return taken
    }

    /// Takes the lock, for which others may be waited.
    ///
    /// - Throws: `locked` when another process still has it after `wait`.
    package static func take(_ path: String, wait: Duration) throws(StateError) -> FileLock {
        let end = ContinuousClock.now + wait
        while true {
            do throws(StateError) {
                return try take(path)
            } catch {
                guard case .locked = error, .now < end else { throw error }
            }
        }
    }

    private static func open(_ path: String) throws(StateError) -> (Int32, wasThere: Bool) {
        let file = unsafe weir_open(path, O_RDWR | O_CLOEXEC, 0)
        if file >= 0 { return (file, true) }
        guard errno == ENOENT else { throw .storage(StorageError(.open, path, code: errno)) }
        let new = unsafe weir_open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard new >= 0 else { throw .storage(StorageError(.open, path, code: errno)) }
        return (new, false)
    }

    private static func seize(_ file: Int32, _ path: String) throws(StateError) {
        for attempt in 1...tries {
            if flock(file, LOCK_EX | LOCK_NB) == 0 { return }
            guard errno == EWOULDBLOCK else {
                throw .storage(StorageError(.lock, path, code: errno))
            }
            guard attempt < tries else { throw .locked(path: path, pid: ownerID(in: file)) }
            usleep(pauseMicroseconds)
        }
    }

    /// Notes the present time on the file: a sign of life that survives the process.
    package func touch() {
        _ = futimens(file, nil)
    }

    /// The process that holds the lock at `path`: `nil` when nobody does, 0 when it has not said.
    package static func owner(of path: String) throws(StateError) -> Int32? {
        let file = unsafe weir_open(path, O_RDONLY | O_CLOEXEC, 0)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw .storage(StorageError(.open, path, code: errno))
        }
        defer { _ = Glibc.close(file) }
        // Shared, so that two who look do not take each other for owners.
        if flock(file, LOCK_SH | LOCK_NB) == 0 { return nil }
        guard errno == EWOULDBLOCK else {
            throw .storage(StorageError(.lock, path, code: errno))
        }
        return ownerID(in: file)
    }

    private static func ownerID(in file: Int32) -> Int32 {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = unsafe pread(file, &bytes, bytes.count, 0)
        guard count > 0 else { return 0 }
        let digits = bytes[..<count].prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        return Int32(String(decoding: digits, as: UTF8.self)) ?? 0
    }
}

extension stat {
    var modified: Timestamp {
        let (seconds, overflow) = Int64(st_mtim.tv_sec)
            .multipliedReportingOverflow(by: 1_000_000_000)
        return Timestamp(nanoseconds: overflow ? .max : seconds &+ Int64(st_mtim.tv_nsec))
    }
}
