import Agent

extension Command {
    static let cancel = Command(
        name: "cancel",
        operands: "RUN",
        operandCount: 1...1,
        summary: "ask a run to end, whoever runs it",
        details: [runReference] + CommandTable.places,
        options: [
            Option(name: "force", help: "wait for nothing: SIGKILL at once"),
            CommandTable.agent, CommandTable.json,
        ]
    ) { arguments in
        let runs = try Setting().runReader(arguments)
        let run = try runs.find(arguments.operands[0])
        let owner = try runs.cancel(run, isForced: arguments.has("force"))
        if arguments.has("json") {
            let answer = CancelBody.answer(for: run.id, owner: owner)
            Console.write(String(decoding: answer, as: UTF8.self), to: 1)
        } else if let owner {
            Console.out("asked process \(owner) to end run \(run.id)")
        } else {
            Console.out("nobody runs \(run.id) now: the request waits for `weir resume \(run.id)`")
        }
        return ExitCode.success
    }

    static let version = Command(
        name: "version",
        operands: "",
        operandCount: 0...0,
        summary: "print the version",
        options: [CommandTable.json]
    ) { arguments in
        Console.out(
            arguments.has("json")
                ? #"{"version":"\#(WeirVersion.text)"}"# : "weir \(WeirVersion.text)"
        )
        return ExitCode.success
    }
}
