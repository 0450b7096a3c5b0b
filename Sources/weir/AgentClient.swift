import Agent
import Glibc
import Pipeline
import Synchronization
import Transport

/// Speaks to an agent, with the token of this state folder.
struct AgentClient {
    private let state: StateFolder
    /// The first that listens is it.
    private let addresses: [AgentAddress]

    /// Finds out whom to ask: `--agent`, else `WEIR_AGENT`, else the agent of the state folder, else
    /// the system's.
    init(_ setting: Setting, _ arguments: Arguments) throws {
        state = try setting.state()
        let named = setting.environment["WEIR_AGENT"].flatMap { $0.isEmpty ? nil : $0 }
        if let given = arguments.value("agent") {
            addresses = [try AgentAddress(given, from: "--agent", arguments.command)]
        } else if let named {
            addresses = [try AgentAddress(named, from: "WEIR_AGENT", arguments.command)]
        } else {
            addresses = [AgentAddress(of: state), .system]
        }
    }

    /// Asks the agent of the state folder alone.
    init(of state: StateFolder) {
        self.state = state
        addresses = [AgentAddress(of: state)]
    }

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
        var silent: [String] = []
        for address in addresses {
            var request = CurlRequest(
                url: address.base + path,
                headers: headers + [CurlRequest.Header("Content-Type", "application/json")],
                body: body,
                timeout: .seconds(60)
            )
            if let token {
                request.headers.append(CurlRequest.Header("Authorization", "Bearer \(token)"))
            }
            request.unixSocket = address.socket
            switch try send(request) {
            case .response(let response):
                return try read(response, of: address, token, answers)
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

    private func read(
        _ response: CurlResponse,
        of address: AgentAddress,
        _ token: String?,
        _ key: String
    ) throws -> (status: Int, value: JSONValue, body: [UInt8]) {
        if response.status == 401 {
            throw CommandError(
                token == nil
                    ? "the agent at \(address) wants a token, and \(state.tokenPath) is not there: "
                        + "set WEIR_STATE_DIR to the agent's state folder"
                    : "the agent at \(address) refuses the token in \(state.tokenPath): it serves "
                        + "another state folder; set WEIR_STATE_DIR to that one"
            )
        }
        guard let value = try? JSONValue(parsing: response.body),
            value[key] != nil || value["detail"]?.string != nil
        else {
            throw CommandError(
                "what answers at \(address) is no weir agent (status \(response.status))"
            )
        }
        return (response.status, value, response.body)
    }

    private func words(for failure: CurlFailure, at address: AgentAddress) -> String {
        guard let socket = address.socket else { return failure.description }
        return access(socket, F_OK) == 0 ? "nobody listens" : "no such file"
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
}

extension CurlFailure {
    /// Nobody can have begun anything: another address may be tried.
    fileprivate var neverArrived: Bool { [.refused, .connect, .resolve].contains(kind) }
}

private final class ResultBox: Sendable {
    let result = Mutex<CurlResult?>(nil)
}
