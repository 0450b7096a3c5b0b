import Agent
import Glibc
import Pipeline
import Synchronization
import Transport

extension Command {
    static let start = Command(
        name: "start",
        operands: "NAME",
        operandCount: 1...1,
        summary: "start a pipeline on the agent that serves this state folder",
        options: [
            Option(
                name: "param",
                value: "NAME=VALUE",
                help: "a parameter",
                isRepeatable: true
            ),
            CommandTable.json,
        ],
        plannedOptions: ["agent"]
    ) { arguments in
        try AgentClient(Setting()).start(arguments)
    }
}

/// Speaks to the agent of a state folder, through its socket and with its token.
private struct AgentClient {
    let state: StateFolder

    init(_ setting: Setting) throws {
        state = try setting.state()
    }

    func start(_ arguments: Arguments) throws -> Int32 {
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
        body.endObject()
        let name = escaped(arguments.operands[0])
        let answer = try post("/api/v1/pipelines/\(name)/runs", body.bytes)
        let value = try? JSONValue(parsing: answer.body)
        guard answer.status == 202, let run = value?["run"]?.string else {
            let detail = value?["detail"]?.string ?? "the agent answered \(answer.status)"
            throw CommandError(detail, exitCode: ExitCode.usage)
        }
        if arguments.has("json") {
            Console.out(String(decoding: answer.body, as: UTF8.self))
        } else {
            Console.out("run \(run) has begun; follow it with: weir show \(run)")
        }
        return ExitCode.success
    }

    private func post(_ path: String, _ body: [UInt8]) throws -> CurlResponse {
        guard let pid = try FileLock.owner(of: state.agentLockPath) else {
            throw CommandError(
                "no agent serves \(state.path): start one with `weir serve DIR`",
                exitCode: ExitCode.error
            )
        }
        guard let token = try AgentToken.read(state) else {
            throw CommandError("\(state.tokenPath) is missing", exitCode: ExitCode.error)
        }
        var request = CurlRequest(
            url: "http://agent\(path)",
            headers: [
                CurlRequest.Header("Authorization", "Bearer \(token)"),
                CurlRequest.Header("Content-Type", "application/json"),
            ],
            body: body,
            timeout: .seconds(60)
        )
        request.unixSocket = state.agentSocketPath
        switch try send(request) {
        case .response(let response): return response
        case .failure(let failure):
            throw CommandError(
                "the agent (process \(pid)) does not answer: \(failure)",
                exitCode: ExitCode.error
            )
        }
    }

    private func send(_ request: CurlRequest) throws -> CurlResult {
        let thread = try CurlThread(name: "weir-client")
        guard let arrived = EventDescriptor() else { throw SystemError("eventfd") }
        let box = ResultBox()
        let isTaken = thread.submit(request) { result in
            box.result.withLock { $0 = result }
            arrived.signal()
        }
        if isTaken { _ = arrived.wait(atMost: request.timeout + .seconds(5)) }
        thread.shutDown(within: .zero)
        let failure = CurlFailure(.timeout, message: "no answer came")
        return box.result.withLock { $0 } ?? .failure(failure)
    }

    /// RFC 3986 §2.3: all but the unreserved characters.
    private func escaped(_ name: String) -> String {
        name.utf8.map { byte in
            let isPlain = SpecName.isStepName(String(UnicodeScalar(byte)))
            if isPlain { return String(UnicodeScalar(byte)) }
            let digits = String(byte, radix: 16, uppercase: true)
            return "%" + (byte < 16 ? "0" : "") + digits
        }.joined()
    }
}

private final class ResultBox: Sendable {
    let result = Mutex<CurlResult?>(nil)
}
