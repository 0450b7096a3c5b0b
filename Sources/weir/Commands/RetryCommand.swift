import Agent
import Pipeline
import Transport

extension Command {
    static let from = Option(
        name: "from",
        value: "STEP",
        help: "run this step and what needs it, reuse the rest"
    )
    static let only = Option(
        name: "only",
        value: "STEP",
        help: "run this step alone, with what its needs left"
    )

    static let noCache = Option(name: "no-cache", help: "do again what is cached, and keep it anew")

    static let retry = Command(
        name: "retry",
        operands: "RUN",
        operandCount: 1...1,
        summary: "repeat a finished run: what did not end well and all that needs it",
        details: [
            runReference, "",
            "A new run with the stored plan, parameters and slot, linked to the old one, which does",
            "not change. Steps that ended well are reused with their outputs and folders; secrets are",
            "read anew. It runs where the run is found: here, or on the agent.",
        ] + CommandTable.places,
        options: [
            from, only,
            CommandTable.agent,
            Option(
                name: "idempotency-key",
                value: "KEY",
                help: "start it once, however often an agent is asked with the same key"
            ),
            noCache, progress,
            Option(
                name: "json",
                help: "print one JSON value: the run's report, or what the agent answers"
            ),
        ]
    ) { arguments in
        let setting = Setting()
        let scope = try arguments.retryScope()
        if let agent = try setting.agent(arguments) {
            guard !arguments.has("no-cache") else {
                throw UsageError("`--no-cache` is not supported yet on an agent", arguments.command)
            }
            // With a key the agent may know the answer though the run is gone.
            if !arguments.has("idempotency-key") {
                _ = try AgentRuns(agent).find(arguments.operands[0])
            }
            return try RetryRequest(arguments, scope ?? .unfinished)
                .send(through: agent)
        }
        guard !arguments.has("idempotency-key") else {
            let why = "`--idempotency-key` is for a retry on an agent: --agent"
            throw UsageError(why, arguments.command)
        }
        try arguments.checkReport()
        let state = try setting.state()
        let folder = try state.resolve(arguments.operands[0])
        var new = try refused {
            try RetrySource(folder).newRun(
                setting.newRunID(),
                scope ?? .unfinished,
                trigger: RunTrigger.cli,
                environment: setting.environment
            )
        }
        new.readsCache = !arguments.has("no-cache")
        return try RunShell(setting, state, arguments).run(new)
    }

    /// Nothing was run because of what was given: exit status 2.
    static func refused(_ make: () throws -> NewRun) throws -> NewRun {
        do {
            return try make()
        } catch let error as StateError {
            throw error
        } catch {
            throw CommandError("\(error)\nnothing was run", exitCode: ExitCode.usage)
        }
    }
}

extension Arguments {
    /// What `--from` and `--only` say; `nil` when neither is given.
    func retryScope() throws(UsageError) -> RetryPlan.Scope? {
        switch (value("from"), value("only")) {
        case (nil, nil): return nil
        case (let step?, nil): return .from(step)
        case (nil, let step?): return .only(step)
        case (_?, _?):
            throw UsageError("`--from` and `--only` are given both: one of them", command)
        }
    }
}

/// The words of `weir retry` as a request to an agent.
private struct RetryRequest {
    let arguments: Arguments
    let scope: RetryPlan.Scope

    init(_ arguments: Arguments, _ scope: RetryPlan.Scope) {
        self.arguments = arguments
        self.scope = scope
    }

    func send(through client: AgentClient) throws -> Int32 {
        let run = HTTPTarget.escaped(arguments.operands[0])
        return try client.startRun(
            "/api/v1/runs/\(run)/retry",
            body,
            arguments
        )
    }

    private var body: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        switch scope {
        case .unfinished: break
        case .from(let step):
            json.key("from")
            json.string(step)
        case .only(let step):
            json.key("only")
            json.string(step)
        }
        json.endObject()
        return json.bytes
    }
}
