import Glibc
import Pipeline
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import Agent
@testable import Transport

@Suite(.timeLimit(.minutes(10)))
struct EndpointsIntegrationTests {
    let bench: EndpointBench

    init() throws {
        bench = try EndpointBench()
    }

    @Test func `a run is started, goes on in the caller's trace, and is found under its id`() throws
    {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        let response = try bench.ask(
            .post,
            "/api/v1/pipelines/greet/runs",
            #"{"params": {"who": "you", "times": 3}}"#,
            ["traceparent": "00-\(trace)-00f067aa0ba902b7-01"],
            token: bench.token
        )
        #expect(response.status == 202)
        let run = try #require(try bench.json(response)["run"]?.string)
        #expect(try bench.json(response)["trace"]?.string == trace)
        #expect(response.headers["Location"] == "/api/v1/runs/\(run)")
        _ = bench.desk.host.stop()
        let shown = try bench.json(try bench.ask(.get, "/api/v1/runs/\(run)"))
        #expect(shown["result"]?.string == "success")
        #expect(shown["trigger"]?.string == "api")
        let log = bench.folder.read("state/runs/\(run)/logs/hello.1.cri.log")
        #expect(log?.contains(" stdout F hello you 3 00-\(trace)-") == true)
    }

    @Test func `changes need the token`() throws {
        let target = "/api/v1/pipelines/greet/runs"
        for given in [nil, "wrong", String(repeating: "0", count: 64)] {
            let response = try bench.ask(.post, target, token: given)
            #expect(response.status == 401)
            #expect(response.headers["WWW-Authenticate"]?.hasPrefix("Bearer") == true)
        }
        #expect(try bench.ask(.post, "/api/v1/runs/last/cancel").status == 401)
        #expect(try bench.desk.state.runIDs().isEmpty)
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
        let response = try bench.ask(
            .post,
            "/api/v1/pipelines/\(name)/runs",
            body,
            token: bench.token
        )
        #expect(response.status == status)
        #expect(response.contentType == "application/problem+json")
        #expect(try bench.json(response)["detail"]?.string?.contains(words) == true)
        #expect(try bench.desk.state.runIDs().isEmpty)
    }

    @Test func `pipelines are listed and shown`() throws {
        let list = try bench.json(try bench.ask(.get, "/api/v1/pipelines"))
        guard case .array(let rows) = list else {
            Issue.record("\(list)")
            return
        }
        #expect(rows.map { $0["name"]?.string } == ["greet", "wait"])
        #expect(rows[0]["description"]?.string == "Says hello")
        let plan = try bench.json(try bench.ask(.get, "/api/v1/pipelines/wait"))
        #expect(plan["name"]?.string == "wait")
        #expect(try bench.ask(.get, "/api/v1/pipelines/nope").status == 404)
    }

    @Test func `a running run is listed, shown and cancelled`() throws {
        let started = try bench.ask(.post, "/api/v1/pipelines/wait/runs", token: bench.token)
        let run = try #require(try bench.json(started)["run"]?.string)
        #expect(try bench.json(try bench.ask(.get, "/api/v1/runs/\(run)"))["result"] == nil)
        guard
            case .array(let rows) = try bench.json(
                try bench.ask(.get, "/api/v1/runs?pipeline=wait")
            )
        else {
            Issue.record("not an array")
            return
        }
        #expect(rows.map { $0["run"]?.string } == [run])
        let why = try bench.json(try bench.ask(.get, "/api/v1/runs/\(run)/explain"))
        #expect(why["headline"]?.string?.contains("busy") == true)
        #expect(try bench.ask(.get, "/api/v1/runs/nothing/explain").status == 404)
        #expect(
            try bench.ask(.post, "/api/v1/runs/\(run)/cancel", token: bench.token).status == 202
        )
        _ = bench.desk.host.stop()
        let shown = try bench.json(try bench.ask(.get, "/api/v1/runs/\(run)"))
        #expect(shown["result"]?.string == "cancellation")
        let because = try bench.json(try bench.ask(.get, "/api/v1/runs/\(run)/explain"))
        #expect(because["headline"]?.string?.contains("cancelled") == true)
        #expect(
            try bench.ask(.post, "/api/v1/runs/\(run)/cancel", token: bench.token).status == 409
        )
        #expect(try bench.ask(.get, "/api/v1/runs?result=cancellation").body.count > 10)
        #expect(try bench.json(try bench.ask(.get, "/api/v1/runs?result=success")) == .array([]))
    }

    @Test(arguments: ["result=good", "since=x", "before=", "limit=0", "limit=9999", "colour=red"])
    func `a query without effect is refused`(query: String) throws {
        #expect(try bench.ask(.get, "/api/v1/runs?\(query)").status == 400)
    }

    @Test func `an agent that drains is healthy, not ready, and starts nothing`() throws {
        #expect(try bench.ask(.get, "/readyz").status == 200)
        bench.desk.drain()
        #expect(try bench.ask(.get, "/healthz").status == 200)
        #expect(try bench.ask(.get, "/livez").status == 200)
        let ready = try bench.ask(.get, "/readyz?verbose")
        #expect(ready.status == 503)
        #expect(String(decoding: ready.body, as: UTF8.self).contains("[-]drain failed"))
        let refused = try bench.ask(.post, "/api/v1/pipelines/greet/runs", token: bench.token)
        #expect(refused.status == 503)
        #expect(refused.headers["Retry-After"] != nil)
    }

    @Test func `a state folder that is gone makes the agent unready`() throws {
        try #require(rename(bench.folder.path + "/state", bench.folder.path + "/moved") == 0)
        _ = try bench.ask(.get, "/readyz")
        // What the look found is there once the work thread has come to what follows it.
        let passed = try #require(EventDescriptor())
        try #require(bench.desk.work.submit { passed.signal() })
        try #require(passed.wait(atMost: .seconds(30)))
        let ready = try bench.ask(.get, "/readyz?verbose")
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
