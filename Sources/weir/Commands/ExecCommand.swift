import Agent
import Glibc
import Pipeline
import Telemetry

extension Command {
    static let exec = Command(
        name: "exec",
        operands: "-- CMD [ARG …]",
        operandCount: 1...10_000,
        passesOn: true,
        summary: "run one command as a recorded, traced run",
        details: [
            "The command has weir's own standard streams, byte for byte. Exit status: the",
            "command's own, 128+n by signal n, 124 timeout, 125 weir's own error, 126 and 127 as",
            "shells do.",
        ],
        options: [
            Option(name: "name", value: "NAME", help: "the pipeline's name (the command's)"),
            Option(name: "timeout", value: "DURATION", help: "for each attempt: 90s, 1h30m"),
            Option(name: "retry", value: "N", help: "attempts in all (1)"),
            overlap,
            Option(
                name: "expect-every",
                value: "DURATION",
                help: "the agent tells when no run of it has succeeded for so long; 0s: no more"
            ),
            Option(name: "quiet", help: "say nothing even when the command cannot be started"),
        ] + LogOptions.all,
        plannedOptions: ["otlp-logs"]
    ) { arguments in
        try ExecShell(arguments).run()
    }
}

/// `weir exec`: a pipeline of one step whose command has our own streams.
private struct ExecShell {
    let arguments: Arguments
    let setting = Setting()

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    func run() throws -> Int32 {
        let state = try setting.state()
        let (runSetting, _) = setting.runSetting(state: state)
        var new = try newRun(state)
        // Before anything can go wrong: what never begins is overdue as well.
        try expect(new.plan.name, state)
        guard try arguments.enter(&new, state) else { return ExitCode.success }
        let listener = Subscription()
        let log = try LogOptions.runLog(arguments)
        defer { log?.stop() }
        let session = try RunSession(
            new: new,
            in: state,
            setting: runSetting,
            listeners: [listener] + log.listeners(of: new.id)
        )
        let end = try session.run()
        listener.close()
        var snapshot = RunSnapshot(plan: session.plan)
        for event in listener.next(waitingAtMost: .zero).events { _ = snapshot.apply(event) }
        try session.folder.writeReport(RunReport.json(snapshot))
        if end.outcome.result == .success, arguments.has("expect-every") {
            try? Expectation.noteSuccess(
                begunAt: new.scheduledAt,
                of: new.plan.name,
                in: state
            )
        }
        _ = session.finishExport()
        try? RunCollector(in: state).collectAfterRun(at: RunClock.wallNow)
        return exitCode(end, snapshot.steps.first?.attempts.last?.end, session.cancelSignal)
    }

    private func expect(_ name: String, _ state: StateFolder) throws {
        guard let text = arguments.value("expect-every") else { return }
        guard let every = try? DurationText.parse(text) else {
            let form = "write 90m, 1h30m, 1d; 0s to expect it no more"
            throw UsageError("`--expect-every \(text)`: \(form)", arguments.command)
        }
        try state.prepare()
        try Expectation.begin(every: every, of: name, in: state, at: RunClock.wallNow)
    }

    private func exitCode(_ end: RunEnd, _ attempt: AttemptEnd?, _ signal: Int32?) -> Int32 {
        if end.outcome.reason == .launch {
            if !arguments.has("quiet") {
                Console.error("weir exec: \(attempt?.message ?? "cannot start")")
            }
            let exists = ProgramSearch.exists(
                arguments.operands[0],
                path: setting.environment["PATH"]
            )
            return exists ? ExitCode.notExecutable : ExitCode.notFound
        }
        if end.outcome.result == .timeout { return ExitCode.timeout }
        if let code = attempt?.exitCode { return code }
        if let number = attempt?.signal { return ExitCode.signal(number) }
        return ExitCode.of(end.outcome, cancelSignal: signal)
    }

    private func newRun(_ state: StateFolder) throws -> NewRun {
        let name = try pipelineName()
        let spec = try spec(name)
        let reading = PipelineReader.read(spec, file: "weir exec")
        guard let plan = reading.plan else {
            throw CommandError(
                reading.diagnostics.map(\.message).joined(separator: "\n"),
                exitCode: ExitCode.wrapperFailed
            )
        }
        var run = NewRun(
            id: setting.newRunID(),
            plan: plan,
            document: PlanDocument(
                pipeline: name,
                file: "weir exec",
                directory: setting.workingFolder,
                spec: String(decoding: spec, as: UTF8.self),
                specDigest: SHA256Digest(of: spec).description,
                trigger: RunTrigger.exec,
                outputs: state.outputsPath
            ),
            params: [],
            secrets: [:],
            scheduledAt: RunClock.wallNow
        )
        run.isCaptured = false
        return run
    }

    /// `--name`, or the command's own name as far as a pipeline may be called so.
    private func pipelineName() throws -> String {
        if let name = arguments.value("name") {
            guard name.wholeMatch(of: /[a-z0-9][a-z0-9-]{0,62}/) != nil else {
                throw UsageError(
                    "`--name \(name)`: lower-case letters, digits and dashes",
                    arguments.command
                )
            }
            return name
        }
        let base = arguments.operands[0].split(separator: "/").last.map(String.init) ?? ""
        let characters = base.lowercased().map { character in
            character.isASCII && (character.isLetter || character.isNumber) ? character : "-"
        }
        let name = String(characters.drop { $0 == "-" }.prefix(63))
        return name.isEmpty ? "exec" : name
    }

    /// The pipeline as the JSON that a resume reads.
    private func spec(_ name: String) throws -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("name")
        json.string(name)
        json.key("steps")
        json.beginObject()
        json.key("command")
        json.beginObject()
        json.key("exec")
        json.beginArray()
        for word in arguments.operands {
            json.string(
                word.split(separator: "${", omittingEmptySubsequences: false).joined(
                    separator: "$${"
                )
            )
        }
        json.endArray()
        if let timeout = arguments.value("timeout") {
            guard (try? DurationText.parse(timeout)) != nil else {
                throw UsageError("`--timeout \(timeout)`: write 90s, 5m, 1h30m", arguments.command)
            }
            json.key("timeout")
            json.string(timeout)
        }
        if let attempts = try arguments.number("retry", in: 1...1_000) {
            json.key("retry")
            json.beginObject()
            json.key("attempts")
            json.integer(attempts)
            json.endObject()
        }
        json.endObject()
        json.endObject()
        json.endObject()
        return json.bytes
    }
}
