import Pipeline
import TestSupport
import Testing

@testable import Telemetry

/// The page of spans, for programs and for people.
struct SpanTableTests {
    private func board() -> SpanBoard {
        var script = RunScript.traced(steps: 2)
        script.ready(0, "load")
        script.starts(0, "load")
        script.ends(2, "load", .failure(2, tail: ["ERROR: <no> & \"table\""]))
        script.finishes(2, "load", .exit)
        script.ready(2, "index")
        script.starts(3, "index", pid: 77)
        var board = SpanBoard(since: RunScript.start)
        board.apply(script.events, of: RunScript.run)
        return board
    }

    private func table(_ query: SpanTable.Query = SpanTable.Query()) -> SpanTable {
        SpanTable(board(), query, sampler: "AlwaysOnSampler", at: RunScript.at(10))
    }

    private func json(_ table: SpanTable) throws -> JSONValue {
        try JSONValue(parsing: table.json)
    }

    @Test func `JSON has counts, what is open and what failed`() throws {
        let page = try json(table())
        #expect(page["sampler"]?.string == "AlwaysOnSampler")
        #expect(page["bucket_bounds_seconds"]?.array?.count == SpanTally.bounds.count)
        let classes = try #require(page["classes"]?.array)
        let names = classes.map { "\($0["step"]?.string ?? "-") \($0["part"]?.string ?? "")" }
        #expect(names == ["- run", "index step", "index attempt", "load step", "load attempt"])
        #expect(classes[0]["open"] == .integer(1))
        #expect(classes[4]["failed"] == .integer(1))
        #expect(classes[4]["buckets"]?.array?.compactMap(\.integer).reduce(0, +) == 1)
        let open = try #require(page["open"]?.array)
        #expect(
            open.compactMap { $0["name"]?.string } == ["RUN daily-reports", "index", "attempt 1"]
        )
        #expect(open[2]["pid"] == .integer(77))
        #expect(open[2]["trace_id"]?.string == RunScript.run.description)
        let failed = try #require(page["failed"]?.array)
        #expect(failed.compactMap { $0["name"]?.string }.sorted() == ["attempt 1", "load"])
        let attempt = try #require(failed.first { $0["name"]?.string == "attempt 1" })
        #expect(attempt["error"]?.string == "exit 2: ERROR: <no> & \"table\"")
        #expect(attempt["attributes"]?["weir.attempt.number"] == .integer(1))
        #expect(attempt["events"] == .integer(1))
        #expect(page["samples"] == nil)
    }

    @Test func `a query narrows all of it, and a pipeline brings samples`() throws {
        let page = try json(table(SpanTable.Query(pipeline: "daily-reports", step: "load")))
        #expect(page["classes"]?.array?.count == 2)
        #expect(page["open"]?.array?.count == 0)
        #expect(page["samples"]?.array?.count == 2)
        let other = try json(table(SpanTable.Query(pipeline: "other")))
        #expect(other["classes"]?.array?.isEmpty == true)
        #expect(other["failed"]?.array?.isEmpty == true)
    }

    @Test func `a limit cuts what is listed, and says so`() throws {
        let page = try json(table(SpanTable.Query(limit: 1)))
        #expect(page["open"]?.array?.compactMap { $0["name"]?.string } == ["RUN daily-reports"])
        #expect(page["open_omitted"] == .integer(2))
        #expect(page["failed"]?.array?.count == 1)
        #expect(page["classes"]?.array?.count == 5)
    }

    @Test func `the page for people escapes what programs said`() {
        let text = String(decoding: table().html, as: UTF8.self)
        #expect(text.contains("exit 2: ERROR: &lt;no&gt; &amp; &quot;table&quot;"))
        #expect(!text.contains("<no>"))
        #expect(text.contains("/debug/spans?format=html&amp;pipeline=daily-reports"))
        #expect(text.contains("New traces are sampled by AlwaysOnSampler."))
        #expect(text.hasSuffix("</body></html>\n"))
        let narrowed = table(SpanTable.Query(pipeline: "daily-reports"))
        #expect(String(decoding: narrowed.html, as: UTF8.self).contains("Latest of each bucket"))
    }

    @Test func `a long value is shown short`() {
        let long = String(repeating: "ä", count: 5_000)
        #expect(SpanTable.shown(long).count == 256)
        #expect(SpanTable.shown("short") == "short")
    }
}

extension JSONValue {
    fileprivate var integer: Int? {
        guard case .integer(let number) = self else { return nil }
        return Int(number)
    }
}
