import CLinux
import Glibc

/// A program under test, in a process group of its own, its output in files.
package final class Subprocess {
    package let pid: Int32
    private let folder = TemporaryDirectory()
    private var status: Int32?

    /// - Parameters:
    ///   - words: argv; the first is the program's path.
    ///   - environment: All of it; nothing is inherited.
    ///   - directory: Where it works.
    package init(_ words: [String], environment: [String: String], directory: String = "/") {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        for (number, name) in [(Int32(1), "out"), (Int32(2), "err")] {
            let flags = O_WRONLY | O_CREAT | O_APPEND
            posix_spawn_file_actions_addopen(
                &actions,
                number,
                "\(folder.path)/\(name)",
                flags,
                0o600
            )
        }
        posix_spawnattr_setpgroup(&attributes, 0)
        // As from a shell, whatever the thread that starts it has blocked.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var arguments: [UnsafeMutablePointer<CChar>?] = (["/usr/bin/env", "-C", directory] + words)
            .map { strdup($0) }
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0)=\($1)") }
        arguments.append(nil)
        variables.append(nil)
        defer { for text in arguments + variables { free(text) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, "/usr/bin/env", &actions, &attributes, arguments, variables)
        precondition(code == 0, "cannot start \(words): \(String(cString: strerror(code)))")
        self.pid = pid
    }

    deinit {
        guard status == nil else { return }
        Glibc.kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
    }

    package var out: String { folder.read("out") ?? "" }
    package var err: String { folder.read("err") ?? "" }

    package func signal(_ number: Int32) {
        if status == nil { Glibc.kill(pid, number) }
    }

    /// Waits for the end.
    ///
    /// - Parameter limit: `nil` waits without one.
    /// - Returns: The exit status, 128 + n for a signal; `nil` when it still runs.
    package func wait(atMost limit: Duration? = nil) -> Int32? {
        if let status { return status }
        guard hasEnded(within: limit) else { return nil }
        var raw: Int32 = 0
        let reaped = waitpid(pid, &raw, 0)
        precondition(reaped == pid, "somebody else in this process has reaped \(pid)")
        let code = raw & 0x7f == 0 ? raw >> 8 & 0xff : 128 + raw & 0x7f
        status = code
        return code
    }

    private func hasEnded(within limit: Duration?) -> Bool {
        let pidfd = weir_pidfd_open(pid)
        precondition(pidfd >= 0, "no descriptor of \(pid): \(String(cString: strerror(errno)))")
        defer { close(pidfd) }
        let deadline = limit.map { ContinuousClock.now + $0 }
        while true {
            let left = deadline.map { max(.zero, $0 - .now) / .milliseconds(1) }
            var poller = pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)
            let count = poll(&poller, 1, left.map { Int32(min($0.rounded(.up), 1e9)) } ?? -1)
            // A signal is no end.
            if count < 0, errno == EINTR { continue }
            return count > 0
        }
    }

    /// kill -9, and waits until it is gone.
    package func killHard() {
        signal(SIGKILL)
        _ = wait()
    }
}

/// The program this package builds, beside the test bundle that asks.
package let weirBinary: String = {
    var buffer = [CChar](repeating: 0, count: 4_096)
    readlink("/proc/self/exe", &buffer, buffer.count - 1)
    let path = String(
        decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)),
        as: UTF8.self
    )
    return path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/weir"
}()
