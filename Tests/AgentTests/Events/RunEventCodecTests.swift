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

    struct Golden: CustomTestStringConvertible {
        var event: RunEvent
        var text: String
        var testDescription: String { text }

        init(_ event: RunEvent, _ text: String) {
            self.event = event
            self.text = text
        }
    }

    private static let attempt = AttemptRef(step: "load", number: 3)

    /// The schema, line by line; a change here is a change of the format.
    static let golden: [Golden] = [
        Golden(
            .runStarted(
                RunStarted(
                    run: RunID(high: 1, low: 2),
                    pipeline: "daily",
                    stepCount: 5,
                    workers: 4,
                    specDigest: "ab12",
                    trigger: "cli",
                    scheduledAt: Timestamp(nanoseconds: 7),
                    trace: TraceContext(
                        traceID: TraceID(high: 3, low: 4),
                        parent: SpanID(5),
                        flags: 3,
                        state: "a=b",
                        baggage: "c=d"
                    ),
                    resource: [
                        ResourceAttribute("service.name", "weir"),
                        ResourceAttribute("process.pid", 99),
                    ],
                    spanLimits: SpanLimits(attributeValueLength: 64),
                    isExported: true
                )
            ),
            #""type":"run_started","format":1,"run":"00000000000000010000000000000002","#
                + #""pipeline":"daily","steps":5,"workers":4,"spec_sha256":"ab12","#
                + #""trigger":"cli","scheduled_at":7,"#
                + #""trace_id":"00000000000000030000000000000004","#
                + #""parent_span_id":"0000000000000005","trace_flags":3,"trace_state":"a=b","#
                + #""baggage":"c=d","resource":{"service.name":"weir","process.pid":99},"#
                + #""span_limits":{"attributes":128,"attribute_length":64,"events":128,"links":128},"#
                + #""exported":true}"#
        ),
        Golden(
            .runResumed(RunResumed(recovery: 1, diedAt: Timestamp(nanoseconds: 5))),
            #""type":"run_resumed","recovery":1,"died_at":5}"#
        ),
        Golden(.stepReady(step: "b", after: nil), #""type":"step_ready","step":"b"}"#),
        Golden(
            .stepReady(step: "b", after: "a"),
            #""type":"step_ready","step":"b","after":"a"}"#
        ),
        Golden(
            .attemptStarted(AttemptRef(step: "load", part: .condition, number: 1)),
            #""type":"attempt_started","step":"load","part":"if","attempt":1}"#
        ),
        Golden(
            .attemptLaunched(attempt, pid: 4_711, startTicks: .max),
            #""type":"attempt_launched","step":"load","attempt":3,"pid":4711,"#
                + #""start_ticks":18446744073709551615}"#
        ),
        Golden(
            .outputSet(attempt, key: "count", value: "a\nb"),
            #""type":"output_set","step":"load","attempt":3,"key":"count","value":"a\nb"}"#
        ),
        Golden(
            .attemptFinished(
                attempt,
                AttemptEnd(
                    .exit,
                    exitCode: 2,
                    usage: ResourceUsage(
                        userCPU: .microseconds(12),
                        systemCPU: .milliseconds(3),
                        peakMemory: 4_096,
                        peakMemoryFloor: 1_024,
                        bytesRead: 0,
                        bytesWritten: 5,
                        voluntarySwitches: 6,
                        involuntarySwitches: 7
                    ),
                    executable: "bash",
                    tail: OutputTail(lines: ["no \"x\"", ""], totalLines: 37)
                )
            ),
            #""type":"attempt_finished","step":"load","attempt":3,"result":"failure","#
                + #""reason":"exit","exit_code":2,"usage":{"user_cpu_ns":12000,"#
                + #""system_cpu_ns":3000000,"peak_memory_bytes":4096,"#
                + #""peak_memory_floor_bytes":1024,"read_bytes":0,"written_bytes":5,"#
                + #""voluntary_switches":6,"involuntary_switches":7},"executable":"bash","#
                + #""tail":{"total_lines":37,"lines":["no \"x\"",""]}}"#
        ),
        Golden(
            .attemptFinished(
                attempt,
                AttemptEnd(
                    Outcome(.agentCrash),
                    signal: 9,
                    endedAt: Timestamp(nanoseconds: 8),
                    message: "gone"
                )
            ),
            #""type":"attempt_finished","step":"load","attempt":3,"result":"error","#
                + #""reason":"agent_crash","signal":9,"ended_at":8,"message":"gone"}"#
        ),
        Golden(
            .retryScheduled(step: "load", next: 4, until: Timestamp(nanoseconds: 9)),
            #""type":"retry_scheduled","step":"load","next_attempt":4,"until":9}"#
        ),
        Golden(
            .stepFinished(step: "load", StepEnd(.exit, attempts: 3, isTolerated: true)),
            #""type":"step_finished","step":"load","result":"failure","reason":"exit","#
                + #""attempts":3,"tolerated":true}"#
        ),
        Golden(
            .stepFinished(
                step: "load",
                StepEnd(Outcome(.dependency), attempts: 0, because: "clean")
            ),
            #""type":"step_finished","step":"load","result":"skip","reason":"dependency","#
                + #""attempts":0,"because":"clean"}"#
        ),
        Golden(
            .runStopping(.cancelled(by: "signal SIGINT", isForced: false)),
            #""type":"run_stopping","cause":"cancelled","by":"signal SIGINT"}"#
        ),
        Golden(
            .runStopping(.cancelled(by: "weir cancel", isForced: true)),
            #""type":"run_stopping","cause":"cancelled","by":"weir cancel","forced":true}"#
        ),
        Golden(.runStopping(.timedOut), #""type":"run_stopping","cause":"timed_out"}"#),
        Golden(
            .runStopping(.failed(step: "load")),
            #""type":"run_stopping","cause":"failed","step":"load"}"#
        ),
        Golden(
            .runFinished(RunEnd(.exit, step: "load", message: "no")),
            #""type":"run_finished","result":"failure","reason":"exit","step":"load","#
                + #""message":"no"}"#
        ),
    ]

    @Test(arguments: golden)
    func `writes and reads the schema as it is documented`(row: Golden) throws {
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
        for row in RunEventCodecTests.golden {
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
        let event = RunEvent.outputSet(RunEventCodecTests.attempt, key: "k", value: value)
        #expect(throws: JournalError.self) {
            try codec.encode(
                RecordedEvent(sequence: 1, at: Timestamp(nanoseconds: 0), event: event),
                into: &lines
            )
        }
        #expect(lines == Array("turn".utf8))
        // The largest that the limits allow fits: every byte escaped to six.
        let worst = String(repeating: "\u{1}", count: Limits.outputValueBytes)
        let lawful = RunEvent.outputSet(RunEventCodecTests.attempt, key: "k", value: worst)
        try codec.encode(
            RecordedEvent(sequence: 1, at: Timestamp(nanoseconds: 0), event: lawful),
            into: &lines
        )
    }
}
