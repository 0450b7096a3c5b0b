import CLinux
import Glibc
import Pipeline
import Telemetry

/// `weir top` on a terminal: the alternate screen, which is left as it was found.
struct TopShell {
    private let setting: Setting
    private let source: TopSource
    private let interval: Duration
    private let resizes: Int32

    init(_ setting: Setting, _ source: TopSource, _ interval: Duration) {
        self.setting = setting
        self.source = source
        self.interval = interval
        // Before any other thread is there to take it.
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGWINCH)
        pthread_sigmask(SIG_BLOCK, &set, nil)
        resizes = signalfd(-1, &set, Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK))
    }

    func run() throws -> Int32 {
        // What cannot be had at all is said on the usual screen.
        var (table, load) = try source.sample()
        var problem: String?
        let keys = KeyInput()
        Console.write("\u{1b}[?1049h\u{1b}[?25l", to: 1)
        defer {
            Console.write("\u{1b}[?25h\u{1b}[?1049l", to: 1)
            keys.restore()
        }
        var next = ContinuousClock.now + interval
        while true {
            draw(table, load, problem)
            switch wait(until: next, keys) {
            case .end(let code): return code
            case .again: continue
            case .time: break
            }
            do {
                (table, load) = try source.sample()
                problem = nil
            } catch let error as CommandError where error.exitCode > ExitCode.timeout {
                return error.exitCode
            } catch {
                let words = "\(error)".split(separator: "\n").prefix(2).joined(separator: " ")
                problem = "not up to date: \(words)"
            }
            next = .now + interval
        }
    }

    private func draw(_ table: TopTable, _ load: String?, _ problem: String?) {
        let rows = Console.size(of: 1)?.rows ?? 24
        let face = TopText(style: setting.style(of: 1), rows: rows)
        let lines = face.lines(table, source.head(setting, load, problem: problem))
        let text = lines.map { $0 + "\u{1b}[K\r\n" }.joined()
        Console.write("\u{1b}[H" + text + "\u{1b}[J", to: 1)
    }

    private enum News {
        case time
        /// The terminal has another size.
        case again
        case end(Int32)
    }

    private func wait(until deadline: ContinuousClock.Instant, _ keys: KeyInput) -> News {
        while true {
            let left = max(.zero, deadline - .now).components
            let milliseconds = left.seconds * 1_000 + left.attoseconds / 1_000_000_000_000_000 + 1
            var polls = [
                pollfd(fd: SignalQueue.shared, events: Int16(POLLIN), revents: 0),
                pollfd(fd: resizes, events: Int16(POLLIN), revents: 0),
                pollfd(fd: keys.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            _ = poll(&polls, 3, Int32(clamping: milliseconds))
            if polls[0].revents != 0, let signal = SignalQueue.read().first {
                return .end(ExitCode.signal(signal))
            }
            if polls[2].revents != 0, keys.wantsEnd() { return .end(ExitCode.success) }
            if polls[1].revents != 0 {
                var info = signalfd_siginfo()
                while read(resizes, &info, MemoryLayout<signalfd_siginfo>.size) > 0 {}
                return .again
            }
            if ContinuousClock.now >= deadline { return .time }
        }
    }
}

/// Keys as they are pressed, where standard input is a terminal.
private final class KeyInput {
    /// -1, which poll(2) passes over, where nobody types.
    private(set) var descriptor: Int32 = -1
    private var before = termios()

    init() {
        guard isatty(0) == 1, tcgetattr(0, &before) == 0 else { return }
        var mode = before
        mode.c_lflag &= ~tcflag_t(ICANON | ECHO)
        withUnsafeMutableBytes(of: &mode.c_cc) { keys in
            keys[Int(VMIN)] = 0
            keys[Int(VTIME)] = 0
            // Whoever is stopped or dumped by a key could not leave the screen as it was.
            keys[Int(VSUSP)] = 0
            keys[Int(VQUIT)] = 0
        }
        guard tcsetattr(0, TCSANOW, &mode) == 0 else { return }
        descriptor = 0
    }

    func restore() {
        guard descriptor >= 0 else { return }
        tcsetattr(0, TCSAFLUSH, &before)
        descriptor = -1
    }

    /// Whether q was pressed, or nobody can type any more.
    func wantsEnd() -> Bool {
        var keys = [UInt8](repeating: 0, count: 64)
        let count = read(0, &keys, keys.count)
        if count < 0 { return errno != EINTR && errno != EAGAIN }
        // The terminal is gone: poll(2) would not wait any more.
        if count == 0 { return true }
        return keys.prefix(count).contains { $0 == UInt8(ascii: "q") || $0 == UInt8(ascii: "Q") }
    }
}
