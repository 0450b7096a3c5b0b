import Telemetry
import Testing

struct OTLPPartialSuccessTests {
    private func json(_ text: String, _ signal: OTLPSignal) -> OTLPPartialSuccess? {
        OTLPPartialSuccess(Array(text.utf8), signal, .json)
    }

    @Test func `each signal has its own name for what was refused`() {
        let names: [(OTLPSignal, String)] = [
            (.traces, "rejectedSpans"), (.metrics, "rejectedDataPoints"),
            (.logs, "rejectedLogRecords"),
        ]
        for (signal, name) in names {
            let body = #"{"partialSuccess":{"\#(name)":"3","errorMessage":"too old"}}"#
            for other in OTLPSignal.allCases {
                #expect(json(body, other)?.rejected == (other == signal ? 3 : 0))
                #expect(json(body, other)?.message == "too old")
            }
        }
    }

    // message R { P partial = 1; }  message P { int64 rejected = 1; string message = 2; }
    @Test(
        arguments: [
            ([], nil, nil),
            ([0x0A, 0x00], 0, nil),
            ([0x0A, 0x02, 0x08, 0x03], 3, nil),
            ([0x0A, 0x05, 0x08, 0xAC, 0x02, 0x12, 0x00], 300, nil),
            ([0x0A, 0x08, 0x08, 0x03, 0x12, 0x04, 0x73, 0x6C, 0x6F, 0x77], 3, "slow"),
            // The message first, an unknown field, and the answer's own unknown field.
            ([0x18, 0x01, 0x0A, 0x06, 0x12, 0x01, 0x78, 0x30, 0x07, 0x08, 0x09], 0, "x"),
            // -1 as ten bytes.
            (
                [0x0A, 0x0B, 0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], 0,
                nil
            ),
            // A length that lies, a varint without end, not protobuf at all.
            ([0x0A, 0x7F, 0x08, 0x03], nil, nil),
            ([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], nil, nil),
            (Array("<html> thanks".utf8), nil, nil),
        ] as [([UInt8], Int?, String?)]
    )
    func `protobuf says the same`(body: [UInt8], rejected: Int?, message: String?) {
        let found = OTLPPartialSuccess(body, .logs, .protobuf)
        #expect(found?.rejected == rejected)
        #expect(found?.message == message)
        for length in 0..<body.count {
            _ = OTLPPartialSuccess(Array(body[..<length]), .logs, .protobuf)
        }
    }
}
