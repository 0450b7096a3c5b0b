import Glibc

/// A folder that goes away with its owner.
package final class TemporaryDirectory: Sendable {
    /// Absolute.
    package let path: String

    /// Makes it in `parent`; /dev/shm is one without a disk.
    package init(in parent: String = "/tmp") {
        var template = Array("\(parent)/weir-test-XXXXXX".utf8CString)
        let made = mkdtemp(&template).map { String(cString: $0) }
        precondition(made != nil, "mkdtemp in \(parent): \(String(cString: strerror(errno)))")
        path = made ?? ""
    }

    deinit {
        removeTree(path)
    }

    /// Text of a file below the folder, or `nil` when there is none.
    package func read(_ name: String) -> String? {
        guard let file = fopen("\(path)/\(name)", "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 {
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    package func write(_ name: String, _ text: String) {
        guard let file = fopen("\(path)/\(name)", "w") else { return }
        fputs(text, file)
        fclose(file)
    }
}

private func removeTree(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFDIR else {
        unlink(path)
        return
    }
    if let folder = opendir(path) {
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { removeTree("\(path)/\(name)") }
        }
        closedir(folder)
    }
    rmdir(path)
}
