import Glibc

/// Tells the two ways apart in which a program cannot be started.
package enum ProgramSearch {
    /// Whether there is a file of that name, executable or not (POSIX shells: 126, not 127).
    package static func exists(_ name: String, path: String?) -> Bool {
        if name.contains("/") { return unsafe access(name, F_OK) == 0 }
        let folders = (path ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
        return folders.contains { unsafe access("\($0)/\(name)", F_OK) == 0 }
    }
}
