/// The memory cgroup that this process is in (cgroups(7)).
struct MemoryCgroup: Sendable {
    enum Version: Sendable {
        case one
        case two
    }

    let version: Version
    /// Where its files are, `/sys/fs/cgroup/…`.
    let folder: String

    /// Finds it; `nil` where the kernel has none, or hides it.
    init?() {
        var unified: String?
        for line in lines(of: "/proc/self/cgroup") {
            // hierarchy:controllers:path
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            if parts[1].split(separator: ",").contains("memory") {
                let base = "/sys/fs/cgroup/memory"
                let folder = Self.folder(base, parts[2], having: "memory.oom_control")
                guard let folder else { return nil }
                (version, self.folder) = (.one, folder)
                return
            }
            if parts[0] == "0", parts[1].isEmpty { unified = String(parts[2]) }
        }
        guard let path = unified,
            let folder = Self.folder("/sys/fs/cgroup", path[...], having: "memory.events")
        else { return nil }
        (version, self.folder) = (.two, folder)
    }

    /// What a file of the group says, line by line.
    func read(_ file: String) -> [String] { lines(of: "\(folder)/\(file)") }

    /// A file that holds one number; `nil` for `max`, and for a limit that is none.
    func number(_ file: String) -> Int64? {
        guard let text = read(file).first, let value = Int64(text), value < 1 << 62 else {
            return nil
        }
        return value
    }

    /// In a container the path is the host's, and the group's files are at the root.
    private static func folder(
        _ base: String,
        _ path: Substring,
        having file: String
    ) -> String? {
        let own = path == "/" ? base : base + path
        return [own, base].first { readSmallFile("\($0)/\(file)") != nil }
    }
}

/// A text file of the kernel's, line by line; empty when there is none.
func lines(of path: String) -> [String] {
    guard let bytes = readSmallFile(path) else { return [] }
    return bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
}
