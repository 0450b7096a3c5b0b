import Pipeline
import TestSupport
import Testing

@testable import Agent
@testable import Transport

/// The list of runs: bounded for each request, whole over several.
@Suite(.timeLimit(.minutes(10)))
struct RunListIntegrationTests {
    let bench: EndpointBench

    init() throws {
        bench = try EndpointBench()
    }

    private func make(_ count: Int, _ pipeline: (Int) -> String) throws {
        for number in 0..<count {
            _ = try bench.desk.state.createRun(
                makeRunStart(Int64(number), suffix: 1, pipeline: pipeline(number)),
                at: instant(Int64(number)),
                plan: makePlanDocument()
            )
        }
    }

    private func rows(_ response: HTTPResponse) throws -> [String] {
        guard case .array(let rows) = try bench.json(response) else { return [] }
        return rows.compactMap { $0["run"]?.string }
    }

    /// Follows `Link` from answer to answer.
    private func pages(_ target: String) throws -> [[String]] {
        var pages: [[String]] = []
        var next: String? = target
        while let target = next {
            let response = try bench.ask(.get, target)
            try #require(response.status == 200)
            pages.append(try rows(response))
            let link = response.headers["Link"]
            next = link.map { String($0.dropFirst().prefix { $0 != ">" }) }
            #expect(link?.hasSuffix(#">; rel="next""#) != false)
        }
        return pages
    }

    @Test func `pages follow each other without a gap, and end`() throws {
        try make(7) { _ in "p" }
        let ids = try bench.desk.state.runIDs().map(\.description)
        #expect(try pages("/api/v1/runs?limit=3").map(\.count) == [3, 3, 1])
        #expect(try pages("/api/v1/runs?limit=3").flatMap(\.self) == ids)
        #expect(try pages("/api/v1/runs?limit=7") == [ids])
        let inner = try pages("/api/v1/runs?limit=2&since=\(ids[5])&before=\(ids[1])")
        #expect(inner == [[ids[2], ids[3]], [ids[4]]])
    }

    @Test func `a filter that few runs match looks into so many a request, and goes on`() throws {
        let most = RunFilter.mostLooks
        try make(most + 2) { $0 == 0 ? "a b&c" : "other" }
        #expect(try pages("/api/v1/runs?pipeline=nobody") == [[], []])
        let pages = try pages("/api/v1/runs?pipeline=a%20b%26c")
        #expect(pages.map(\.count) == [0, 1])
    }

    @Test func `a start does not wait for who looks`() throws {
        let gate = try #require(EventDescriptor())
        try #require(bench.desk.reading.submit { _ = gate.wait(atMost: .seconds(60)) })
        let target = "/api/v1/pipelines/greet/runs"
        #expect(try bench.ask(.post, target, token: bench.token).status == 202)
        gate.signal()
        _ = bench.desk.host.stop()
        #expect(try rows(try bench.ask(.get, "/api/v1/runs")).count == 1)
    }
}
