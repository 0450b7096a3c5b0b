import Pipeline
import TestSupport
import Testing

@testable import Telemetry

/// Lines of steps as they go to a collector.
struct OTLPLogTests {
    private let resource = [
        ResourceAttribute("service.name", "weir"),
        ResourceAttribute("telemetry.sdk.version", "1.2.3"),
        ResourceAttribute("process.pid", 7),
    ]

    private func record(
        _ body: [UInt8],
        _ stream: StepStream = .stdout,
        isPartial: Bool = false
    ) -> OTLPLogRecord {
        let attempt = AttemptRef(step: "load", number: 2)
        return OTLPLogRecord(
            run: RunScript.run,
            attempt: attempt,
            stream: stream,
            at: RunScript.at(1.5),
            observedAt: RunScript.at(1.5),
            body: body[...],
            isPartial: isPartial,
            trace: TraceContext(
                traceID: TraceID(high: RunScript.run.high, low: RunScript.run.low)
            ),
            spanID: SpanPath.attempt(attempt).spanID(in: RunScript.run)
        )
    }

    @Test func `lines of both streams, one that goes on and one that is no text`() throws {
        var builder = OTLPLogBuilder(of: resource)
        _ = builder.add(record(Array("42 rows, größer".utf8)))
        _ = builder.add(record(Array("say \"no\"\t\\\u{1b}[31m".utf8), .stderr))
        _ = builder.add(record([0x61, 0xFF, 0xC3, 0x28], isPartial: true))
        let bytes = builder.byteCount
        let body = builder.take()
        #expect(body?.count == bytes)
        try Golden.expect(try #require(body), matches: "logs")
        let nothing = builder.take()
        #expect(nothing == nil)
    }

    @Test func `a request is bounded by lines and by bytes`() throws {
        var builder = OTLPLogBuilder(of: resource, maximumRecords: 2, maximumBytes: 4_096)
        #expect(builder.add(record([UInt8](repeating: 0, count: 4_096))) == .oversized)
        #expect(builder.isEmpty)
        #expect(builder.add(record([0x61])) == .added)
        let one = builder.byteCount
        #expect(builder.add(record([UInt8](repeating: 0x61, count: 4_000))) == .full)
        #expect(builder.byteCount == one)
        #expect(builder.add(record([0x62])) == .added)
        #expect(builder.add(record([0x63])) == .full)
        let body = builder.take(reusing: [])
        let value = try JSONValue(parsing: try #require(body))
        let logs = value["resourceLogs"]?.array?.first?["scopeLogs"]?.array?.first
        let bodies = logs?["logRecords"]?.array?.map { $0["body"]?["stringValue"]?.string }
        #expect(bodies == ["a", "b"])
        #expect(builder.add(record([0x63])) == .added, "it goes on")
    }

    @Test func `bytes become the text that String makes of them`() throws {
        var random = SeededRandom(seed: 5)
        let interesting: [UInt8] = [
            0x00, 0x1F, 0x22, 0x5C, 0x7F, 0x80, 0xBF, 0xC0, 0xC2, 0xC3, 0xE0, 0xA0, 0x9F, 0xED,
            0xEF,
            0xF0, 0x90, 0x8F, 0xF4, 0xF5, 0xFF, 0x61,
        ]
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...12, using: &random)
            let bytes = (0..<count).map { _ in
                Bool.random(using: &random)
                    ? UInt8.random(in: 0...255, using: &random)
                    : interesting.randomElement(using: &random) ?? 0
            }
            var writer = JSONWriter()
            writer.piece("\"")
            JSONText.append(([0x7A] + bytes)[1...], to: &writer)
            writer.piece("\"")
            let value = try JSONValue(parsing: writer.bytes)
            #expect(value.string == String(decoding: bytes, as: UTF8.self), "\(bytes)")
        }
    }
}
