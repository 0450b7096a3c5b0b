import Pipeline
import TestSupport
import Testing

@testable import Agent
@testable import Transport

/// The pages under `/debug/`, as programs and browsers ask for them.
@Suite(.timeLimit(.minutes(10)))
struct DebugEndpointIntegrationTests {
    let bench: EndpointBench

    init() throws {
        bench = try EndpointBench()
    }

    @Test func `tasks show a running attempt with its process and what it printed last`() throws {
        let started = try bench.ask(.post, "/api/v1/pipelines/wait/runs", token: bench.token)
        let run = try #require(try bench.json(started)["run"]?.string)
        func attempt(_ query: String) throws -> JSONValue? {
            let runs = try bench.json(try bench.ask(.get, "/debug/tasks\(query)"))["runs"]?.array
            return runs?.first?["steps"]?.array?.first?["attempts"]?.array?.first
        }
        // Its pid is journaled a moment after its start, and its group is read once a second.
        let deadline = ContinuousClock.now + .seconds(30)
        while try attempt("")?["rss_bytes"] == nil { try #require(ContinuousClock.now < deadline) }
        #expect(try attempt("?run=\(run.suffix(8))")?["processes"] != nil)
        #expect(try attempt("?run=0123") == nil, "another run")
        let none = try bench.json(try bench.ask(.get, "/debug/tasks?limit=1"))
        #expect(none["runs"]?.array?.count == 1)
        let page = try bench.ask(.get, "/debug/tasks", "", ["Accept": "text/html,*/*;q=0.8"])
        #expect(page.contentType == "text/html; charset=utf-8")
        #expect(page.headers["Cache-Control"] == "no-store")
        #expect(String(decoding: page.body, as: UTF8.self).contains(run))
        #expect(
            try bench.ask(.post, "/api/v1/runs/\(run)/cancel", token: bench.token).status == 202
        )
        _ = bench.desk.host.stop()
        #expect(try attempt("") == nil)
    }

    @Test func `memory and vars tell what the kernel and the process say`() throws {
        let memory = try bench.json(try bench.ask(.get, "/debug/memory"))
        guard case .integer(let resident) = memory["status"]?["VmRSS"] else {
            Issue.record("\(memory)")
            return
        }
        #expect(resident > 1 << 20)
        #expect(memory["threads"]?["weir-work"] != nil)
        #expect(memory["descriptors"]?["eventfd"] != nil)
        let vars = try bench.json(try bench.ask(.get, "/debug/vars"))
        guard case .object(let members) = vars else {
            Issue.record("\(vars)")
            return
        }
        #expect(members.map(\.key) == members.map(\.key).sorted(), "as expvar has it")
        #expect(vars["cmdline"]?.array?.isEmpty == false)
        #expect(vars["memstats"]?["HeapAlloc"] != nil)
        #expect(try bench.ask(.get, "/debug").headers["Location"] == "/debug/")
        let index = String(decoding: try bench.ask(.get, "/debug/").body, as: UTF8.self)
        for path in ["/debug/tasks", "/debug/memory", "/debug/vars", "/metrics"] {
            #expect(index.contains("href=\"\(path)\""))
        }
    }

    @Test(arguments: [
        "tasks?format=xml", "tasks?limit=0", "tasks?limit=x", "tasks?colour=red", "memory?run=1",
        "vars?format=html", "?x",
    ])
    func `a wish without effect is refused`(page: String) throws {
        #expect(try bench.ask(.get, "/debug/\(page)").status == 400)
    }
}
