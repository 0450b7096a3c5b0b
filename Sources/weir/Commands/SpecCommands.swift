import Pipeline
import Telemetry

extension Command {
    static let validate = Command(
        name: "validate",
        operands: "[FILE]",
        operandCount: 0...1,
        summary: "check a pipeline file; every error at once, with its place",
        details: ["FILE is \(PipelineFile.standardName) where it is not given."]
    ) { arguments in
        let file = try PipelineFile(arguments.operands.first, setting: Setting())
        let count = file.plan.steps.count
        Console.out("\(file.path): \(file.plan.name), \(HumanText.count(count, "step")), no errors")
        return ExitCode.success
    }

    static let plan = Command(
        name: "plan",
        operands: "[FILE]",
        operandCount: 0...1,
        summary: "show what a pipeline would do: its steps in waves, and what each needs",
        options: [CommandTable.json]
    ) { arguments in
        let setting = Setting()
        let file = try PipelineFile(arguments.operands.first, setting: setting)
        if arguments.has("json") {
            Console.out(String(decoding: PlanJSON.json(file.plan), as: UTF8.self))
        } else {
            let lines = PlanText.lines(file.plan, style: setting.style(of: 1))
            Console.out(lines.joined(separator: "\n"))
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
