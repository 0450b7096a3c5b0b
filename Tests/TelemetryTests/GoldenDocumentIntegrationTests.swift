import TestSupport
import Testing

/// The documents that the golden files hold, read by somebody else's implementation of OTLP/JSON.
@Suite(.timeLimit(.minutes(10)))
struct GoldenDocumentIntegrationTests {
    private func check(_ line: String) throws -> OTLPChecker.Verdict {
        let folder = TemporaryDirectory()
        folder.write("spans.jsonl", line + "\n")
        return try OTLPChecker.check(folder.path + "/spans.jsonl", ["--expect-runs", "1"])
    }

    @Test func `every document is well formed, and a whole trace`() throws {
        let documents = try Golden.documents()
        #expect(documents.count >= 16)
        // Requests of logs have a checker of their own.
        for (name, line) in documents where name != "logs.json" {
            let verdict = try check(line)
            #expect(verdict.isAccepted, "\(name): \(verdict.findings)")
        }
    }

    @Test(
        arguments: [
            (#""startTimeUnixNano":"1"#, #""startTimeUnixNano":1"#),
            (#""kind":1"#, #""kind":"SPAN_KIND_INTERNAL""#),
            (#""parentSpanId":"2216ab027b5d865f""#, #""parentSpanId":"2216ab027b5d8650""#),
            (#""traceId":"7f3c"#, #""traceId":"7F3C"#),
            (#""stringValue""#, #""string_value""#),
            (#""flags":259"#, #""flags":4096"#),
        ]
    )
    func `the checker refuses each document that is wrong`(good: String, bad: String) throws {
        let document = try Golden.documents().first { $0.name == "retry.json" }
        let line = try #require(document).line
        let spoilt = line.replacing(good, with: bad, maxReplacements: 1)
        try #require(spoilt != line)
        #expect(try !check(spoilt).isAccepted, "\(bad)")
    }
}
