import Pipeline
import Telemetry
import Testing

/// Requests in protobuf, put together by hand, as OTLP/JSON.
struct OTLPTranscodingTests {
    private func tag(_ number: Int, _ type: Int) -> [UInt8] { varint(UInt64(number << 3 | type)) }

    private func varint(_ value: UInt64) -> [UInt8] {
        var (value, bytes) = (value, [UInt8]())
        while value >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        return bytes + [UInt8(value)]
    }

    private func field(_ number: Int, _ bytes: [UInt8]) -> [UInt8] {
        tag(number, 2) + varint(UInt64(bytes.count)) + bytes
    }

    private func field(_ number: Int, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }

    private func number(_ number: Int, _ value: UInt64) -> [UInt8] {
        tag(number, 0) + varint(value)
    }

    private func fixed64(_ number: Int, _ value: UInt64) -> [UInt8] {
        tag(number, 1) + (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    private func fixed32(_ number: Int, _ value: UInt32) -> [UInt8] {
        tag(number, 5) + (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    private func attribute(_ key: String, _ value: [UInt8]) -> [UInt8] {
        field(1, key) + field(2, value)
    }

    private func json(_ body: [UInt8]) throws -> String {
        String(decoding: try OTLPTranscoding.json(ofTraces: body), as: UTF8.self)
    }

    @Test func `every field of a span has its name and form`() throws {
        let values: [(String, [UInt8])] = [
            ("text", field(1, "é\"")), ("yes", number(2, 1)),
            ("int", number(3, UInt64(bitPattern: -7))),
            ("double", fixed64(4, (0.5).bitPattern)), ("nan", fixed64(4, Double.nan.bitPattern)),
            ("list", field(5, field(1, number(3, 1)) + field(1, number(3, 2)))),
            ("map", field(6, field(1, attribute("k", field(1, "v"))))),
            ("bytes", field(7, [255, 0])),
            ("empty", []),
        ]
        let event =
            fixed64(1, 5) + field(2, "e") + field(3, attribute("a", field(1, "b"))) + number(4, 1)
        let link =
            field(1, [UInt8](repeating: 0xAB, count: 16)) + field(2, [1, 2, 3, 4, 5, 6, 7, 8])
            + fixed32(6, 769)
        let span: [UInt8] =
            field(1, (1...16).map { UInt8($0) }) + field(2, [UInt8](repeating: 0x0F, count: 8))
            + field(3, "a=b") + field(4, [UInt8](repeating: 0xF0, count: 8)) + field(5, "name")
            + number(6, 3) + fixed64(7, 1_700_000_000_000_000_001) + fixed64(8, 2)
            + values.flatMap { field(9, attribute($0, $1)) } + number(10, 4)
            + field(11, event) + number(12, 5) + field(13, link) + number(14, 6)
            + field(15, field(2, "bad") + number(3, 2)) + fixed32(16, 257) + field(99, "unknown")
        let scope = field(1, field(1, "lib") + field(2, "1")) + field(2, span) + field(3, "url")
        let resource = field(1, attribute("service.name", field(1, "s"))) + number(2, 1)
        let body = field(1, field(1, resource) + field(2, scope))
        #expect(
            try json(body)
                == #"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":"#
                + #"{"stringValue":"s"}}],"droppedAttributesCount":1},"scopeSpans":[{"scope":{"name":"#
                + #""lib","version":"1"},"spans":[{"traceId":"0102030405060708090a0b0c0d0e0f10","#
                + #""spanId":"0f0f0f0f0f0f0f0f","traceState":"a=b","parentSpanId":"f0f0f0f0f0f0f0f0","#
                + #""flags":257,"name":"name","kind":3,"startTimeUnixNano":"1700000000000000001","#
                + #""endTimeUnixNano":"2","attributes":[{"key":"text","value":{"stringValue":"é\""}},"#
                + #"{"key":"yes","value":{"boolValue":true}},{"key":"int","value":{"intValue":"-7"}},"#
                + #"{"key":"double","value":{"doubleValue":0.5}},{"key":"nan","value":{"doubleValue":"#
                + #""NaN"}},{"key":"list","value":{"arrayValue":{"values":[{"intValue":"1"},"#
                + #"{"intValue":"2"}]}}},{"key":"map","value":{"kvlistValue":{"values":[{"key":"k","#
                + #""value":{"stringValue":"v"}}]}}},{"key":"bytes","value":{"bytesValue":"/wA="}},"#
                + #"{"key":"empty","value":{}}],"droppedAttributesCount":4,"events":[{"timeUnixNano":"#
                + #""5","name":"e","attributes":[{"key":"a","value":{"stringValue":"b"}}],"#
                + #""droppedAttributesCount":1}],"droppedEventsCount":5,"links":[{"traceId":"#
                + #""abababababababababababababababab","spanId":"0102030405060708","flags":769}],"#
                + #""droppedLinksCount":6,"status":{"message":"bad","code":2}}],"schemaUrl":"url"}]}]}"#
        )
    }

    @Test func `what nests too deep, or lies, is refused`() throws {
        var value = field(1, "v")
        for _ in 0..<200 { value = field(5, field(1, value)) }
        let span = field(9, attribute("deep", value))
        let body = field(1, field(2, field(2, span)))
        #expect(throws: OTLPFault.self) { try OTLPTranscoding.json(ofTraces: body) }
        #expect(throws: OTLPFault.self) { try OTLPTranscoding.json(ofTraces: [0x0A, 0x7F]) }
        for length in 0..<body.count {
            _ = try? OTLPTranscoding.json(ofTraces: Array(body[..<length]))
        }
    }
}
