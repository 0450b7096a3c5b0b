import CLinux
import Glibc
import Pipeline
import Transport

/// Ends processes that nobody waits for any more: SIGTERM, the grace, SIGKILL.
///
/// Used where the machine is not running: for what a crashed Weir left behind, and for what steps
/// left behind that escaped their process groups.
struct ProcessLadder {
    private var targets: [Target] = []
    /// Whether what has ended is reaped at once.
    private let reaps: Bool

    private struct Target {
        var pid: Int32
        var pidfd: Int32
    }

    init(reaps: Bool = true) {
        self.reaps = reaps
    }

    /// Adds a process; one that is gone already is passed over.
    ///
    /// - Parameters:
    ///   - pid: Its number.
    ///   - isStill: Asked once the process is held fast by a pidfd: is it still the one meant?
    mutating func add(_ pid: Int32, isStill: () -> Bool = { true }) {
        let pidfd = weir_pidfd_open(pid)
        guard pidfd >= 0 else { return }
        guard isStill() else {
            _ = close(pidfd)
            return
        }
        targets.append(Target(pid: pid, pidfd: pidfd))
    }

    var pids: [Int32] { targets.map(\.pid) }

    /// Blocks until all are gone; at most the grace and what a SIGKILL takes.
    consuming func end(grace: Duration = Limits.grace) {
        signal(SIGTERM)
        signal(SIGCONT)
        wait(atMost: grace)
        signal(SIGKILL)
        wait(atMost: .seconds(5))
        for target in targets { _ = close(target.pidfd) }
    }

    private func signal(_ number: Int32) {
        for target in targets { _ = weir_pidfd_send_signal(target.pidfd, number) }
    }

    private mutating func wait(atMost limit: Duration) {
        let deadline = ContinuousClock.now + limit
        while !targets.isEmpty {
            // A pidfd is readable once its process has ended (pidfd_open(2)).
            var polls = targets.map { pollfd(fd: $0.pidfd, events: Int16(POLLIN), revents: 0) }
            let left = deadline - .now
            guard left > .zero else { return }
            let milliseconds = Int32(clamping: left.wholeNanoseconds / 1_000_000 + 1)
            _ = unsafe poll(&polls, nfds_t(polls.count), min(milliseconds, 1_000))
            var alive: [Target] = []
            for (target, poll) in zip(targets, polls) {
                if poll.revents == 0 {
                    alive.append(target)
                } else {
                    // Ours by birth or adoption: it must not stay a zombie.
                    if reaps { _ = waitpid(target.pid, nil, WNOHANG) }
                    _ = close(target.pidfd)
                }
            }
            targets = alive
        }
    }
}

/// Our own living children, adopted ones included; found by their parent's number, since not
/// every kernel lists a process's children.
func childProcesses() -> [Int32] {
    let own = String(getpid())
    return folderEntries("/proc").compactMap { name in
        guard let pid = Int32(name), let fields = statFields(of: pid), fields.count > 1,
            fields[1] == own, fields[0] != "Z"
        else { return nil }
        return pid
    }
}

/// Reaps children that have ended and that no attempt is about.
///
/// - Parameter known: Leaders of running attempts, which are reaped elsewhere.
/// - Returns: Whether there are children left.
@discardableResult
func reapAdopted(except known: Set<Int32>) -> Bool {
    while true {
        var info = unsafe siginfo_t()
        let options = WEXITED | WNOHANG | WNOWAIT
        guard unsafe waitid(P_ALL, 0, &info, options) == 0 else { return errno != ECHILD }
        let pid = unsafe info._sifields._sigchld.si_pid
        // An attempt's leader comes first until it is reaped; the next look gets further.
        guard pid != 0, !known.contains(pid) else { return true }
        _ = waitpid(pid, nil, WNOHANG)
    }
}

/// The fields of `/proc/<pid>/stat` from the third on: the state, the parent, and so on.
///
/// The name before them, in parentheses, may hold anything (proc(5)).
func statFields(of pid: Int32) -> [Substring]? {
    guard let bytes = readSmallFile("/proc/\(pid)/stat") else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    guard let name = text.lastIndex(of: ")") else { return nil }
    return text[text.index(after: name)...].split(separator: " ")
}

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
    // What is asked to end may start something else first, and what was started while the list was
    // read is not in it. What starts anew each time is given up at last.
    for _ in 0..<orphanRounds {
        let ladder = orphans(of: run, known: known)
        guard !ladder.pids.isEmpty else { break }
        count += ladder.pids.count
        ladder.end(grace: grace)
    }
    return count
}

private let orphanRounds = 4

private func orphans(of run: RunID, known: [KnownProcess]) -> ProcessLadder {
    var ladder = ProcessLadder()
    let marker = Array("WEIR_RUN_ID=\(run)".utf8)
    let own = getpid()
    let leaders = Dictionary(known.map { ($0.pid, $0.startTicks) }) { $1 }
    for name in folderEntries("/proc") {
        guard let pid = Int32(name), pid != own else { continue }
        if let ticks = leaders[pid], isSame(pid, startTicks: ticks) {
            ladder.add(pid) { isSame(pid, startTicks: ticks) }
        } else if environment(of: pid, contains: marker) {
            ladder.add(pid) { environment(of: pid, contains: marker) }
        }
    }
    return ladder
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

private func environment(of pid: Int32, contains marker: [UInt8]) -> Bool {
    let number = unsafe weir_open("/proc/\(pid)/environ", O_RDONLY | O_CLOEXEC, 0)
    guard number >= 0 else { return false }
    let descriptor = FileDescriptor(number)
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while bytes.count < 4 << 20 {
        let count = unsafe read(descriptor.number, &buffer, buffer.count)
        guard count > 0 else { break }
        bytes += buffer[..<count]
    }
    return bytes.split(separator: 0).contains { $0.elementsEqual(marker) }
}

/// Names in a folder; empty when it cannot be read.
func folderEntries(_ path: String) -> [String] {
    (try? entries(of: path)) ?? []
}
