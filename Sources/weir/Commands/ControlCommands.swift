import Agent
import Pipeline
import Transport

extension Command {
    static let cancel = Command(
        name: "cancel",
        operands: "RUN",
        operandCount: 1...1,
        summary: "ask a run to end, whoever runs it",
        details: [runReference],
        options: [Option(name: "force", help: "wait for nothing: SIGKILL at once")]
    ) { arguments in
        let state = try Setting().state()
        let folder = try state.resolve(arguments.operands[0])
        if try folder.snapshot().end != nil {
            throw CommandError("run \(folder.id) has ended already", exitCode: ExitCode.failure)
        }
        let owner = try folder.ownerPID()
        try folder.inbox.post(.cancel(by: "weir cancel", isForced: arguments.has("force")))
        if let owner {
            Console.out("asked process \(owner) to end run \(folder.id)")
        } else {
            Console.out(
                "nobody runs \(folder.id) now: the request waits for `weir resume \(folder.id)`"
            )
        }
        return ExitCode.success
    }

    static let version = Command(
        name: "version",
        operands: "",
        operandCount: 0...0,
        summary: "print the version"
    ) { _ in
        Console.out("weir \(WeirVersion.text)")
        return ExitCode.success
    }
}
