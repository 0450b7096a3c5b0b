import Agent
import CLinux
import Glibc
import Pipeline
import Telemetry
import Transport

extension Command {
    static let serve = Command(
        name: "serve",
        operands: "DIR",
        operandCount: 1...1,
        summary: "serve the pipelines of a folder: runs by request, health, an API",
        details: [
            "A file that cannot be read is reported, and the rest are served; one that changes is",
            "read anew at once, as all are after SIGHUP, and a mistake in it leaves what it said",
            "before. Runs begin by the pipelines' schedules, and those that a crash or a restart",
            "interrupted go on by themselves. SIGTERM starts nothing more, lets what runs end within",
            "the grace, and leaves the rest to the next start; a second one cancels the runs, a third",
            "one does not wait for that.",
        ],
        options: [
            Option(
                name: "listen",
                value: "ADDRESS",
                help: "127.0.0.1:PORT, [::1]:PORT or unix:PATH (\(ServeAddresses.standard))",
                isRepeatable: true
            ),
            Option(
                name: "grace",
                value: "DURATION",
                help:
                    "how long it may take to end after SIGTERM (\(DurationText.human(standardGrace)))"
            ),
        ] + RetentionOptions.all + [LogOptions.output] + LogOptions.all,
        plannedOptions: ["token-file", "jwt-key-file", "open", "enable-faults"]
    ) { arguments in
        try AgentShell(Setting(), arguments).run()
    }
}

/// What Kubernetes allows by default, with something to spare.
private let standardGrace = Duration.seconds(25)

/// An agent in front of a terminal or a service manager.
private struct AgentShell {
    let setting: Setting
    let state: StateFolder
    let addresses: ServeAddresses
    let folder: String
    let limits: RetentionLimits
    let arguments: Arguments
    let log: AgentLog
    let grace: Duration
    let service: ServiceNotifier

    init(_ setting: Setting, _ arguments: Arguments) throws {
        // Before anything is opened, which might get the number of a socket that is missing.
        addresses = try ServeAddresses(arguments, setting.environment)
        self.setting = setting
        state = try setting.state()
        self.arguments = arguments
        folder = arguments.operands[0]
        limits = try RetentionOptions.limits(arguments)
        log = try LogOptions.agentLog(arguments, setting)
        grace = try Self.grace(arguments)
        service = ServiceNotifier(setting.environment) { [log] in log.tell($0, .warn) }
    }

    private static func grace(_ arguments: Arguments) throws -> Duration {
        guard let text = arguments.value("grace") else { return standardGrace }
        guard let grace = try? DurationText.parse(text), grace > .zero else {
            throw UsageError(
                "`--grace \(text)`: a duration such as 25s is meant",
                arguments.command
            )
        }
        return grace
    }

    func run() throws -> Int32 {
        // Whatever ends it: what is queued is written.
        defer { log.stop() }
        let pipelines = try loaded()
        var (runSetting, warnings) = setting.runSetting(state: state)
        try LogOptions.sendOutput(arguments, &runSetting)
        for warning in warnings + service.warnings { say("warning: \(warning)", .warn) }
        let agent: AgentProcess
        do {
            agent = try AgentProcess(
                runSetting,
                in: state,
                pipelines: pipelines,
                listen: addresses.wanted,
                inherited: addresses.inherited,
                keeping: limits,
                log: log,
                newID: { Setting().newRunID() },
                tell: { [log] in log.tell($0, .warn) }
            )
        } catch let error as StateError {
            throw CommandError(words(for: error), exitCode: ExitCode.error)
        }
        for notice in agent.notices { say(notice, .warn) }
        announce(agent)
        agent.report(to: service, status: agent.statusText(next: agent.nextDueText))
        agent.reload.watch { [service] in
            service.reloading()
        } end: { [service, weak agent] in
            if let agent { service.ready(status: agent.statusText(next: agent.nextDueText)) }
        }
        try waitForEnd(of: agent)
        return ExitCode.success
    }

    /// Tells a person something at the start; before the agent listens, nobody has to wait.
    private func say(_ text: String, _ level: LogLevel) {
        if log.isJSON { log.tell(text, level) } else { Console.error("weir: \(text)") }
    }

    private func loaded() throws -> PipelineFolder {
        let pipelines: PipelineFolder
        do {
            let zones = ZoneFiles(environment: setting.environment)
            pipelines = try PipelineFolder(folder, zones: zones.source)
        } catch {
            throw CommandError("\(error)", exitCode: ExitCode.usage)
        }
        for fault in pipelines.faults {
            say("\(fault.file) is not served\n\(fault.text)", .error)
        }
        if pipelines.pipelines.isEmpty {
            say("no pipeline in \(folder): there is nothing that could be started", .warn)
        }
        return pipelines
    }

    private func words(for error: StateError) -> String {
        guard case .locked(let path, let pid) = error, path == state.agentLockPath else {
            return error.description
        }
        let who = pid > 0 ? "process \(pid)" : "another process"
        return "the agent \(who) serves \(state.path) already; "
            + "end it first, or set WEIR_STATE_DIR to another folder"
    }

    private func announce(_ agent: AgentProcess) {
        let names = agent.desk.pipelines.names
        let count = HumanText.count(names.count, "pipeline")
        var lines = ["weir \(WeirVersion.text) serves \(count) of \(folder)"]
        for address in agent.addresses {
            if case .internet = address.kind {
                lines.append("  http://\(address)")
            } else {
                lines.append("  \(address)")
            }
        }
        if !names.isEmpty { lines.append("  pipelines: \(names.joined(separator: ", "))") }
        lines.append("  state: \(state.path)")
        lines += scrapeSnippet(agent)
        Console.out(lines.joined(separator: "\n"))
    }

    /// Ready to be pasted under `scrape_configs:`.
    private func scrapeSnippet(_ agent: AgentProcess) -> [String] {
        let targets = agent.addresses.compactMap { address -> String? in
            guard case .internet = address.kind else { return nil }
            return "\"\(address)\""
        }
        guard !targets.isEmpty else { return [] }
        return [
            "for Prometheus:", "  scrape_configs:", "    - job_name: weir",
            "      static_configs:", "        - targets: [\(targets.joined(separator: ", "))]",
        ]
    }

    /// The first signal drains, the second ends the runs, the third does not wait for them; SIGHUP
    /// reads the files anew.
    private func waitForEnd(of agent: AgentProcess) throws {
        let ended = EventDescriptor()
        var leaving: GracePeriod?
        var polls = [
            pollfd(fd: SignalQueue.shared, events: Int16(POLLIN), revents: 0),
            pollfd(fd: ended?.number ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        var count = 0
        while polls[1].revents == 0 {
            let found = poll(&polls, nfds_t(polls.count), leaving?.millisecondsLeft ?? -1)
            if found == 0, let period = leaving {
                agent.interruptRuns(grace: period.forAttempts)
                leaving = nil
            }
            guard found > 0 else { continue }
            for signal in SignalQueue.read() {
                if signal == SIGHUP {
                    agent.reload.request()
                    continue
                }
                count += 1
                // Not by this thread: it must not wait for whoever reads stderr.
                log.tell(words(for: signal, count, agent))
                switch count {
                case 1:
                    leaving = GracePeriod(grace, from: .now)
                    agent.reportEnd(to: service)
                    agent.drain { ended?.signal() }
                case 2: agent.cancelRuns(by: "shutdown", isForced: true)
                default:
                    log.stop()
                    exit(ExitCode.signal(signal))
                }
            }
        }
        try agent.stop()
    }

    private func words(for signal: Int32, _ count: Int, _ agent: AgentProcess) -> String {
        let runs = agent.desk.host.active.count
        switch count {
        case 1 where runs == 0: return "shutting down"
        case 1:
            return "shutting down when \(HumanText.count(runs, "run")) have ended, within "
                + "\(DurationText.human(grace)); once more to cancel them"
        case 2: return "ending \(runs) runs; once more not to wait"
        default: return "given up at the third signal"
        }
    }
}

/// How the time that an agent has to end is divided.
struct GracePeriod {
    /// What attempts have between SIGTERM and SIGKILL, once it is their turn.
    let forAttempts: Duration
    private let end: ContinuousClock.Instant

    /// The last of it is for the processes that do not end by themselves, and for what is to be
    /// written and sent after them.
    init(_ grace: Duration, from now: ContinuousClock.Instant) {
        forAttempts = min(.seconds(5), grace / 4)
        end = now + grace - forAttempts - min(.seconds(2), grace / 4)
    }

    /// Until attempts are to be ended, for poll(2).
    var millisecondsLeft: Int32 {
        let left = max(.zero, end - .now)
        return Int32(clamping: Int64(left / .milliseconds(1)) + 1)
    }
}

/// The blocked signals that end a process, read from a descriptor.
enum SignalQueue {
    static let shared: Int32 = {
        var set = sigset_t()
        sigemptyset(&set)
        for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&set, number) }
        return signalfd(-1, &set, Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK))
    }()

    static func read() -> [Int32] {
        var found: [Int32] = []
        var info = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        while Glibc.read(shared, &info, size) == size {
            found.append(Int32(bitPattern: info.ssi_signo))
        }
        return found
    }
}
