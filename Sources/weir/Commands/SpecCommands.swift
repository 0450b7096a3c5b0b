import Agent
import Pipeline
import Telemetry

extension Command {
    static let validate = Command(
        name: "validate",
        operands: "[FILE]",
        operandCount: 0...1,
        summary: "check a pipeline file; every error at once, with its place",
        details: ["FILE is \(PipelineFile.standardName) where it is not given."],
        options: [CommandTable.json]
    ) { arguments in
        let setting = Setting()
        if arguments.has("json") {
            let path = arguments.operands.first ?? PipelineFile.standardName
            let reading = PipelineFile.read(try setting.readFile(path), path, setting)
            Console.out(String(decoding: reading.json, as: UTF8.self))
            return reading.plan == nil ? ExitCode.usage : ExitCode.success
        }
        let file = try PipelineFile(arguments.operands.first, setting: setting)
        let count = file.plan.steps.count
        Console.out("\(file.path): \(file.plan.name), \(HumanText.count(count, "step")), no errors")
        return ExitCode.success
    }

    static let plan = Command(
        name: "plan",
        operands: "[FILE]",
        operandCount: 0...1,
        summary: "show what a pipeline would do: its steps in waves, and what each needs",
        details: [
            "From what the steps of the last runs took it says how long a run would take with 1,",
            "2, 4, … workers, what more of them would save, and what they would idle.",
        ],
        options: [
            CommandTable.json,
            Option(name: "workers", value: "N", help: "also estimate a run with N workers"),
            Option(name: "next", value: "N", help: "when its schedules begin the next N runs"),
        ]
    ) { arguments in
        let setting = Setting()
        let file = try PipelineFile(arguments.operands.first, setting: setting)
        let (now, next) = (RunClock.wallNow, try arguments.number("next", in: 1...10_000))
        if next != nil, file.plan.schedules.isEmpty {
            throw CommandError("\(file.path) has no `schedule`", exitCode: ExitCode.usage)
        }
        let upcoming = next.map { file.plan.upcoming(after: now, count: $0) }
        let workers = try arguments.number("workers", in: 1...10_000) ?? file.plan.workers
        // Without a state folder nothing has run yet.
        let history = (try? setting.state())?.baselines(of: file.plan.name) ?? Baselines()
        let estimate = PlanEstimate(file.plan, history, workers: workers)
        if arguments.has("json") {
            let json = PlanJSON.json(file.plan, estimate: estimate, upcoming: upcoming)
            Console.out(String(decoding: json, as: UTF8.self))
        } else {
            let style = setting.style(of: 1)
            let lines = PlanText.lines(file.plan, style: style)
            let words = EstimateText.lines(estimate, of: file.plan, style: style)
            let runs = upcoming.map {
                [""] + UpcomingText.lines($0, of: file.plan, at: now, style: style)
            }
            Console.out((lines + [""] + words + (runs ?? [])).joined(separator: "\n"))
        }
        return ExitCode.success
    }

    static let schema = Command(
        name: "schema",
        operands: "",
        operandCount: 0...0,
        summary: "print the JSON Schema of pipeline files",
        options: [Option(name: "markdown", help: "print the reference of all keys instead")]
    ) { arguments in
        Console.out(
            arguments.has("markdown")
                ? KeyReference.markdown()
                : String(decoding: PipelineSchema.json(), as: UTF8.self)
        )
        return ExitCode.success
    }
}
