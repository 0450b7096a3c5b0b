import Glibc
import Pipeline
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import Agent
@testable import Transport

/// The routes without a socket: a request goes in, a response comes out.
@Suite(.timeLimit(.minutes(2)))
struct EndpointsIntegrationTests {
    let folder = TemporaryDirectory()
    let memory = TemporaryDirectory(in: "/dev/shm")
    let desk: AgentDesk
    let routes: AgentRoutes

    init() throws {
        let state = StateFolder(path: folder.path + "/state")
        try state.prepare()
        mkdir(folder.path + "/pipelines", 0o700)
        try Self.write(
            """
            name: greet
            description: Says hello
            params: {who: {type: string, default: world}, times: {type: integer, default: 1}}
            steps: {hello: {run: 'echo "hello $WEIR_PARAM_WHO $WEIR_PARAM_TIMES $TRACEPARENT"'}}
            """,
            to: folder.path + "/pipelines/greet.yaml"
        )
        try Self.write(
            "name: wait\nsteps: {long: {run: 'sleep 60'}}\n",
            to: folder.path + "/pipelines/wait.yaml"
        )
        let environment = ["PATH": "/usr/bin:/bin"]
        let setting = RunSetting(
            environment: environment,
            telemetry: OTelConfiguration(environment: environment),
            resource: []
        )
        let ids = Atomic<UInt64>(0)
        let box = Counter(ids: ids)
        let work = try WorkThread("weir-work")
        let token = try AgentToken(in: state)
        desk = AgentDesk(
            host: try RunHost(setting, in: state, children: ChildRegistry(sweeps: false)),
            state: state,
            pipelines: try PipelineFolder(folder.path + "/pipelines"),
            token: token,
            environment: environment,
            work: work,
            newID: { RunID(startedAt: RunClock.wallNow, random: (7, box.next())) }
        )
        let shown = ShownTotals(of: token, ["XDG_RUNTIME_DIR": memory.path])
        routes = AgentRoutes(desk, AgentMetrics(in: state, work: work, shown: shown))
    }

    private final class Counter: Sendable {
        let ids: Atomic<UInt64>

        init(ids: consuming Atomic<UInt64>) { self.ids = ids }

        func next() -> UInt64 { ids.add(1, ordering: .relaxed).newValue }
    }

    private static func write(_ text: String, to path: String) throws {
        let file = try #require(fopen(path, "w"))
        defer { fclose(file) }
        try #require(fputs(text, file) >= 0)
    }

    private func ask(
        _ method: HTTPMethod,
        _ target: String,
        _ body: String = "",
        _ headers: HTTPFields = [:],
        token: String? = nil
    ) throws -> HTTPResponse {
        var fields = headers
        if let token { fields.append("Authorization", "Bearer \(token)") }
        if !body.isEmpty { fields.append("Content-Type", "application/json") }
        let request = HTTPRequest(
            method: method,
            target: try #require(HTTPTarget(target.utf8)),
            headers: fields,
            body: Array(body.utf8),
            declaresBody: true
        )
        switch routes.reply(to: request).kind {
        case .now(let response): return response
        case .later(let begin):
            let answer = Answer()
            let arrived = try #require(EventDescriptor())
            begin(
                HTTPResponder { response in
                    answer.response.withLock { $0 = response }
                    arrived.signal()
                }
            )
            try #require(arrived.wait(atMost: .seconds(60)))
            return try #require(answer.response.withLock { $0 })
        }
    }

    private final class Answer: Sendable {
        let response = Mutex<HTTPResponse?>(nil)
    }

    private func json(_ response: HTTPResponse) throws -> JSONValue {
        try JSONValue(parsing: response.body)
    }

    private var token: String { desk.token.text }

    @Test func `a run is started, goes on in the caller's trace, and is found under its id`() throws
    {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        let response = try ask(
            .post,
            "/api/v1/pipelines/greet/runs",
            #"{"params": {"who": "you", "times": 3}}"#,
            ["traceparent": "00-\(trace)-00f067aa0ba902b7-01"],
            token: token
        )
        #expect(response.status == 202)
        let run = try #require(try json(response)["run"]?.string)
        #expect(try json(response)["trace"]?.string == trace)
        #expect(response.headers["Location"] == "/api/v1/runs/\(run)")
        _ = desk.host.stop()
        let shown = try json(try ask(.get, "/api/v1/runs/\(run)"))
        #expect(shown["result"]?.string == "success")
        #expect(shown["trigger"]?.string == "api")
        let log = folder.read("state/runs/\(run)/logs/hello.1.log")
        #expect(log?.hasPrefix("hello you 3 00-\(trace)-") == true)
    }

    @Test func `changes need the token`() throws {
        let target = "/api/v1/pipelines/greet/runs"
        for given in [nil, "wrong", String(repeating: "0", count: 64)] {
            let response = try ask(.post, target, token: given)
            #expect(response.status == 401)
            #expect(response.headers["WWW-Authenticate"]?.hasPrefix("Bearer") == true)
        }
        #expect(try ask(.post, "/api/v1/runs/last/cancel").status == 401)
        #expect(try desk.state.runIDs().isEmpty)
    }

    @Test(arguments: [
        ("greet", "{", 400, "not JSON"),
        ("greet", "[]", 400, "not an object"),
        ("greet", #"{"parms": {}}"#, 400, "`parms` is not supported yet"),
        ("greet", #"{"params": {"who": null}}"#, 400, "`who`"),
        ("greet", #"{"params": {"whom": "x"}}"#, 400, "whom"),
        ("greet", #"{"params": {"times": "many"}}"#, 400, "times"),
        ("gret", "{}", 404, "did you mean `greet`?"),
    ])
    func `what cannot be run is refused with the reason`(
        name: String,
        body: String,
        status: Int,
        words: String
    ) throws {
        let response = try ask(.post, "/api/v1/pipelines/\(name)/runs", body, token: token)
        #expect(response.status == status)
        #expect(response.contentType == "application/problem+json")
        #expect(try json(response)["detail"]?.string?.contains(words) == true)
        #expect(try desk.state.runIDs().isEmpty)
    }

    @Test func `pipelines are listed and shown`() throws {
        let list = try json(try ask(.get, "/api/v1/pipelines"))
        guard case .array(let rows) = list else {
            Issue.record("\(list)")
            return
        }
        #expect(rows.map { $0["name"]?.string } == ["greet", "wait"])
        #expect(rows[0]["description"]?.string == "Says hello")
        let plan = try json(try ask(.get, "/api/v1/pipelines/wait"))
        #expect(plan["name"]?.string == "wait")
        #expect(try ask(.get, "/api/v1/pipelines/nope").status == 404)
    }

    @Test func `a running run is listed, shown and cancelled`() throws {
        let started = try ask(.post, "/api/v1/pipelines/wait/runs", token: token)
        let run = try #require(try json(started)["run"]?.string)
        #expect(try json(try ask(.get, "/api/v1/runs/\(run)"))["result"] == nil)
        guard case .array(let rows) = try json(try ask(.get, "/api/v1/runs?pipeline=wait")) else {
            Issue.record("not an array")
            return
        }
        #expect(rows.map { $0["run"]?.string } == [run])
        #expect(try ask(.post, "/api/v1/runs/\(run)/cancel", token: token).status == 202)
        _ = desk.host.stop()
        let shown = try json(try ask(.get, "/api/v1/runs/\(run)"))
        #expect(shown["result"]?.string == "cancellation")
        #expect(try ask(.post, "/api/v1/runs/\(run)/cancel", token: token).status == 409)
        #expect(try ask(.get, "/api/v1/runs?result=cancellation").body.count > 10)
        #expect(try json(try ask(.get, "/api/v1/runs?result=success")) == .array([]))
    }

    @Test(arguments: ["result=good", "since=x", "limit=0", "limit=9999", "colour=red"])
    func `a query without effect is refused`(query: String) throws {
        #expect(try ask(.get, "/api/v1/runs?\(query)").status == 400)
    }

    @Test func `an agent that drains is healthy, not ready, and starts nothing`() throws {
        #expect(try ask(.get, "/readyz").status == 200)
        desk.drain()
        #expect(try ask(.get, "/healthz").status == 200)
        #expect(try ask(.get, "/livez").status == 200)
        let ready = try ask(.get, "/readyz?verbose")
        #expect(ready.status == 503)
        #expect(String(decoding: ready.body, as: UTF8.self).contains("[-]drain failed"))
        let refused = try ask(.post, "/api/v1/pipelines/greet/runs", token: token)
        #expect(refused.status == 503)
        #expect(refused.headers["Retry-After"] != nil)
    }

    @Test func `a state folder that is gone makes the agent unready`() throws {
        try #require(rename(folder.path + "/state", folder.path + "/moved") == 0)
        _ = try ask(.get, "/readyz")
        // What the look found is there once the work thread has come to what follows it.
        _ = try ask(.get, "/api/v1/runs")
        let ready = try ask(.get, "/readyz?verbose")
        #expect(ready.status == 503)
        #expect(String(decoding: ready.body, as: UTF8.self).contains("[-]state failed"))
    }
}

struct LoopPingTests {
    @Test func `a loop that answers is not late; one that does not is, by the first ping's age`() {
        let answers = Mutex<[@Sendable () -> Void]>([])
        let box = Box(answers)
        let ping = LoopPing("test") { answer in
            box.answers.withLock { $0.append(answer) }
            return true
        }
        let start = ContinuousClock.now
        #expect(ping.lag(at: start) == .zero)
        #expect(ping.lag(at: start + .seconds(3)) == .seconds(3))
        #expect(box.answers.withLock { $0.count } == 1, "one ping is on its way, not two")
        box.answers.withLock { $0.removeFirst() }()
        #expect(ping.lag(at: start + .seconds(9)) == .zero)
    }

    private final class Box: Sendable {
        let answers: Mutex<[@Sendable () -> Void]>

        init(_ answers: consuming Mutex<[@Sendable () -> Void]>) { self.answers = answers }
    }
}
