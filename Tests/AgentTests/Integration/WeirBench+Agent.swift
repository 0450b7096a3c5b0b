import Glibc
import Pipeline
import TestSupport
import Testing
import Transport

/// An agent of the built binary that serves `pipelines/`.
extension WeirBench {
    /// Writes a pipeline that an agent serves.
    func offer(_ name: String, _ steps: String) {
        mkdir(folder.path + "/pipelines", 0o700)
        folder.write("pipelines/\(name).yaml", "name: \(name)\nsteps:\n  \(steps)\n")
    }

    /// Starts the agent, and waits until it says that it listens; port 0 is one that is free.
    func serve(
        _ words: String...,
        listen address: String = "127.0.0.1:0"
    ) throws -> (Subprocess, url: String) {
        mkdir(folder.path + "/pipelines", 0o700)
        let agent = start(["serve", "pipelines", "--listen", address] + words)
        while !agent.out.contains("  state: ") {
            try #require(agent.wait(atMost: .milliseconds(5)) == nil, "\(agent.err)")
        }
        let line = agent.out.split(separator: "\n").first { $0.contains("http://") }
        return (agent, try #require(line.map { $0.filter { $0 != " " } }))
    }

    func get(_ url: String) async throws -> CurlResponse {
        var request = CurlRequest(url: url)
        // As a scraper does: all of it.
        request.answerBytes = 64 << 20
        return try await send(request)
    }

    /// Asks for a run, with the agent's token.
    func post(
        _ url: String,
        _ body: String,
        _ headers: [CurlRequest.Header]
    ) async throws -> CurlResponse {
        let token = folder.read("state/token")?.filter { !$0.isWhitespace } ?? ""
        let own = [
            CurlRequest.Header("Authorization", "Bearer \(token)"),
            CurlRequest.Header("Content-Type", "application/json"),
        ]
        return try await send(CurlRequest(url: url, headers: own + headers, body: Array(body.utf8)))
    }

    private func send(_ request: CurlRequest) async throws -> CurlResponse {
        let thread = try CurlThread(name: "test-client")
        defer { thread.shutDown(within: .zero) }
        let result = await withCheckedContinuation { continuation in
            let isTaken = thread.submit(request) { continuation.resume(returning: $0) }
            precondition(isTaken)
        }
        guard case .response(let response) = result else {
            throw TestSupportError("\(request.url): \(result)")
        }
        return response
    }

    func text(_ response: CurlResponse) -> String {
        String(decoding: response.body, as: UTF8.self)
    }

    func text(_ url: String) async throws -> String {
        text(try await get(url))
    }

    /// Until the agent says that the run has ended.
    func waitForEnd(of run: String, _ url: String) async throws -> JSONValue {
        while true {
            let shown = try JSONValue(parsing: try await get("\(url)/api/v1/runs/\(run)").body)
            if shown["result"] != nil { return shown }
        }
    }

    /// Does as `weir start` with these words; the run's id.
    func startPipeline(_ words: String...) throws -> String {
        let process = start(["start"] + words + ["--json"])
        try #require(process.wait(atMost: .seconds(60)) == 0, "\(process.err)")
        let value = try JSONValue(parsing: Array(process.out.utf8))
        return try #require(value["run"]?.string)
    }

    /// Ends the agent as a service manager does.
    func end(_ agent: Subprocess) {
        agent.signal(SIGTERM)
        #expect(agent.wait(atMost: .seconds(30)) == 0)
    }
}
