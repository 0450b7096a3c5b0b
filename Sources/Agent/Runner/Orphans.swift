import CLinux
import Glibc
import Pipeline
import Transport

/// A process that an earlier Weir started for a run.
struct KnownProcess: Hashable {
    var pid: Int32
    /// Clock ticks since boot, as read just before it was started.
    var startTicks: UInt64
}

/// Ends every process that a former owner of the run left behind (G1), found by pid and start
/// time, and by `WEIR_RUN_ID` in its environment.
///
/// - Parameters:
///   - run: Whose processes are meant.
///   - known: Those that the journal names.
///   - grace: Between being asked to end and being killed.
/// - Returns: How many there were.
func endOrphans(
    of run: RunID,
    known: [KnownProcess],
    grace: Duration = Limits.grace
) -> Int {
    var count = 0
    var search = OrphanSearch(of: run, known: known)
    // What is asked to end may start something else first, and what was started while the list was
    // read is not in it. What starts anew each time is given up at last.
    for _ in 0..<orphanRounds {
        let ladder = search.next()
        guard !ladder.pids.isEmpty else { break }
        count += ladder.pids.count
        ladder.end(grace: grace)
    }
    return count
}

private let orphanRounds = 4

/// Looks for a run's processes, again and again.
///
/// What is between two programs shows no environment for an instant. Of a group of which something
/// was found it is the run's own; else it is looked at again.
private struct OrphanSearch {
    private enum Finding {
        case meant
        case other
        /// It shows no environment.
        case unsure
    }

    private let marker: [UInt8]
    private let leaders: [Int32: UInt64]
    /// Of those that were found.
    private var groups: Set<Int32> = []
    /// How often it is looked at again, and after how many milliseconds: a process may have been
    /// started without any environment, and stay so.
    private static let looks = 4
    private static let pause: Int32 = 5

    init(of run: RunID, known: [KnownProcess]) {
        marker = Array("WEIR_RUN_ID=\(run)".utf8)
        leaders = Dictionary(known.map { ($0.pid, $0.startTicks) }) { $1 }
    }

    mutating func next() -> ProcessLadder {
        for _ in 1..<Self.looks {
            let (found, isSure) = look()
            if isSure || !found.pids.isEmpty { return found }
            _ = poll(nil, 0, Self.pause)
        }
        return look().found
    }

    private mutating func look() -> (found: ProcessLadder, isSure: Bool) {
        var (ladder, isSure) = (ProcessLadder(), true)
        let own = (pid: getpid(), group: getpgrp())
        for name in folderEntries("/proc") {
            guard let pid = Int32(name), pid != own.pid else { continue }
            let finding = finding(pid)
            if finding == .unsure { isSure = false }
            guard finding == .meant else { continue }
            let group = getpgid(pid)
            // First: it may be between two programs when it is asked for again.
            if group > 1, group != own.group { groups.insert(group) }
            ladder.add(pid) { self.finding(pid) == .meant }
        }
        return (ladder, isSure)
    }

    private func finding(_ pid: Int32) -> Finding {
        if let ticks = leaders[pid], isSame(pid, startTicks: ticks) { return .meant }
        guard let environment = environment(of: pid) else { return .other }
        guard environment.isEmpty else {
            let isMarked = environment.split(separator: 0).contains { $0.elementsEqual(marker) }
            return isMarked ? .meant : .other
        }
        guard let fields = statFields(of: pid), fields.count > 6, fields[0] != "Z",
            // PF_KTHREAD: the kernel's own threads never have one.
            let flags = UInt32(fields[6]), flags & 0x0020_0000 == 0
        else { return .other }
        return groups.contains(getpgid(pid)) ? .meant : .unsure
    }
}

/// Whether the process that has the number now was started when ours was; numbers come back, but
/// not within a second.
private func isSame(_ pid: Int32, startTicks: UInt64) -> Bool {
    guard let fields = statFields(of: pid) else { return false }
    // Field 22 is the start.
    guard fields.count > 19, let ticks = UInt64(fields[19]) else { return false }
    return fields[0] != "Z" && ticks >= startTicks && ticks <= startTicks + 100
}

/// The present instant in the unit of `/proc/<pid>/stat`'s start time.
func ticksSinceBoot() -> UInt64 {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_BOOTTIME, &time)
    // USER_HZ is 100 on every architecture Linux has.
    return UInt64(time.tv_sec) * 100 + UInt64(time.tv_nsec) / 10_000_000
}

/// What a process was started with, at most some 4 MiB of it; `nil` where it may not be read.
private func environment(of pid: Int32) -> [UInt8]? {
    let number = unsafe weir_open("/proc/\(pid)/environ", O_RDONLY | O_CLOEXEC, 0)
    guard number >= 0 else { return nil }
    let descriptor = FileDescriptor(number)
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while bytes.count < 4 << 20 {
        let count = unsafe read(descriptor.number, &buffer, buffer.count)
        guard count > 0 else { break }
        bytes += buffer[..<count]
    }
    return bytes
}
