import CLinux
import Glibc

/// The file system of the machine.
package struct PosixStorage: JournalStorage {
    package init() {}

    package func open(_ path: String, _ mode: OpenMode) throws(StorageError) -> StorageFile {
        let flags =
            switch mode {
            case .read: O_RDONLY
            case .append: O_WRONLY | O_APPEND
            case .create: O_WRONLY | O_APPEND | O_CREAT | O_EXCL
            case .overwrite: O_WRONLY | O_CREAT | O_TRUNC
            }
        let number = unsafe weir_open(path, flags | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw StorageError(.open, path, code: errno) }
        return StorageFile(number)
    }

    package func close(_ file: StorageFile) {
        _ = Glibc.close(file.number)
    }

    package func write(
        _ bytes: [UInt8],
        to file: StorageFile,
        at path: String
    ) throws(StorageError) -> Int {
        let count = atBoundary {
            retryingInterrupts { unsafe Glibc.write(file.number, bytes, bytes.count) }
        }
        guard count >= 0 else { throw StorageError(.write, path, code: errno) }
        return count
    }

    package func read(
        _ file: StorageFile,
        at path: String,
        from offset: Int,
        into buffer: inout [UInt8],
        _ range: Range<Int>
    ) throws(StorageError) -> Int {
        precondition(range.lowerBound >= 0 && range.upperBound <= buffer.count)
        let count = unsafe buffer.withUnsafeMutableBytes { bytes in
            let place = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[range])
            return retryingInterrupts {
                unsafe pread(file.number, place.baseAddress, place.count, offset)
            }
        }
        guard count >= 0 else { throw StorageError(.read, path, code: errno) }
        return count
    }

    package func sync(_ file: StorageFile, at path: String) throws(StorageError) {
        guard atBoundary({ fdatasync(file.number) }) == 0 else {
            throw StorageError(.sync, path, code: errno)
        }
    }

    package func lock(_ file: StorageFile, at path: String) throws(StorageError) -> Bool {
        if flock(file.number, LOCK_EX | LOCK_NB) == 0 { return true }
        guard errno == EWOULDBLOCK else { throw StorageError(.lock, path, code: errno) }
        return false
    }

    package func unlock(_ file: StorageFile) {
        _ = flock(file.number, LOCK_UN)
    }

    package func truncate(
        _ file: StorageFile,
        at path: String,
        to bytes: Int
    ) throws(StorageError) {
        guard ftruncate(file.number, bytes) == 0 else {
            throw StorageError(.truncate, path, code: errno)
        }
    }

    package func allocate(
        _ file: StorageFile,
        at path: String,
        bytes: Int
    ) throws(StorageError) {
        if weir_fallocate(file.number, bytes) == 0 { return }
        guard errno == EOPNOTSUPP else { throw StorageError(.allocate, path, code: errno) }
        // Not zeros: a file system that compresses would hold next to nothing.
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        let noise = (0..<min(bytes, 1 << 16)).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1
            return UInt8(truncatingIfNeeded: state >> 56)
        }
        var left = bytes
        while left > 0 {
            let count = try write(Array(noise.prefix(left)), to: file, at: path)
            guard count > 0 else { throw StorageError(.allocate, path, code: ENOSPC) }
            left -= count
        }
    }

    package func status(
        _ file: StorageFile,
        at path: String
    ) throws(StorageError) -> FileStatus {
        var found = stat()
        guard unsafe fstat(file.number, &found) == 0 else {
            throw StorageError(.inspect, path, code: errno)
        }
        return FileStatus(bytes: Int(found.st_size), links: Int(clamping: found.st_nlink))
    }

    package func syncFolder(_ path: String) throws(StorageError) {
        let number = unsafe weir_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
        guard number >= 0 else { throw StorageError(.open, path, code: errno) }
        defer { _ = Glibc.close(number) }
        guard atBoundary({ fsync(number) }) == 0 else {
            throw StorageError(.sync, path, code: errno)
        }
    }

    package func rename(_ source: String, to target: String) throws(StorageError) {
        guard atBoundary({ unsafe Glibc.rename(source, target) }) == 0 else {
            throw StorageError(.rename, source, code: errno)
        }
    }

    package func makeFolder(_ path: String) throws(StorageError) {
        guard unsafe mkdir(path, 0o700) == 0 else {
            throw StorageError(.makeFolder, path, code: errno)
        }
    }

    package func remove(_ path: String) throws(StorageError) {
        guard unsafe unlink(path) == 0 else {
            throw StorageError(.remove, path, code: errno)
        }
    }

    package func removeFolder(_ path: String) throws(StorageError) {
        guard unsafe rmdir(path) == 0 else {
            throw StorageError(.remove, path, code: errno)
        }
    }
}

/// The system's own words for an `errno`.
package func errorText(_ code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 128)
    guard unsafe strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    let length = buffer.firstIndex(of: 0) ?? buffer.count
    return String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// Linux lets a signal interrupt a slow read or write before its first byte only.
private func retryingInterrupts(_ call: () -> Int) -> Int {
    while true {
        let count = call()
        if count >= 0 || errno != EINTR { return count }
    }
}

/// Runs one operation after which, or before which, a crash may find the disk different.
private func atBoundary<Value>(_ operation: () -> Value) -> Value {
    #if DEBUG
    FailPoints.pass()
    let value = operation()
    let code = errno
    FailPoints.pass()
    errno = code
    return value
    #else
    return operation()
    #endif
}
