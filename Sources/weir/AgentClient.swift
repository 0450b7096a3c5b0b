import Agent
import Glibc
import Pipeline
import Telemetry
import Transport

/// Speaks to an agent, with the token of this state folder.
struct AgentClient {
    /// What an agent answered.
    struct Answer {
        var status: Int
        var body: [UInt8]
        var address: AgentAddress
    }

    /// Most of what is asked for is short; a JSON answer that is longer is no answer of ours.
    private static let shortAnswer = 4 << 20

    private let state: StateFolder
    /// The first that listens is it.
    private let addresses: [AgentAddress]
    private let line = CurlLine()
    /// How long an answer may take.
    var patience = Duration.seconds(60)

    /// Finds out whom to ask: `--agent`, else `WEIR_AGENT`, else the agent of the state folder, else
    /// the system's.
    init(_ setting: Setting, _ arguments: Arguments) throws {
        state = try setting.state()
        let named = try AgentAddress.named(setting, arguments)
        addresses = named.map { [$0] } ?? [AgentAddress(of: state), .system]
    }

    /// Asks the agent of the state folder alone.
    init(of state: StateFolder) {
        self.state = state
        addresses = [AgentAddress(of: state)]
    }

    /// Asks this agent alone.
    init(at address: AgentAddress, of state: StateFolder) {
        self.state = state
        addresses = [address]
    }

    /// Where it looks.
    var place: String { addresses.map(\.description).joined(separator: " or ") }

    /// Posts JSON, and gives the answer if it is one of an agent, which has the key `answers`.
    ///
    /// - Throws: `CommandError` that says where it looked, or what to do about a refusal.
    func post(
        _ path: String,
        _ body: [UInt8],
        headers: [CurlRequest.Header] = [],
        answers: String = "run"
    ) throws -> (status: Int, value: JSONValue, body: [UInt8]) {
        let token = try AgentToken.read(state)
        var request = CurlRequest(
            url: "",
            headers: headers + [CurlRequest.Header("Content-Type", "application/json")],
            body: body
        )
        if let token {
            request.headers.append(CurlRequest.Header("Authorization", "Bearer \(token)"))
        }
        let answer = try send(request, path)
        if answer.status == 401 { throw refusal(at: answer.address, token) }
        guard let value = try? JSONValue(parsing: answer.body),
            value[answers] != nil || value["detail"]?.string != nil
        else { throw stranger(answer) }
        return (answer.status, value, answer.body)
    }

    /// Reads what is at a path.
    ///
    /// - Throws: `CommandError` as `post`.
    func get(_ path: String, limit: Int = AgentClient.shortAnswer) throws -> Answer {
        var request = CurlRequest(url: "")
        request.answerBytes = limit
        let answer = try send(request, path)
        if answer.status == 401 { throw refusal(at: answer.address, nil) }
        return answer
    }

    /// The JSON at a path, and what the agent says where it has none.
    ///
    /// - Throws: `CommandError` as `post`; `AgentProblem` for a refusal that the agent explains.
    func json(_ path: String) throws -> JSONValue {
        let answer = try get(path)
        let value = try? JSONValue(parsing: answer.body)
        guard answer.status == 200, let value else { throw problem(of: answer) }
        return value
    }

    /// Why an answer is not the one that was asked for.
    func problem(of answer: Answer) -> any Error {
        let value = answer.body.count <= 64 << 10 ? try? JSONValue(parsing: answer.body) : nil
        guard answer.status >= 400, let detail = value?["detail"]?.string else {
            return stranger(answer)
        }
        return AgentProblem(status: answer.status, detail)
    }

    /// What is said of an answer that no agent gives.
    func stranger(_ answer: Answer) -> CommandError {
        CommandError(
            "what answers at \(answer.address) is no weir agent (status \(answer.status))"
        )
    }

    // MARK: - Asking

    private func send(_ asked: CurlRequest, _ path: String) throws -> Answer {
        var silent: [String] = []
        for address in addresses {
            var request = asked
            request.url = address.base + path
            request.unixSocket = address.socket
            request.timeout = patience
            switch try line.send(request) {
            case .response(let response):
                return Answer(status: response.status, body: response.body, address: address)
            case .failure(let failure) where failure.neverArrived:
                silent.append("\(address): \(words(for: failure, at: address))")
            case .failure(let failure):
                throw CommandError("the agent at \(address) does not answer: \(failure)")
            }
        }
        throw CommandError(
            """
            no agent serves here; looked at
              \(silent.joined(separator: "\n  "))
            start one with `weir serve DIR`, or name one with `--agent URL` or WEIR_AGENT
            """
        )
    }

    private func refusal(at address: AgentAddress, _ token: String?) -> CommandError {
        CommandError(
            token == nil
                ? "the agent at \(address) wants a token, and \(state.tokenPath) is not there: "
                    + "set WEIR_STATE_DIR to the agent's state folder"
                : "the agent at \(address) refuses the token in \(state.tokenPath): it serves "
                    + "another state folder; set WEIR_STATE_DIR to that one"
        )
    }

    private func words(for failure: CurlFailure, at address: AgentAddress) -> String {
        guard let socket = address.socket else { return failure.description }
        return access(socket, F_OK) == 0 ? "nobody listens" : "no such file"
    }
}

/// A request that an agent refused, in its own words, which must not reach a terminal raw.
struct AgentProblem: Error, CustomStringConvertible {
    var status: Int
    var description: String

    init(status: Int, _ detail: String) {
        self.status = status
        description = VisibleText.cleanLines(detail)
    }
}

extension CurlFailure {
    /// Nobody can have begun anything: another address may be tried.
    fileprivate var neverArrived: Bool { [.refused, .connect, .resolve].contains(kind) }
}
