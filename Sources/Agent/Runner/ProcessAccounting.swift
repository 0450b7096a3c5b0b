import CLinux
import Glibc
import Pipeline
import Transport

/// How a process ended and what it consumed.
struct ProcessEnd {
    var ending: AttemptReport.Ending
    var usage: ResourceUsage
    /// As the kernel tells it, in bytes: at least our own peak when the process was started.
    var peakMemory: Int64
}

/// The number after `name` at the beginning of a line of a `/proc` text.
///
/// Read for every attempt, so bytes and not strings.
func field(_ name: StaticString, in text: [UInt8]) -> Int64? {
    var start = 0
    let length = name.utf8CodeUnitCount
    while start + length <= text.count {
        let isHere = unsafe text.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return false }
            return unsafe memcmp(base + start, name.utf8Start, length) == 0
        }
        if isHere { return number(in: text, at: start + length) }
        guard let end = text[start...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        start = end + 1
    }
    return nil
}

private func number(in text: [UInt8], at start: Int) -> Int64? {
    var value: Int64?
    for byte in text[start...] {
        switch byte {
        case UInt8(ascii: " ") where value == nil, UInt8(ascii: "\t") where value == nil: continue
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            let (product, overflow) = (value ?? 0).multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            value = product &+ Int64(byte - UInt8(ascii: "0"))
        default: return value
        }
    }
    return value
}

/// Reaps an ended process.
func reap(_ pid: Int32) -> ProcessEnd {
    // What the leader left behind in its group would otherwise outlive the attempt; the leader,
    // still a zombie, keeps the group's number from being given away.
    _ = kill(-pid, SIGKILL)
    var status: Int32 = 0
    var usage = rusage()
    while unsafe wait4(pid, &status, 0, &usage) < 0, errno == EINTR {}
    return ProcessEnd(
        ending: status & 0x7f == 0
            ? .exited(code: status >> 8 & 0xff) : .signalled(status & 0x7f),
        usage: ResourceUsage(
            userCPU: duration(usage.ru_utime),
            systemCPU: duration(usage.ru_stime),
            bytesRead: isIOAccounted ? Int64(usage.ru_inblock) * blockBytes : nil,
            bytesWritten: isIOAccounted ? Int64(usage.ru_oublock) * blockBytes : nil,
            voluntarySwitches: Int64(usage.ru_nvcsw),
            involuntarySwitches: Int64(usage.ru_nivcsw)
        ),
        peakMemory: Int64(usage.ru_maxrss) * 1_024
    )
}

/// The unit of `ru_inblock` and `ru_oublock`.
///
/// The kernel derives them from the very counters that it shows as `read_bytes` and `write_bytes`
/// in `/proc/<pid>/io`, reaped descendants included; storage is read and written in whole blocks.
/// `wait4` brings them along, while the file costs a tenth of what starting a process does, and may
/// not be read where the program is setuid.
private let blockBytes: Int64 = 512

/// False on a kernel without TASK_IO_ACCOUNTING, whose zeros mean nothing.
private let isIOAccounted = unsafe access("/proc/self/io", F_OK) == 0

private func duration(_ time: timeval) -> Duration {
    .microseconds(Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_usec))
}

/// Reads a file of the kernel's, at most 16 KiB of it.
func readSmallFile(_ path: String) -> [UInt8]? {
    let number = unsafe weir_open(path, O_RDONLY | O_CLOEXEC, 0)
    guard number >= 0 else { return nil }
    let descriptor = FileDescriptor(number)
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 16_384) { buffer, count in
        count = unsafe max(0, read(descriptor.number, buffer.baseAddress, buffer.count))
    }
    return bytes.isEmpty ? nil : bytes
}

/// Writes to a file of the kernel's; what it makes of it shows when it is read again.
func writeSmallFile(_ path: String, _ text: String) {
    let number = unsafe weir_open(path, O_WRONLY | O_CLOEXEC, 0)
    guard number >= 0 else { return }
    let descriptor = FileDescriptor(number)
    let bytes = Array(text.utf8)
    _ = unsafe write(descriptor.number, bytes, bytes.count)
}
