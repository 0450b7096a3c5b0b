import Pipeline
import TestSupport
import Testing

@testable import Agent
@testable import Transport

/// `/debug/spans` of an agent, as programs and browsers ask for it.
@Suite(.timeLimit(.minutes(10)))
struct SpansEndpointIntegrationTests {
    let bench: EndpointBench

    init() throws {
        bench = try EndpointBench()
    }

    private func spans(_ query: String = "") throws -> JSONValue {
        try bench.json(try bench.ask(.get, "/debug/spans\(query)"))
    }

    private func row(_ page: JSONValue, _ pipeline: String, _ part: String) -> JSONValue? {
        page["classes"]?.array?.first { row in
            row["pipeline"]?.string == pipeline && row["part"]?.string == part
        }
    }

    @Test func `a running run is seen open, and finished when it is`() throws {
        let started = try bench.ask(.post, "/api/v1/pipelines/wait/runs", token: bench.token)
        let answer = try bench.json(started)
        let (run, trace) = (answer["run"]?.string ?? "", answer["trace"]?.string ?? "")
        let deadline = ContinuousClock.now + .seconds(30)
        func attempt() throws -> JSONValue? {
            try spans()["open"]?.array?.first { $0["part"]?.string == "attempt" }
        }
        while try attempt()?["pid"] == nil { try #require(ContinuousClock.now < deadline) }
        let open = try #require(try attempt())
        #expect(open["run"]?.string == run)
        #expect(open["trace_id"]?.string == trace)
        #expect(open["name"]?.string == "attempt 1")
        #expect(try row(spans(), "wait", "run")?["open"] == .integer(1))
        let page = try bench.ask(.get, "/debug/spans", "", ["Accept": "text/html,*/*;q=0.8"])
        #expect(page.contentType == "text/html; charset=utf-8")
        #expect(page.headers["Cache-Control"] == "no-store")
        #expect(page.headers["Content-Security-Policy"]?.contains("default-src 'none'") == true)
        #expect(String(decoding: page.body, as: UTF8.self).contains(trace))
        #expect(
            try bench.ask(.post, "/api/v1/runs/\(run)/cancel", token: bench.token).status == 202
        )
        _ = bench.desk.host.stop()
        let over = try spans("?pipeline=wait")
        #expect(over["open"]?.array?.isEmpty == true)
        #expect(row(over, "wait", "attempt")?["finished"] == .integer(1))
        #expect(row(over, "wait", "run")?["open"] == .integer(0))
        let sampled = over["samples"]?.array?.compactMap { $0["span_id"]?.string } ?? []
        #expect(sampled.contains(open["span_id"]?.string ?? "none"), "the same span")
        #expect(try spans("?pipeline=greet")["classes"]?.array?.isEmpty == true)
    }

    @Test(arguments: [
        "?limit=0", "?limit=2001", "?limit=x", "?step=a", "?format=xml", "?run=1",
    ])
    func `a wish without effect is refused`(query: String) throws {
        #expect(try bench.ask(.get, "/debug/spans\(query)").status == 400)
    }

    @Test func `the index leads there`() throws {
        let index = String(decoding: try bench.ask(.get, "/debug/").body, as: UTF8.self)
        #expect(index.contains("href=\"/debug/spans\""))
    }
}
