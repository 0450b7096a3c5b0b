import FoundationEssentials
import Pipeline
import Telemetry
import TestSupport
import Testing

struct OTLPBatchTests {
    private let resource = OTLPResource([ResourceAttribute("service.name", "one")])
    private let other = OTLPResource([ResourceAttribute("service.name", "two")])

    /// What a collector would make of a request.
    private struct Request: Decodable {
        struct Spans: Decodable {
            struct Resource: Decodable {
                struct Attribute: Decodable {
                    struct Value: Decodable {
                        var stringValue: String?
                    }
                    var value: Value
                }
                var attributes: [Attribute]
            }
            struct Scope: Decodable {
                struct Span: Decodable {
                    var spanId: String
                }
                var spans: [Span]
            }
            var resource: Resource
            var scopeSpans: [Scope]
        }
        var resourceSpans: [Spans]

        /// `service: span ids`, in order.
        var content: [String] {
            resourceSpans.map { group in
                let service = group.resource.attributes.first?.value.stringValue ?? "?"
                let ids = group.scopeSpans.flatMap(\.spans).map(\.spanId)
                return "\(service): \(ids.joined(separator: " "))"
            }
        }
    }

    private func content(_ batch: OTLPBatch?) throws -> [String] {
        let bytes = try #require(batch).bytes
        return try JSONDecoder().decode(Request.self, from: Data(bytes)).content
    }

    private func span(_ id: UInt64, name: String = "s") -> FinishedSpan {
        var span = OTLPBatchTests.template
        span.spanID = SpanID(id)
        span.name = name
        return span
    }

    private static let template: FinishedSpan = {
        var script = RunScript.traced()
        script.ends(1, run: RunEnd(.success))
        return script.spans[0]
    }()

    @Test func `gathers spans of several resources, those of one together`() throws {
        var builder = OTLPBatchBuilder()
        for (id, owner) in [(UInt64(1), resource), (2, resource), (3, other), (4, resource)] {
            #expect(builder.add(span(id), of: owner) == .added)
        }
        let size = builder.byteCount
        let batch = builder.take()
        #expect(batch?.spanCount == 4)
        #expect(batch?.bytes.count == size)
        let ids = (1...4).map { SpanID(UInt64($0)).description }
        #expect(
            try content(batch) == ["one: \(ids[0]) \(ids[1])", "two: \(ids[2])", "one: \(ids[3])"]
        )
    }

    @Test func `has nothing to take when nothing was added`() {
        var builder = OTLPBatchBuilder()
        #expect(builder.take() == nil)
        #expect(builder.byteCount == 0)
        _ = builder.add(span(1), of: resource)
        #expect(builder.take() != nil)
        #expect(builder.take() == nil)
    }

    @Test func `is full at its number of spans`() throws {
        var builder = OTLPBatchBuilder(maximumSpans: 2)
        #expect(builder.add(span(1), of: resource) == .added)
        #expect(builder.add(span(2), of: resource) == .added)
        #expect(builder.add(span(3), of: resource) == .full)
        #expect(try content(builder.take()).count == 1)
        #expect(builder.add(span(3), of: resource) == .added)
    }

    @Test func `is full at its number of bytes, to the byte, and stays whole`() throws {
        var builder = OTLPBatchBuilder()
        _ = builder.add(span(1), of: resource)
        _ = builder.add(span(2), of: other)
        let size = builder.byteCount
        for (limit, addition) in [(size, OTLPBatchBuilder.Addition.added), (size - 1, .full)] {
            var tight = OTLPBatchBuilder(maximumBytes: limit)
            #expect(tight.add(span(1), of: resource) == .added)
            #expect(tight.add(span(2), of: other) == addition)
            let batch = tight.take()
            #expect(try content(batch).count == (addition == .added ? 2 : 1))
            #expect(try #require(batch).bytes.count <= limit)
            #expect(tight.add(span(2), of: other) == .added)
            #expect(try content(tight.take()) == ["two: \(SpanID(2))"])
        }
    }

    @Test func `says that a span can never fit`() throws {
        var builder = OTLPBatchBuilder(maximumBytes: 2_000)
        let large = span(9, name: String(repeating: "x", count: 2_000))
        #expect(builder.add(large, of: resource) == .oversized)
        #expect(builder.isEmpty)
        #expect(builder.add(span(1), of: resource) == .added)
        #expect(builder.add(large, of: resource) == .full)
        #expect(try content(builder.take()) == ["one: \(SpanID(1))"])
    }

    @Test func `halves a batch until each span stands alone`() throws {
        var builder = OTLPBatchBuilder()
        for id in UInt64(1)...5 { _ = builder.add(span(id), of: id < 4 ? resource : other) }
        let batch = builder.take()
        var parts = [try #require(batch)]
        var single: [String] = []
        while let part = parts.popLast() {
            guard let (first, second) = part.halved() else {
                single += try content(part)
                continue
            }
            #expect(first.spanCount + second.spanCount == part.spanCount)
            parts += [second, first]
        }
        let ids = (1...5).map { SpanID(UInt64($0)).description }
        #expect(
            single == [
                "one: \(ids[0])", "one: \(ids[1])", "one: \(ids[2])", "two: \(ids[3])",
                "two: \(ids[4])",
            ]
        )
    }

    @Test func `goes on in recycled memory without a trace of the former batch`() throws {
        var builder = OTLPBatchBuilder()
        _ = builder.add(span(1), of: resource)
        let first = builder.take()
        builder.recycle(try #require(first))
        for id in [UInt64(2), 3] {
            _ = builder.add(span(id), of: other)
            #expect(try content(builder.take()) == ["two: \(SpanID(id))"])
        }
    }

    @Test func `lets go of all memory when nothing is in it, and of none before`() throws {
        var builder = OTLPBatchBuilder()
        _ = builder.add(span(1), of: resource)
        let first = builder.take()
        builder.recycle(try #require(first))
        _ = builder.add(span(2), of: resource)
        builder.releaseMemory()
        #expect(builder.capacity > 0)
        #expect(try content(builder.take()) == ["one: \(SpanID(2))"])
        // Goes on in the memory of the first.
        #expect(builder.capacity > 0)
        builder.releaseMemory()
        #expect(builder.capacity == 0)
        _ = builder.add(span(3), of: resource)
        #expect(try content(builder.take()) == ["one: \(SpanID(3))"])
    }

    @Test func `keeps hostile texts within their strings`() throws {
        let name = "\"},{\\\u{0}\u{1f}\u{7f}\n\u{2028}😀"
        var builder = OTLPBatchBuilder()
        _ = builder.add(span(1, name: name), of: OTLPResource([ResourceAttribute("a", name)]))
        let shown = try content(builder.take())
        #expect(shown == ["\(name): \(SpanID(1))"])
    }
}
