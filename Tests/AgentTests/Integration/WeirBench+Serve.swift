import Glibc
import Pipeline
import TestSupport
import Testing
import Transport

/// An agent that serves the bench's `pipelines` folder, and what is asked of it.
extension WeirBench {
    /// Writes a pipeline that the next agent serves.
    func pipeline(_ name: String, _ steps: String) {
        mkdir(folder.path + "/pipelines", 0o700)
        folder.write("pipelines/\(name).yaml", "name: \(name)\nsteps:\n  \(steps)\n")
    }

    /// Starts the agent, and waits until it says that it listens; port 0 is one that is free.
    func serve(listen address: String = "127.0.0.1:0") throws -> (Subprocess, url: String) {
        mkdir(folder.path + "/pipelines", 0o700)
        let agent = start(["serve", "pipelines", "--listen", address])
        while !agent.out.contains("  state: ") {
            try #require(agent.wait(atMost: .milliseconds(5)) == nil, "\(agent.err)")
        }
        let line = agent.out.split(separator: "\n").first { $0.contains("http://") }
        return (agent, try #require(line.map { $0.filter { $0 != " " } }))
    }

    func get(_ url: String) async throws -> CurlResponse {
        let thread = try CurlThread(name: "test-get")
        defer { thread.shutDown(within: .zero) }
        let result = await withCheckedContinuation { continuation in
            let isTaken = thread.submit(CurlRequest(url: url)) {
                continuation.resume(returning: $0)
            }
            precondition(isTaken)
        }
        guard case .response(let response) = result else {
            throw TestSupportError("\(url): \(result)")
        }
        return response
    }

    func text(_ url: String) async throws -> String {
        String(decoding: try await get(url).body, as: UTF8.self)
    }

    /// Starts a run on the agent; its id.
    func startOnAgent(_ words: String...) throws -> String {
        let process = start(["start"] + words + ["--json"])
        try #require(process.wait(atMost: .seconds(60)) == 0, "\(process.err)")
        let value = try JSONValue(parsing: Array(process.out.utf8))
        return try #require(value["run"]?.string)
    }

    /// Until the agent says that the run has ended.
    func waitForEnd(of run: String, _ url: String) async throws -> JSONValue {
        while true {
            let shown = try JSONValue(parsing: try await get("\(url)/api/v1/runs/\(run)").body)
            if shown["result"] != nil { return shown }
        }
    }
}
