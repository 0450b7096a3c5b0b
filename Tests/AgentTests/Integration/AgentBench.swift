import Glibc
import Pipeline
import Telemetry
import TestSupport
import Testing

@testable import Agent
@testable import Transport

/// A whole agent in this process.
///
/// It leaves the other tests' children alone: an agent that has its process for itself reaps
/// whatever it is left.
final class AgentBench {
    let folder = TemporaryDirectory()
    let agent: AgentProcess
    let port: UInt16

    /// - Parameters:
    ///   - name: Of its one pipeline.
    ///   - step: How that one's only step begins.
    ///   - more: Variables of its environment.
    /// - Throws: When the system has no port or thread to give.
    init(_ name: String, step: String, _ more: [String: String] = [:]) throws {
        mkdir(folder.path + "/pipelines", 0o700)
        folder.write("pipelines/\(name).yaml", "name: \(name)\nsteps: {a: {\(step)}}\n")
        let environment = ["PATH": "/usr/bin:/bin"].merging(more) { $1 }
        agent = try AgentProcess(
            RunSetting(
                environment: environment,
                telemetry: OTelConfiguration(environment: environment),
                resource: []
            ),
            in: StateFolder(path: folder.path + "/state"),
            pipelines: try PipelineFolder(folder.path + "/pipelines"),
            listen: [try #require(SocketAddress("127.0.0.1:0"))],
            children: ChildRegistry(sweeps: false),
            newID: { RunID(startedAt: RunClock.wallNow, random: (7, .random(in: 1 ... .max))) }
        )
        let text = agent.addresses[0].description.split(separator: ":").last
        port = try #require(text.flatMap { UInt16($0) })
    }

    /// Asks for a run of `pipeline` with these headers, byte for byte.
    func start(
        _ pipeline: String,
        _ headers: [(name: String, value: String)] = []
    ) throws -> HTTPTestClient.Answer {
        let lines = headers.map { "\($0.name):\($0.value)\r\n" }.joined()
        let client = try HTTPTestClient(port: port)
        client.send(
            "POST /api/v1/pipelines/\(pipeline)/runs HTTP/1.1\r\nHost: localhost\r\n"
                + "Authorization: Bearer \(agent.desk.token.text)\r\n\(lines)"
                + "Content-Length: 0\r\n\r\n"
        )
        return try client.answer()
    }

    /// Ends it, with what still runs where `isForced`.
    func end(isForced: Bool = false) throws {
        if isForced { agent.cancelRuns(by: "test", isForced: true) }
        let drained = try #require(EventDescriptor())
        agent.drain { drained.signal() }
        try #require(drained.wait(atMost: .seconds(60)))
        try agent.stop()
    }
}
