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
private struct OrphanSearch {
    private let marker: [UInt8]
    private let leaders: [Int32: UInt64]
    /// Of those that were found: what is between two programs shows no environment for an instant,
    /// and may be all that is left of its group.
    private var groups: Set<Int32> = []

    init(of run: RunID, known: [KnownProcess]) {
        marker = Array("WEIR_RUN_ID=\(run)".utf8)
        leaders = Dictionary(known.map { ($0.pid, $0.startTicks) }) { $1 }
    }

    mutating func next() -> ProcessLadder {
        var ladder = ProcessLadder()
        let own = (pid: getpid(), group: getpgrp())
        for name in folderEntries("/proc") {
            guard let pid = Int32(name), pid != own.pid, isMeant(pid) else { continue }
            let group = getpgid(pid)
            ladder.add(pid) { isMeant(pid) }
            if group > 1, group != own.group { groups.insert(group) }
        }
        return ladder
    }

    private func isMeant(_ pid: Int32) -> Bool {
        if let ticks = leaders[pid], isSame(pid, startTicks: ticks) { return true }
        let environment = environment(of: pid)
        guard environment.isEmpty else {
            return environment.split(separator: 0).contains { $0.elementsEqual(marker) }
        }
        guard groups.contains(getpgid(pid)), let state = statFields(of: pid)?.first else {
            return false
        }
        return state != "Z"
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

/// What a process was started with, at most some 4 MiB of it; nothing where it may not be read.
private func environment(of pid: Int32) -> [UInt8] {
    let number = unsafe weir_open("/proc/\(pid)/environ", O_RDONLY | O_CLOEXEC, 0)
    guard number >= 0 else { return [] }
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
