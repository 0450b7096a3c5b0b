import Agent
import Journal
import Pipeline
import TestSupport
import Testing

struct RunEventCodecTests {
    private func text(of event: RunEvent, sequence: UInt64 = 12) throws -> String {
        var codec = RunEventCodec()
        var line: [UInt8] = []
        let at = Timestamp(nanoseconds: 1_755_687_600_123_456_789)
        try codec.encode(RecordedEvent(sequence: sequence, at: at, event: event), into: &line)
        let text = String(decoding: line.dropLast(), as: UTF8.self)
        // All that a golden line need not repeat.
        return String(text.dropFirst(#"{"crc":"00000000","#.utf8.count))
    }

    private func decode(_ text: String) throws(CodecError) -> RecordedEvent {
        let bytes = Array(text.utf8)
        return try RunEventCodec.decode(bytes, in: bytes.indices)
    }

    @Test(arguments: GoldenEvent.all)
    func `writes and reads the schema as it is documented`(row: GoldenEvent) throws {
        let common = #""seq":12,"at":1755687600123456789,"#
        #expect(try text(of: row.event) == common + row.text)
        let read = try decode(#"{"crc":"00000000","# + common + row.text)
        #expect(read.event == row.event)
        #expect(read.sequence == 12)
        #expect(read.at.nanoseconds == 1_755_687_600_123_456_789)
    }

    @Test(arguments: [1, 2, 3])
    func `every event comes back as it went, byte for byte, through a real journal`(
        seed: UInt64
    ) throws {
        var events = RandomEvents(seed: seed)
        var codec = RunEventCodec()
        let folder = TemporaryDirectory()
        let journal = try JournalWriter.create(folder.path + "/j")
        var written: [RecordedEvent] = []
        for _ in 0..<200 {
            var lines: [UInt8] = []
            for event in events.oneOfEach() {
                var recorded = events.recorded(event)
                recorded.sequence = UInt64(written.count + 1)
                try codec.encode(recorded, into: &lines)
                written.append(recorded)
            }
            try journal.append(lines)
        }
        var reader = try JournalReader(folder.path + "/j")
        var again: [UInt8] = []
        for expected in written {
            let line = try #require(try reader.next())
            let event = try RunEventCodec.decode(line)
            #expect(event == expected, "seed \(seed), event \(expected.sequence)")
            // Equality of strings is canonical equivalence; of bytes it is not.
            again.removeAll()
            try codec.encode(event, into: &again)
            #expect(again.dropLast().elementsEqual(line.buffer[line.range]))
        }
        #expect(try reader.next() == nil)
        #expect(reader.report.verdict == .complete)
    }

    @Test func `any sequence number and any instant come back`() throws {
        var events = RandomEvents(seed: 9)
        var codec = RunEventCodec()
        for sequence in [1, 2, UInt64(Int64.max), UInt64(Int64.max) + 1, .max] {
            var event = events.recorded(.runStopping(.timedOut))
            event.sequence = sequence
            var line: [UInt8] = []
            try codec.encode(event, into: &line)
            #expect(try RunEventCodec.decode(line, in: 0..<(line.count - 1)) == event)
        }
    }

    private let head = #"{"crc":"00000000","seq":7,"at":5,"type":"#

    @Test func `an unknown type is told apart, with its place`() throws {
        #expect(
            throws: CodecError.unknownType(
                "step_teleported",
                sequence: 7,
                at: Timestamp(nanoseconds: 5)
            )
        ) {
            try decode(head + #""step_teleported","step":"load"}"#)
        }
    }

    @Test(arguments: [
        (
            #""step_ready","step":"a","colour":"red"}"#,
            CodecError.unknownField("colour", type: "step_ready")
        ),
        (#""step_ready"}"#, .missingField("step", type: "step_ready")),
        (#""step_ready","after":"b","step":"a"}"#, .missingField("step", type: "step_ready")),
        (
            #""run_finished","result":"success","reason":"cancel"}"#,
            .invalidValue(field: "reason", type: "run_finished")
        ),
        (
            #""run_finished","result":"great","reason":"exit"}"#,
            .invalidValue(field: "result", type: "run_finished")
        ),
        (
            #""attempt_launched","step":"a","attempt":1,"pid":2147483648,"start_ticks":1}"#,
            .invalidValue(field: "pid", type: "attempt_launched")
        ),
        (
            #""attempt_started","step":"a","part":"main","attempt":1}"#,
            .invalidValue(field: "part", type: "attempt_started")
        ),
        (
            #""run_stopping","cause":"bored"}"#,
            .invalidValue(field: "cause", type: "run_stopping")
        ),
        (
            #""step_finished","step":"a","result":"success","reason":"exit","attempts":1,"#
                + #""tolerated":false}"#,
            .invalidValue(field: "tolerated", type: "step_finished")
        ),
        (#""step_ready","step":7}"#, .json(JSONError(.expected("a string"), at: 60))),
        (#""step_ready","step":"a"} x"#, .json(JSONError(.trailingContent, at: 65))),
    ])
    func `what is not of the schema is refused by name`(text: String, error: CodecError) {
        #expect(throws: error) { try decode(head + text) }
    }

    @Test func `a line cut or changed anywhere is decoded to something whole or refused`() throws {
        for row in GoldenEvent.all {
            let bytes = Array((head + row.text.dropFirst(#""type":"#.utf8.count)).utf8)
            _ = try RunEventCodec.decode(bytes, in: bytes.indices)
            for cut in bytes.indices {
                #expect(throws: CodecError.self) { try RunEventCodec.decode(bytes, in: 0..<cut) }
            }
            for position in bytes.indices {
                for bit in 0..<8 {
                    var flipped = bytes
                    flipped[position] ^= 1 << bit
                    // The checksum is what finds a flip; here it must only never trap.
                    _ = try? RunEventCodec.decode(flipped, in: flipped.indices)
                }
            }
        }
    }

    @Test func `an event too large for a line is refused and leaves the turn as it was`() throws {
        var codec = RunEventCodec()
        var lines = Array("turn".utf8)
        let value = String(repeating: "x", count: JournalFormat.lineBytes)
        let event = RunEvent.outputSet(GoldenEvent.attempt, key: "k", value: value)
        #expect(throws: JournalError.self) {
            try codec.encode(
                RecordedEvent(sequence: 1, at: Timestamp(nanoseconds: 0), event: event),
                into: &lines
            )
        }
        #expect(lines == Array("turn".utf8))
        // The largest that the limits allow fits: every byte escaped to six.
        let worst = String(repeating: "\u{1}", count: Limits.outputValueBytes)
        let lawful = RunEvent.outputSet(GoldenEvent.attempt, key: "k", value: worst)
        try codec.encode(
            RecordedEvent(sequence: 1, at: Timestamp(nanoseconds: 0), event: lawful),
            into: &lines
        )
    }
}
