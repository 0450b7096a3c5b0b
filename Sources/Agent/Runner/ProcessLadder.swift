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

/// Names in a folder; empty when it cannot be read.
func folderEntries(_ path: String) -> [String] {
    (try? entries(of: path)) ?? []
}
