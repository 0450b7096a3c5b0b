import Pipeline
import Telemetry
import Testing
import Transport

@testable import Agent

struct ReceiverAnswerTests {
    /// Reads `Status { int32 code = 1; string message = 2; }` as protobuf has it.
    private func message(_ body: [UInt8]) throws -> String {
        var length = 0
        var place = 3
        try #require(body.count > 4 && body[0] == 0x08 && body[2] == 0x12)
        for shift in stride(from: 0, to: 35, by: 7) {
            let byte = body[place]
            place += 1
            length |= Int(byte & 0x7F) << shift
            if byte < 0x80 { break }
        }
        try #require(body.count - place == length)
        return String(decoding: body[place...], as: UTF8.self)
    }

    @Test(arguments: [0, 1, 127, 128, 16_382, 16_383, 16_384, 16_385, 100_000])
    func `an error of any length is whole protobuf`(_ count: Int) throws {
        let text = String(repeating: "x", count: count)
        let response = ReceiverAnswer.failure(429, text, .protobuf)
        #expect(response.status == 429)
        #expect(response.body[1] == 8, "RESOURCE_EXHAUSTED")
        #expect(try message(response.body) == text.prefix(16_383))
    }
}
