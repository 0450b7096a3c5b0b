import Agent
import Glibc
import Pipeline
import Telemetry

extension Command {
    static let logs = Command(
        name: "logs",
        operands: "[RUN [STEP]]",
        operandCount: 0...2,
        summary: "print what the steps of a run printed",
        details: [
            runReference + " Without it the last run is meant.",
            "One attempt is printed as it was, byte for byte; several with their names in front.",
            "--follow ends with the run, exit status 3 when that was interrupted.",
        ] + CommandTable.places,
        options: [
            Option(name: "attempt", value: "N", help: "only attempts with this number"),
            Option(name: "follow", help: "go on until the run has ended", letter: "f"),
            Option(name: "timestamps", help: "the time in front of each line", letter: "t"),
            Option(name: "stdout", help: "only what came on standard output"),
            Option(name: "stderr", help: "only what came on standard error"),
            Option(name: "tail", value: "N", help: "the last N lines of each attempt"),
            CommandTable.agent,
            Option(name: "json", help: "one JSON object for each line"),
        ]
    ) { arguments in
        try LogsShell(arguments).run()
    }
}

/// `weir logs`, with and without `--follow`.
private struct LogsShell {
    private let folder: RunFolder
    private let selection: RunLogIndex.Selection
    private let tail: RunLogTail
    private let follows: Bool
    private var style: LogStyle
    /// Later attempts of a step that was asked for alone are told apart when they come.
    private let namesLater: Bool
    private let runs: any RunReader
    /// What an agent has of them; `nil`: they are in the folder.
    private let remote: RemoteLogs?

    init(_ arguments: Arguments) throws {
        runs = try Setting().runReader(arguments)
        let run = try runs.find(arguments.operands.first ?? "last")
        remote = try runs.logs(of: run)
        folder = try runs.folder(of: run)
        follows = arguments.has("follow")
        let (out, err) = (arguments.has("stdout"), arguments.has("stderr"))
        selection = RunLogIndex.Selection(
            step: arguments.operands.dropFirst().first,
            attempt: try arguments.number("attempt", in: 1...1_000_000),
            stream: out == err ? nil : out ? .stdout : .stderr
        )
        style = LogStyle(isJSON: arguments.has("json"), showsTime: arguments.has("timestamps"))
        let last = try arguments.number("tail", in: 0...1_000_000)
        let steps = (try? folder.stepNames()) ?? []
        let reader = remote.map { [follows] remote in
            { follows ? remote.follower(of: $0) : remote.reader(of: $0) }
        }
        let preview = try RunLogTail(folder, selection, wantsLines: true, reader: reader)
        try Self.checkStep(selection, preview.index, steps)
        let isSeveral =
            preview.printed.count > 1
            || (follows && selection.step == nil && steps.count > 1)
        namesLater = follows && !isSeveral
        if isSeveral {
            let names = preview.printed.map { preview.index.source(of: $0).label }
            let widest = (names + (follows ? steps : [])).map(\.utf8.count).max() ?? 0
            style.labelWidth = min(widest, 24)
        }
        tail = try RunLogTail(
            folder,
            selection,
            wantsLines: !style.isBare,
            last: last,
            reader: reader
        )
    }

    private static func checkStep(
        _ selection: RunLogIndex.Selection,
        _ index: RunLogIndex,
        _ planned: [String]
    ) throws {
        guard let step = selection.step, !index.steps.contains(step), !planned.contains(step)
        else { return }
        let known = (planned.isEmpty ? index.steps.sorted() : planned).joined(separator: ", ")
        throw CommandError("run \(index.folder.id) has no step `\(step)`; it has \(known)")
    }

    func run() throws -> Int32 {
        let page = LogPage(style, namesLater: namesLater)
        let code = try follows ? follow(page) : read(page)
        return page.flush() ? code : page.exitCode
    }

    private func read(_ page: LogPage) throws -> Int32 {
        if try tail.read(page.append) { _ = tail.finish(page.append) }
        if let fault = remote?.fault {
            // What was read is shown: it may be what somebody looks for.
            _ = page.flush()
            throw fault
        }
        return ExitCode.success
    }

    // MARK: - Following

    /// How soon a line is shown; nobody notices less.
    private static let interval = Duration.milliseconds(100)
    /// An agent is asked for all of it each time: as much of its time and ours goes into that.
    private static let shareOfTime = 10
    /// How long an agent that has ended may take to come back and go on with its runs.
    private static let patience = Duration.seconds(10)

    private func follow(_ page: LogPage) throws -> Int32 {
        var lostAt: ContinuousClock.Instant?
        while true {
            let start = ContinuousClock.now
            let isOwned = try runs.refresh(folder) != nil
            guard try tail.read(page.append), page.flush() else { return page.exitCode }
            if let fault = remote?.fault { throw fault }
            if tail.index.isOver { return ExitCode.success }
            if isOwned {
                lostAt = nil
            } else {
                lostAt = lostAt ?? .now
                if let lostAt, ContinuousClock.now - lostAt >= patience {
                    return interrupted(page)
                }
            }
            let took = remote == nil ? .zero : ContinuousClock.now - start
            let pause = max(Self.interval, took * Self.shareOfTime)
            guard page.pause(Int32(clamping: Int64(pause / .milliseconds(1)))) else {
                return page.exitCode
            }
        }
    }

    /// Runs of an agent go on by themselves; others wait for a person.
    private var patience: Duration {
        guard let trigger = tail.index.started?.trigger else { return .zero }
        return RunTrigger.isAgents(trigger) ? Self.patience : .zero
    }

    private func interrupted(_ page: LogPage) -> Int32 {
        _ = tail.finish(page.append)
        _ = page.flush()
        Console.error(
            "weir logs: run \(folder.id) was interrupted: nobody runs it; "
                + "go on with: weir resume \(folder.id)"
        )
        return ExitCode.error
    }
}

/// Standard output for a lot of lines: until its reader has gone, or somebody asks for the end.
private final class LogPage {
    private let style: LogStyle
    private let namesLater: Bool
    private var bytes: [UInt8] = []
    private(set) var exitCode = ExitCode.success
    private var isClosed = false

    init(_ style: LogStyle, namesLater: Bool) {
        self.style = style
        self.namesLater = namesLater
    }

    /// - Returns: False when nothing more is wanted.
    func append(_ source: LogSource, _ line: LogPiece) -> Bool {
        var style = style
        let isFirst = source.attempt.number == 1 && source.attempt.part == .main
        if namesLater, !isFirst { style.labelWidth = 0 }
        style.append(line, of: source, to: &bytes)
        return bytes.count < 64 << 10 || flush()
    }

    /// - Returns: False when nothing more is wanted.
    func flush() -> Bool {
        var start = 0
        while !isClosed, start < bytes.count {
            guard wait(for: Int16(POLLOUT), atMost: -1) else { break }
            // As much as a pipe that is ready takes at once: a signal must not have to wait.
            let count = min(4_096, bytes.count - start)
            let written = bytes.withUnsafeBytes { all in
                write(1, all.baseAddress.map { $0 + start }, count)
            }
            if written < 0, errno == EINTR || errno == EAGAIN { continue }
            guard written > 0 else {
                isClosed = true
                break
            }
            start += written
        }
        bytes.removeAll(keepingCapacity: true)
        return !isClosed
    }

    /// Waits, unless the reader has gone or somebody asks for the end.
    func pause(_ milliseconds: Int32) -> Bool {
        _ = wait(for: 0, atMost: milliseconds)
        return !isClosed
    }

    private func wait(for events: Int16, atMost milliseconds: Int32) -> Bool {
        var polls = [
            pollfd(fd: 1, events: events, revents: 0),
            pollfd(fd: SignalQueue.shared, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&polls, 2, milliseconds) > 0 else { return false }
        if polls[1].revents != 0, let signal = SignalQueue.read().first {
            exitCode = ExitCode.signal(signal)
            isClosed = true
        } else if polls[0].revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0 {
            isClosed = true
        }
        return !isClosed && polls[0].revents != 0
    }
}
