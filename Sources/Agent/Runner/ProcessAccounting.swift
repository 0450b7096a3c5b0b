import CLinux
import Glibc
import Pipeline
import Transport

/// How a process ended and what it consumed.
struct ProcessEnd {
    var ending: AttemptReport.Ending
    var usage: ResourceUsage
}

/// Weir's own memory high-water mark, at which the kernel's figure for a child begins.
///
/// A child shares our memory until it executes, so its maxrss starts at our peak; lowering that
/// peak when it stands far above what we use keeps small children measurable.
struct MemoryFloor {
    private(set) var bytes: Int64 = 0
    private var readAt = Timestamp(nanoseconds: .min)
    private static let interval = Duration.milliseconds(50)
    private static let slack: Int64 = 4 << 20

    mutating func refresh(at now: Timestamp) {
        guard now >= readAt + Self.interval else { return }
        readAt = now
        var (peak, resident) = Self.read()
        if peak - resident > Self.slack {
            // proc(5), clear_refs: 5 resets the peak resident set size to the current one.
            writeSmallFile("/proc/self/clear_refs", "5")
            (peak, resident) = Self.read()
        }
        bytes = peak
    }

    private static func read() -> (peak: Int64, resident: Int64) {
        let status = readSmallFile("/proc/self/status") ?? ""
        return (field("VmHWM:", in: status) * 1_024, field("VmRSS:", in: status) * 1_024)
    }
}

/// The number after `name` in a `/proc` text, 0 when it is not there.
func field(_ name: String, in text: String) -> Int64 {
    for line in text.split(separator: "\n") where line.hasPrefix(name) {
        let digits = line.dropFirst(name.utf8.count).drop { $0 == " " || $0 == "\t" }
        return Int64(digits.prefix { $0.isNumber }) ?? 0
    }
    return 0
}

/// Reaps an ended process, after reading what only a zombie still tells.
func reap(_ pid: Int32, floor: Int64) -> ProcessEnd {
    let io = readSmallFile("/proc/\(pid)/io")
    // What the leader left behind in its group would otherwise outlive the attempt; the leader,
    // still a zombie, keeps the group's number from being given away.
    _ = kill(-pid, SIGKILL)
    var status: Int32 = 0
    var usage = rusage()
    while unsafe wait4(pid, &status, 0, &usage) < 0, errno == EINTR {}
    let peak = Int64(usage.ru_maxrss) * 1_024
    return ProcessEnd(
        ending: status & 0x7f == 0
            ? .exited(code: status >> 8 & 0xff) : .signalled(status & 0x7f),
        usage: ResourceUsage(
            userCPU: duration(usage.ru_utime),
            systemCPU: duration(usage.ru_stime),
            peakMemory: peak > floor ? peak : nil,
            peakMemoryFloor: floor,
            bytesRead: io.map { field("read_bytes:", in: $0) },
            bytesWritten: io.map { field("write_bytes:", in: $0) },
            voluntarySwitches: Int64(usage.ru_nvcsw),
            involuntarySwitches: Int64(usage.ru_nivcsw)
        )
    )
}

private func duration(_ time: timeval) -> Duration {
    .microseconds(Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_usec))
}

/// Reads a file of the kernel's, at most 16 KiB of it.
func readSmallFile(_ path: String) -> String? {
    let number = unsafe weir_open(path, O_RDONLY | O_CLOEXEC, 0)
    guard number >= 0 else { return nil }
    let descriptor = FileDescriptor(number)
    var buffer = [UInt8](repeating: 0, count: 16_384)
    let count = unsafe read(descriptor.number, &buffer, buffer.count)
    guard count >= 0 else { return nil }
    return String(decoding: buffer[..<count], as: UTF8.self)
}

/// Writes to a file of the kernel's; what it makes of it shows when it is read again.
func writeSmallFile(_ path: String, _ text: String) {
    let number = unsafe weir_open(path, O_WRONLY | O_CLOEXEC, 0)
    guard number >= 0 else { return }
    let descriptor = FileDescriptor(number)
    let bytes = Array(text.utf8)
    _ = unsafe write(descriptor.number, bytes, bytes.count)
}
