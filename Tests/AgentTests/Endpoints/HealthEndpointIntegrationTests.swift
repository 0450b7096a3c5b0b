import TestSupport
import Testing

@testable import Agent
@testable import Transport

/// `/livez` and `/readyz` as Kubernetes' own components have them.
@Suite(.timeLimit(.minutes(5)))
struct HealthEndpointIntegrationTests {
    let bench: EndpointBench

    init() throws {
        bench = try EndpointBench()
    }

    private func ask(_ target: String) throws -> (status: Int, body: String) {
        let response = try bench.ask(.get, target)
        return (response.status, String(decoding: response.body, as: UTF8.self))
    }

    @Test(arguments: ["/healthz", "/livez", "/readyz", "/readyz?verbose", "/livez/loop-work"])
    func `an answer is of this moment, and text`(target: String) throws {
        let response = try bench.ask(.get, target)
        #expect(response.status == 200)
        #expect(response.contentType == "text/plain; charset=utf-8")
        #expect(response.headers["Cache-Control"] == "no-cache, private")
        #expect(response.headers["X-Content-Type-Options"] == "nosniff")
    }

    @Test func `the sum of the checks stands at the end`() throws {
        #expect(
            try ask("/livez?verbose").body
                == "[+]loop-work ok\n[+]loop-engine ok\nlivez check passed\n"
        )
        #expect(try ask("/readyz").body == "ok\n")
        bench.desk.drain()
        let (status, body) = try ask("/readyz")
        #expect(status == 503)
        #expect(body.contains("[-]drain failed: shutting down\n"))
        #expect(body.hasSuffix("readyz check failed\n"))
    }

    @Test func `a check that is left out neither counts nor shows`() throws {
        bench.desk.drain()
        #expect(try ask("/readyz?exclude=drain").status == 200)
        let (status, body) = try ask("/readyz?verbose&exclude=drain&exclude=state&exclude=nothing")
        #expect(status == 200)
        #expect(!body.contains("drain") && !body.contains("state"))
        #expect(body.contains("warn: there is no check nothing to exclude\n"))
        #expect(try ask("/readyz?exclude=state").status == 503)
    }

    @Test func `one check can be asked for`() throws {
        bench.desk.drain()
        #expect(try ask("/readyz/journal") == (200, "ok\n"))
        #expect(try ask("/readyz/journal?verbose") == (200, "[+]journal ok\n"))
        #expect(try ask("/readyz/drain") == (503, "[-]drain failed: shutting down\n"))
        let (status, body) = try ask("/livez/drain")
        #expect(status == 404)
        #expect(body.contains("loop-work, loop-engine"))
    }
}
