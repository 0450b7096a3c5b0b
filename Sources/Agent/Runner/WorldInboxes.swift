import CLinux
import Glibc
import Pipeline
import Transport

/// The signals that ask a run to end, as a descriptor.
///
/// They are blocked for the whole process (`SignalInbox.block`) before any thread starts, so that
/// only this descriptor sees them.
package struct SignalInbox: ~Copyable {
    private let signals: FileDescriptor

    var descriptor: Int32 { signals.number }

    init() {
        var set = SignalInbox.set
        let flags = Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK)
        signals = FileDescriptor(unsafe signalfd(-1, &set, flags))
    }

    /// Call once, on the main thread, before any other thread exists.
    package static func block() {
        var set = SignalInbox.set
        // Children are waited for by their pidfds. While the engine blocks all signals to start
        // one, the end of another would wake some thread that does not, for nothing.
        unsafe sigaddset(&set, SIGCHLD)
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        // Whoever reads our output may leave; a failed write says so well enough.
        signal(SIGPIPE, SIG_IGN)
    }

    func read() -> [Int32] {
        var found: [Int32] = []
        var info = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        while unsafe Glibc.read(signals.number, &info, size) == size {
            found.append(Int32(bitPattern: info.ssi_signo))
        }
        return found
    }

    private static var set: sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for number in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&set, number) }
        return set
    }
}

/// Tells when a file is renamed into a folder.
struct InboxWatch: ~Copyable {
    private let inotify: FileDescriptor

    var descriptor: Int32 { inotify.number }

    init(folder: String) throws(SystemError) {
        let number = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        guard number >= 0 else { throw SystemError("inotify_init1") }
        guard unsafe inotify_add_watch(number, folder, UInt32(IN_MOVED_TO)) >= 0 else {
            let error = SystemError("inotify_add_watch", folder)
            _ = close(number)
            throw error
        }
        inotify = FileDescriptor(number)
    }

    /// Forgets what was reported; the folder itself is what is read.
    func drain() {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while unsafe Glibc.read(inotify.number, &buffer, buffer.count) > 0 {}
    }
}

/// Gives the controlling terminal to a child that has our standard streams, as a shell does for
/// the job in the foreground, and takes it back.
struct TerminalForeground {
    private var previous: Int32?

    mutating func hand(to group: Int32) {
        guard isatty(0) == 1 else { return }
        if previous == nil { previous = tcgetpgrp(0) }
        // We are in the background from here on; the terminal would stop us for asking.
        ignoringTerminalOutput { _ = tcsetpgrp(0, group) }
        // It may have asked for input before it was allowed to, and been stopped.
        _ = kill(-group, SIGCONT)
    }

    mutating func restore() {
        guard let group = previous else { return }
        previous = nil
        ignoringTerminalOutput { _ = tcsetpgrp(0, group) }
    }

    private func ignoringTerminalOutput(_ body: () -> Void) {
        let before = signal(SIGTTOU, SIG_IGN)
        body()
        signal(SIGTTOU, before)
    }
}
