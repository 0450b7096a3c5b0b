import Agent
import Glibc
import Pipeline
import Telemetry

extension Command {
    static let progress = Option(
        name: "progress",
        value: "MODE",
        help: "auto (bars on a terminal, else plain), bar, plain, json, none",
        choices: ["auto", "bar", "plain", "json", "none"]
    )

    static let overlap = Option(
        name: "overlap",
        value: "POLICY",
        help: "while another run of it goes on: allow (both run), skip, queue, replace",
        choices: OverlapPolicy.allCases.map(\.rawValue)
    )

    static let run = Command(
        name: "run",
        operands: "[FILE]",
        operandCount: 0...1,
        summary: "run a pipeline file to its end",
        details: [
            "FILE is \(PipelineFile.standardName) where it is not given. Ctrl-C cancels: running",
            "steps get SIGTERM, then SIGKILL after 10 s; a second Ctrl-C does not wait.",
            "--from and --only go on from the pipeline's last run: its parameters and slot, and the",
            "outputs and folders of its steps, which must be described in FILE as they were then.",
        ],
        options: [
            Option(
                name: "param",
                value: "NAME=VALUE",
                help: "set a parameter; repeatable",
                isRepeatable: true
            ),
            Option(name: "workers", value: "N", help: "attempts running at once"),
            Option(name: "outputs", value: "DIR", help: "where steps get their WEIR_DIR"),
            overlap, from, only, noCache, progress, CommandTable.report,
        ] + [LogOptions.output] + LogOptions.all,
        plannedOptions: ["dry-run", "limit", "mode", "test"]
    ) { arguments in
        try arguments.checkReport()
        let setting = Setting()
        let file = try PipelineFile(arguments.operands.first, setting: setting)
        let state = try setting.state()
        var new = try NewRunRequest(arguments, file, state, setting).run
        new.readsCache = !arguments.has("no-cache")
        guard try arguments.enter(&new, state) else {
            if arguments.has("json") { Console.out(#"{"run":null,"skipped":true}"#) }
            return ExitCode.success
        }
        return try RunShell(setting, state, arguments).run(new)
    }

    static let resume = Command(
        name: "resume",
        operands: "RUN",
        operandCount: 1...1,
        summary: "go on with a run whose process is gone",
        details: [
            "Processes it left running are ended first. Steps whose success is in the journal do",
            "not run again; attempts that were in flight are repeated.",
        ],
        options: [
            Option(
                name: "accept-loss",
                help: "go on with a damaged journal, as far as it can be read"
            ),
            progress, CommandTable.report,
        ] + [LogOptions.output] + LogOptions.all
    ) { arguments in
        try arguments.checkReport()
        let setting = Setting()
        let state = try setting.state()
        let folder = try state.resolve(arguments.operands[0])
        let policy = LossPolicy.accept { loss in
            Console.error("weir: the journal of run \(folder.id) is damaged: \(loss)")
        }
        return try RunShell(setting, state, arguments)
            .resume(folder, arguments.has("accept-loss") ? policy : .refuse)
    }
}

extension Arguments {
    /// A report is one value: nothing else is printed beside it.
    func checkReport() throws(UsageError) {
        guard has("json"), has("progress") else { return }
        throw UsageError("`--json` and `--progress` are given both: one of them", command)
    }

    /// Does what `--overlap` says before the run begins, and waits as long as that takes.
    ///
    /// - Returns: False when the run must not begin; somebody has been told.
    func enter(_ run: inout NewRun, _ state: StateFolder) throws -> Bool {
        let policy = value("overlap").flatMap(OverlapPolicy.init(rawValue:)) ?? .allow
        try state.prepare()
        run.overlap = try policy.enter(run.plan.name, for: run.id, in: state)
        if run.overlap == nil, !has("quiet") {
            Console.error("weir: skipped: another run of \(run.plan.name) goes on")
        }
        return run.overlap != nil
    }
}

/// The words of `weir run` as a run that may begin.
struct NewRunRequest {
    let run: NewRun

    init(
        _ arguments: Arguments,
        _ file: PipelineFile,
        _ state: StateFolder,
        _ setting: Setting
    )
        throws
    {
        let outputs = arguments.value("outputs").map { path in
            path.hasPrefix("/") ? path : setting.workingFolder + "/" + path
        }
        var request = RunRequest(
            plan: file.plan,
            spec: file.text,
            file: file.path,
            directory: file.directory(setting),
            trigger: RunTrigger.cli,
            outputs: outputs ?? state.outputsPath
        )
        request.params = try Self.params(arguments)
        request.workers = try Self.workers(arguments)
        let (id, environment) = (setting.newRunID(), setting.environment)
        guard let scope = try arguments.retryScope() else {
            run = try Command.refused {
                try request.newRun(id, scheduledAt: RunClock.wallNow, environment: environment)
            }
            return
        }
        let source = try Self.lastRun(of: file.plan.name, in: state)
        run = try Command.refused {
            try source.newRun(id, repeatedBy: request, scope, environment: environment)
        }
    }

    private static func lastRun(
        of pipeline: String,
        in state: StateFolder
    ) throws -> RetrySource {
        guard let folder = try state.lastRun(of: pipeline) else {
            throw CommandError(
                "`\(pipeline)` has not run before (looked in \(state.runsPath)): run all of it once",
                exitCode: ExitCode.usage
            )
        }
        return try RetrySource(folder)
    }

    private static func params(_ arguments: Arguments) throws -> [ParamResolution.Value] {
        try arguments.all("param").map { text in
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw UsageError("`--param \(text)`: NAME=VALUE is meant", arguments.command)
            }
            return (String(text[..<equals]), String(text[text.index(after: equals)...]))
        }
    }

    private static func workers(_ arguments: Arguments) throws -> Int? {
        guard let text = arguments.value("workers") else { return nil }
        guard let count = Int(text), (1...10_000).contains(count) else {
            throw UsageError(
                "`--workers \(text)`: a number from 1 to 10000",
                arguments.command
            )
        }
        return count
    }
}
