import Agent
import Pipeline
import Transport

extension Command {
    static let start = Command(
        name: "start",
        operands: "NAME",
        operandCount: 1...1,
        summary: "start a pipeline on an agent",
        details: [
            "Asks the agent of this state folder, else the one at /run/weir/weir.sock. WEIR_AGENT",
            "names another one, as `--agent` does; the token is this state folder's in any case.",
        ],
        options: [
            Option(
                name: "param",
                value: "NAME=VALUE",
                help: "a parameter",
                isRepeatable: true
            ),
            Option(
                name: "overlap",
                value: "POLICY",
                help: "while another run of it goes on: allow (both run), skip",
                choices: [OverlapPolicy.allow.rawValue, OverlapPolicy.skip.rawValue]
            ),
            Option(
                name: "idempotency-key",
                value: "KEY",
                help: "start it once, however often this is repeated with the same key"
            ),
            Option(
                name: "agent",
                value: "URL",
                help: "http://HOST:PORT or unix:/PATH of the agent to ask"
            ),
            CommandTable.json,
        ]
    ) { arguments in
        try StartRequest(arguments).send(through: AgentClient(Setting(), arguments))
    }
}

/// The words of `weir start` as a request.
private struct StartRequest {
    let arguments: Arguments
    private let body: [UInt8]

    init(_ arguments: Arguments) throws {
        self.arguments = arguments
        var body = JSONWriter()
        body.beginObject()
        body.key("params")
        body.beginObject()
        for text in arguments.all("param") {
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw UsageError("`--param \(text)`: NAME=VALUE is meant", arguments.command)
            }
            body.key(String(text[..<equals]))
            body.string(String(text[text.index(after: equals)...]))
        }
        body.endObject()
        if let overlap = arguments.value("overlap") {
            body.key("overlap")
            body.string(overlap)
        }
        body.endObject()
        self.body = body.bytes
    }

    func send(through client: AgentClient) throws -> Int32 {
        let name = HTTPTarget.escaped(arguments.operands[0])
        return try client.startRun("/api/v1/pipelines/\(name)/runs", body, arguments)
    }
}

extension AgentClient {
    /// Asks for a run, under the key if one is given, and says what came of it.
    func startRun(_ path: String, _ body: [UInt8], _ arguments: Arguments) throws -> Int32 {
        let answer = try post(path, body, headers: try arguments.keyHeaders())
        guard answer.status == 202, let run = answer.value["run"]?.string else {
            let detail = answer.value["detail"]?.string ?? "the agent answered \(answer.status)"
            throw CommandError(detail, exitCode: ExitCode.usage)
        }
        if arguments.has("json") {
            Console.out(String(decoding: answer.body, as: UTF8.self))
        } else {
            Console.out("run \(run) has begun; follow it with: weir show \(run)")
        }
        return ExitCode.success
    }
}

extension Arguments {
    /// The header of `--idempotency-key`.
    fileprivate func keyHeaders() throws(UsageError) -> [CurlRequest.Header] {
        guard let text = value("idempotency-key") else { return [] }
        do throws(IdempotencyKey.Fault) {
            return [CurlRequest.Header("Idempotency-Key", try IdempotencyKey(text).field)]
        } catch {
            throw UsageError("`--idempotency-key`: \(error)", command)
        }
    }
}
