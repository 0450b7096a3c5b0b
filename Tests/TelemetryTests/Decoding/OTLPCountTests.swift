import FoundationEssentials
import Pipeline
import Telemetry
import TestSupport
import Testing

struct OTLPCountTests {
    /// A body that the SDK of Python has made.
    struct Sample: CustomTestStringConvertible, Sendable {
        var signal: OTLPSignal
        var encoding: OTLPEncoding
        var items: Int
        var bytes: [UInt8]

        var testDescription: String { "\(signal.rawValue) \(encoding.rawValue)" }

        /// `Tests/Tools/otlp_child.py --dump --spans 2`, three signals in both encodings.
        static let all: [Sample] = {
            let path = #filePath.replacing(
                "Decoding/OTLPCountTests.swift",
                with: "Golden/sdk-bodies.txt"
            )
            let lines = ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(
                separator: "\n"
            )
            return lines.compactMap { line in
                let words = line.split(separator: " ")
                guard words.count == 4, let signal = OTLPSignal(rawValue: String(words[0])),
                    let encoding = OTLPEncoding(rawValue: String(words[1])),
                    let items = Int(words[2]), let bytes = Data(base64Encoded: String(words[3]))
                else { return nil }
                return Sample(signal: signal, encoding: encoding, items: items, bytes: Array(bytes))
            }
        }()
    }

    private func count(
        _ bytes: [UInt8],
        _ signal: OTLPSignal = .traces,
        _ encoding: OTLPEncoding = .protobuf
    ) -> Result<Int, OTLPFault> {
        do throws(OTLPFault) {
            return .success(try OTLPCount.items(in: bytes, signal, encoding, depth: 200))
        } catch {
            return .failure(error)
        }
    }

    private func json(_ text: String, _ signal: OTLPSignal = .traces) -> Result<Int, OTLPFault> {
        count(Array(text.utf8), signal, .json)
    }

    @Test func `there are samples of all signals in both encodings`() {
        #expect(Sample.all.count == 6)
    }

    @Test(arguments: Sample.all)
    func `what an SDK makes is counted`(_ sample: Sample) {
        #expect(count(sample.bytes, sample.signal, sample.encoding) == .success(sample.items))
    }

    @Test func `an empty request is one`() {
        for signal in OTLPSignal.allCases {
            #expect(count([], signal) == .success(0))
            #expect(json("{}", signal) == .success(0))
        }
        #expect(json(#"{"resourceSpans":null}"#) == .success(0))
    }

    @Test func `points are counted, not metrics, of every kind of data`() {
        let metrics = [5, 7, 9, 10, 11].map { Protobuf.metric($0, points: 3) }
        let empty = Protobuf.field(1, Array("name".utf8))
        let items = (metrics + [empty]).flatMap { Protobuf.field(2, $0) }
        let request = Protobuf.field(1, Protobuf.field(2, items))
        #expect(count(request, .metrics) == .success(15))
        let kinds = ["gauge", "sum", "histogram", "exponentialHistogram", "summary"]
            .map { #"{"name":"m","\#($0)":{"dataPoints":[{},{"attributes":[]}]}}"# }
        let list = kinds.joined(separator: ",")
        let text = #"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[\#(list)]}]}]}"#
        #expect(json(text, .metrics) == .success(10))
    }

    @Test func `fields of a later version are passed over`() {
        let later =
            Protobuf.field(900, varint: .max) + Protobuf.field(536_870_911, [1, 2, 3])
            + Protobuf.tag(77, 5) + [0, 0, 0, 0] + Protobuf.tag(78, 1)
            + [UInt8](repeating: 9, count: 8)
        let span = Protobuf.span + later
        let request = later + Protobuf.field(1, later + Protobuf.field(2, Protobuf.field(2, span)))
        #expect(count(request) == .success(1))
        let text =
            #"{"new":[{"a":[1]}],"resourceLogs":[{"x":1,"scopeLogs":[{"logRecords":[{"y":{}}]}]}]}"#
        #expect(json(text, .logs) == .success(1))
    }

    struct Fault: CustomTestStringConvertible, Sendable {
        var name: String
        var bytes: [UInt8]
        var reason: OTLPFault.Reason
        var offset: Int
        var signal = OTLPSignal.traces
        var testDescription: String { name }
    }

    static let faults = [
        Fault(
            name: "a length beyond the end",
            bytes: Protobuf.field(1, [0], length: 9),
            reason: .lengthBeyondEnd(9),
            offset: 1
        ),
        Fault(
            name: "a length beyond any memory",
            bytes: [0x0A] + Protobuf.varint(.max),
            reason: .lengthBeyondEnd(.max),
            offset: 1
        ),
        Fault(
            name: "a length beyond its message",
            bytes: Protobuf.field(1, Protobuf.field(2, [], length: 1)) + [0, 0],
            reason: .lengthBeyondEnd(1),
            offset: 3
        ),
        Fault(name: "a group", bytes: Protobuf.tag(1, 3), reason: .group, offset: 0),
        Fault(name: "the end of a group", bytes: Protobuf.tag(4, 4), reason: .group, offset: 0),
        Fault(name: "wire type 6", bytes: Protobuf.tag(4, 6), reason: .wireType(6), offset: 0),
        Fault(name: "wire type 7", bytes: Protobuf.tag(4, 7), reason: .wireType(7), offset: 0),
        Fault(name: "field 0", bytes: [0x02, 0x00], reason: .fieldNumber, offset: 0),
        Fault(name: "field 2^29", bytes: Protobuf.varint(1 << 32), reason: .fieldNumber, offset: 0),
        Fault(
            name: "eleven bytes of varint",
            bytes: [0x20] + [UInt8](repeating: 0x80, count: 10) + [0],
            reason: .varintTooLong,
            offset: 1
        ),
        Fault(
            name: "65 bits of varint",
            bytes: [0x20] + [UInt8](repeating: 0xFF, count: 9) + [2],
            reason: .varintTooLong,
            offset: 1
        ),
        Fault(name: "half a varint", bytes: [0x20, 0x80], reason: .unexpectedEnd, offset: 1),
        Fault(
            name: "half a fixed64",
            bytes: Protobuf.tag(4, 1) + [1, 2, 3],
            reason: .unexpectedEnd,
            offset: 1
        ),
        Fault(
            name: "a number for a message",
            bytes: Protobuf.field(1, varint: 5),
            reason: .kind(field: "resource_spans"),
            offset: 0
        ),
        Fault(
            name: "no trace id",
            bytes: Protobuf.request(Protobuf.field(2, Protobuf.spanID)),
            reason: .id("traceId", bytes: 16),
            offset: 4
        ),
        Fault(
            name: "a trace id of 8 bytes",
            bytes: Protobuf.request(Protobuf.field(1, Protobuf.spanID)),
            reason: .id("traceId", bytes: 16),
            offset: 6
        ),
        Fault(
            name: "a trace id of zeros",
            bytes: Protobuf.request(Protobuf.field(1, [UInt8](repeating: 0, count: 16))),
            reason: .id("traceId", bytes: 16),
            offset: 6
        ),
        Fault(
            name: "a span id that is a number",
            bytes: Protobuf.request(
                Protobuf.field(1, Protobuf.traceID) + Protobuf.field(2, varint: 7)
            ),
            reason: .id("spanId", bytes: 8),
            offset: 24
        ),
        Fault(
            name: "a parent of 7 bytes",
            bytes: Protobuf.request(Protobuf.span + Protobuf.field(4, [1, 2, 3, 4, 5, 6, 7])),
            reason: .id("parentSpanId", bytes: 8),
            offset: 34
        ),
        Fault(
            name: "a log's trace id of 3 bytes",
            bytes: Protobuf.request(Protobuf.field(9, [1, 2, 3])),
            reason: .id("traceId", bytes: 16),
            offset: 6,
            signal: .logs
        ),
        Fault(
            name: "a point that lies",
            bytes: Protobuf.request(Protobuf.field(5, Protobuf.field(1, [0x0A, 9]))),
            reason: .lengthBeyondEnd(9),
            offset: 11,
            signal: .metrics
        ),
    ]

    @Test(arguments: faults)
    func `a body that is none is refused where it is wrong`(_ fault: Fault) {
        let expected = OTLPFault(fault.reason, at: fault.offset)
        #expect(count(fault.bytes, fault.signal) == .failure(expected))
        #expect(expected.description.hasSuffix("at byte \(fault.offset)"))
    }

    @Test func `an id may be empty where there need not be one`() {
        let span = Protobuf.span + Protobuf.field(4, [])
        #expect(count(Protobuf.request(span)) == .success(1))
        let record = Protobuf.field(9, []) + Protobuf.field(10, [])
        #expect(count(Protobuf.request(record), .logs) == .success(1))
        let text =
            #"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"traceId":"","spanId":null}]}]}]}"#
        #expect(json(text, .logs) == .success(1))
    }

    @Test func `JSON that is none is refused where it is wrong`() {
        func fault(_ span: String) -> OTLPFault.Reason? {
            let text = #"{"resourceSpans":[{"scopeSpans":[{"spans":[\#(span)]}]}]}"#
            guard case .failure(let fault) = json(text) else { return nil }
            return fault.reason
        }
        let trace = OTLPFault.Reason.id("traceId", bytes: 16)
        #expect(fault("{}") == trace)
        // What protobuf's own JSON makes of bytes.
        #expect(fault(#"{"traceId":"AQIDBAUGBwgJCgsMDQ4PEA=="}"#) == trace)
        #expect(fault(#"{"traceId":"00000000000000000000000000000000"}"#) == trace)
        #expect(fault(#"{"traceId":12}"#) == .json(.expected("a string")))
        #expect(fault("[]") == .json(.expected("an object")))
        let ids = #""traceId":"0AF7651916CD43DD8448EB211C80319C","spanId":"b7ad6b7169203331""#
        #expect(fault("{\(ids)}") == nil)
        #expect(fault(#"{\#(ids),"parentSpanId":"b7ad6b71"}"#) == .id("parentSpanId", bytes: 8))
        #expect(
            json(#"{"resource_spans":[]}"#)
                == .failure(OTLPFault(.snakeCase("resource_spans"), at: 18))
        )
        #expect(json("[]") == .failure(OTLPFault(.json(.expected("an object")), at: 0)))
        #expect(json("{} {}") == .failure(OTLPFault(.json(.trailingContent), at: 3)))
    }
}
