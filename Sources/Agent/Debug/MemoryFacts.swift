import CLinux
import Glibc

/// Where the agent's own memory, descriptors and threads are, as the kernel and the allocator tell
/// it: read when somebody asks, from `/proc` and from memory, so no disk is waited for.
struct MemoryFacts: Sendable {
    /// A number under its name; the order is that of the source.
    typealias Facts = [(name: String, value: Int64)]

    /// Bytes, by the kernel's names (`VmRSS`, `VmHWM`, …; proc(5)).
    var status: Facts
    /// Bytes, over all mappings (`Rss`, `Pss`, `Anonymous`, `Swap`, …; proc(5)).
    var mappings: Facts
    /// Bytes, by mallinfo2(3).
    var allocator: Facts
    /// Open descriptors by kind (`socket`, `pipe`, `eventpoll`, `file`).
    var descriptors: Facts
    var descriptorLimit: Int64?
    /// Threads by name.
    var threads: Facts
    /// What the memory cgroup allows and holds, in bytes; empty where there is none.
    var cgroup: Facts
    /// Lines of `/proc/pressure/memory`; empty where the kernel does not tell.
    var pressure: [String]

    /// More would keep others waiting; a limit of descriptors is rarely higher.
    private static let descriptorsMax = 20_000
    private static let threadsMax = 4_096

    /// Looks now.
    init() {
        status = Self.kilobytes("/proc/self/status") { $0.hasPrefix("Vm") || $0.hasPrefix("Rss") }
        mappings = Self.kilobytes("/proc/self/smaps_rollup") { _ in true }
        allocator = Self.allocatorFacts()
        descriptors = Self.descriptorFacts()
        var limit = rlimit()
        let code = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        descriptorLimit = code == 0 ? Int64(clamping: limit.rlim_cur) : nil
        threads = Self.counted(
            folderEntries("/proc/self/task").prefix(Self.threadsMax).compactMap { thread in
                readSmallFile("/proc/self/task/\(thread)/comm").map { Self.line($0) }
            }
        )
        cgroup = MemoryCgroup().map(Self.facts) ?? []
        pressure = lines(of: "/proc/pressure/memory")
    }

    // MARK: - Reading

    private static func line(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    /// `Name:   123 kB` as bytes.
    private static func kilobytes(_ path: String, _ isMeant: (Substring) -> Bool) -> Facts {
        lines(of: path).compactMap { line in
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard words.count == 3, words[2] == "kB", let value = Int64(words[1]),
                value < .max >> 10
            else { return nil }
            let name = words[0].dropLast()
            return isMeant(name) ? (String(name), value << 10) : nil
        }
    }

    private static func facts(of group: MemoryCgroup) -> Facts {
        let files: [(name: String, file: String)] =
            switch group.version {
            case .one:
                [
                    ("usage", "memory.usage_in_bytes"), ("peak", "memory.max_usage_in_bytes"),
                    ("limit", "memory.limit_in_bytes"), ("failures", "memory.failcnt"),
                ]
            case .two:
                [
                    ("usage", "memory.current"), ("peak", "memory.peak"),
                    ("limit", "memory.max"), ("high", "memory.high"),
                ]
            }
        return files.compactMap { name, file in group.number(file).map { (name, $0) } }
    }

    private static func allocatorFacts() -> Facts {
        let info = mallinfo2()
        return [
            ("arena", Int64(clamping: info.arena)), ("mmapped", Int64(clamping: info.hblkhd)),
            ("in_use", Int64(clamping: info.uordblks)), ("free", Int64(clamping: info.fordblks)),
            ("releasable", Int64(clamping: info.keepcost)),
        ]
    }

    private static func descriptorFacts() -> Facts {
        let names = folderEntries("/proc/self/fd").prefix(descriptorsMax)
        return counted(names.compactMap { linkTarget("/proc/self/fd/\($0)").map(kind) })
    }

    /// `socket:[123]` is a socket, `anon_inode:[eventpoll]` an eventpoll, a path a file.
    static func kind(of target: String) -> String {
        if target.hasPrefix("/dev/") { return "device" }
        if target.hasPrefix("/") { return "file" }
        let parts = target.split(separator: ":", maxSplits: 1)
        guard let first = parts.first else { return "other" }
        guard first == "anon_inode", parts.count == 2 else { return String(first) }
        return parts[1].filter { $0 != "[" && $0 != "]" }
    }

    private static func linkTarget(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 512)
        let count = unsafe readlink(path, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The commonest first.
    private static func counted(_ names: [String]) -> Facts {
        var counts: [String: Int64] = [:]
        for name in names { counts[name, default: 0] += 1 }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { (name: $0.key, value: $0.value) }
    }
}
