import Pipeline
import Telemetry
import TestSupport
import Testing

/// `OTEL_*_LIMIT`, on spans, events and links alike.
struct SpanLimitsTests {
    private static let source = LinkedRun(
        run: RunID(high: 5, low: 6),
        trace: TraceID(high: 7, low: 8)
    )

    private func spans(_ limits: SpanLimits) -> [FinishedSpan] {
        var script = RunScript.traced(limits: limits, retryOf: Self.source)
        script.add(0, .stepReused(step: "collect", ReusedStep(from: Self.source)))
        script.finishes(0, "collect", Outcome(.reused), attempts: 0)
        script.ready(0, "load")
        script.starts(0, "load")
        script.ends(1, "load", .failure(2, tail: ["e\u{301}\u{1F469}\u{200D}\u{1F4BB}xyz"]))
        script.finishes(1, "load", .exit)
        script.add(1, .runStopping(.cancelled(by: "signal SIGINT", isForced: true)))
        script.starts(1, "load", part: .compensation)
        script.ends(2, "load", 1, part: .compensation, .success())
        script.ends(2, run: RunEnd(.exit, step: "load"))
        return script.spans
    }

    @Test func `each event has a count of its own, whatever the span's is`() throws {
        let spans = spans(SpanLimits(attributeCount: 0, eventAttributeCount: 1))
        let exception = try #require(spans.first { $0.name == "attempt 1" }?.events.first)
        #expect(exception.attributes.entries.map(\.key) == [.exceptionType])
        #expect(exception.attributes.dropped == 1)
        let stopping = try #require(spans.last?.events.first)
        #expect(stopping.attributes.entries.map(\.key) == [.stopCause])
        #expect(stopping.attributes.dropped == 2)
        #expect(spans.allSatisfy { $0.attributes.entries.isEmpty && $0.attributes.dropped > 0 })
    }

    @Test func `each link has a count of its own`() {
        let kinds = spans(SpanLimits()).flatMap(\.links).map { $0.attributes[.linkKind] }
        #expect(kinds == [.text("reuse"), .text("compensation"), .text("retry")])
        let bare = spans(SpanLimits(linkAttributeCount: 0)).flatMap(\.links)
        #expect(bare.count == 3)
        #expect(bare.allSatisfy { $0.attributes.entries.isEmpty && $0.attributes.dropped == 1 })
    }

    @Test func `links beyond their count are dropped and counted`() {
        let none = spans(SpanLimits(linkCount: 0))
        #expect(none.allSatisfy { $0.links.isEmpty })
        #expect(none.map(\.droppedLinks).reduce(0, +) == 3)
        #expect(spans(SpanLimits(linkCount: 1)).allSatisfy { $0.droppedLinks == 0 })
    }

    @Test func `a length counts characters as people see them, everywhere`() throws {
        let spans = spans(SpanLimits(attributeValueLength: 2))
        let exception = try #require(spans.first { $0.name == "attempt 1" }?.events.first)
        #expect(
            exception.attributes[.exceptionMessage]
                == .text("e\u{301}\u{1F469}\u{200D}\u{1F4BB}")
        )
        #expect(spans.first?.links.first?.attributes[.linkKind] == .text("re"))
        #expect(spans.last?.attributes[.criticalPathSteps] == .texts(["lo"]))
        // Only attributes are cut: names and status messages are no attributes.
        #expect(spans.last?.name == "RUN daily-reports")
    }

    @Test func `dropped attributes of events and links stand in the document`() throws {
        let limits = SpanLimits(eventAttributeCount: 1, linkAttributeCount: 0)
        var builder = OTLPBatchBuilder()
        for span in spans(limits) { _ = builder.add(span, of: OTLPResource([])) }
        let batch = builder.take()
        let text = String(decoding: try #require(batch).bytes, as: UTF8.self)
        let id = SpanPath.run.spanID(in: Self.source.run)
        let link =
            #"{"traceId":"\#(Self.source.trace)","spanId":"\#(id)","droppedAttributesCount":1}"#
        #expect(text.contains(link))
        #expect(text.contains(#""value":{"stringValue":"cancel"}}],"droppedAttributesCount":2}"#))
    }

    @Test(arguments: [Int.min, -1, 0, Int.max])
    func `never traps on a strange limit`(limit: Int) {
        let limits = SpanLimits(
            attributeCount: limit,
            attributeValueLength: limit,
            eventCount: limit,
            linkCount: limit,
            eventAttributeCount: limit,
            linkAttributeCount: limit
        )
        let isOpen = limit > 0
        #expect(spans(limits).count == 5)
        #expect(spans(limits).contains { !$0.links.isEmpty } == isOpen)
        #expect(spans(limits).contains { !$0.events.isEmpty } == isOpen)
    }
}
