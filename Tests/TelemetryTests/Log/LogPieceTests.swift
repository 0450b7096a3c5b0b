import Pipeline
import Testing

@testable import Telemetry

/// Records of steps' logs as readers find them.
struct LogPieceTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000000000Z"),
        (1_475_712_429_669_794_202, "2016-10-06T00:07:09.669794202Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (Int64.max, "2262-04-11T23:47:16.854775807Z"),
        (Int64.min, "1677-09-21T00:12:43.145224192Z"),
        (951_782_400_000_000_001, "2000-02-29T00:00:00.000000001Z"),
    ])
    func `instants have nine decimals and one length`(nanoseconds: Int64, text: String) {
        let bytes = PreciseInstant.bytes(Timestamp(nanoseconds: nanoseconds))
        #expect(String(decoding: bytes, as: UTF8.self) == text)
        #expect(PreciseInstant.isInstant(bytes[...]))
    }

    private let time = "2016-10-06T00:17:09.669794202Z"

    @Test(arguments: [
        ("stdout F text", StepStream.stdout, "text", LogPiece.Ending.line),
        ("stderr F ", .stderr, "", .line),
        ("stderr P half ", .stderr, "half ", .piece),
        ("stdout F:noeol end", .stdout, "end", .end),
        ("stdout P:other goes on", .stdout, "goes on", .piece),
        (
            "stdout F 2016-10-06T00:17:09.669794202Z stdout F twice", .stdout,
            "2016-10-06T00:17:09.669794202Z stdout F twice", .line
        ),
    ])
    func `a record has a time, a stream, a tag and the text as it was`(
        rest: String,
        stream: StepStream,
        text: String,
        ending: LogPiece.Ending
    ) throws {
        let piece = try #require(LogPiece(record: Array("\(time) \(rest)".utf8)[...]))
        #expect(String(decoding: piece.text, as: UTF8.self) == text)
        #expect(piece.time.map { String(decoding: $0, as: UTF8.self) } == time)
        #expect(piece.stream == stream)
        #expect(piece.ending == ending)
    }

    @Test(arguments: [
        "", "stdout F text", "2016-10-06T00:17:09.669794202Z", "2016-10-06T00:17:09Z stdout F text",
        "2016-10-06T00:17:09.669794202Z stdin  F text",
        "2016-10-06T00:17:09.669794202Z stdout X text",
        "2016-10-06T00:17:09.669794202Z stdout Ftext", "2016-10-06 00:17:09.669794202Z stdout F x",
    ])
    func `what is no record is not taken for one`(line: String) {
        #expect(LogPiece(record: Array(line.utf8)[...]) == nil)
    }

    // MARK: - Lines from pieces

    private func piece(
        _ text: String,
        _ ending: LogPiece.Ending,
        _ stream: StepStream = .stdout
    ) -> LogPiece {
        LogPiece(
            time: Array(time.utf8)[...],
            stream: stream,
            text: Array(text.utf8)[...],
            ending: ending
        )
    }

    @Test func `each stream's pieces become its lines`() {
        var assembly = LogAssembly()
        #expect(assembly.take(piece("one ", .piece)) == nil)
        #expect(assembly.take(piece("other ", .piece, .stderr)) == nil)
        let line = assembly.take(piece("line", .line))
        #expect(line.map { String(decoding: $0.text, as: UTF8.self) } == "one line")
        let rest = assembly.finish()
        #expect(rest.map { String(decoding: $0.text, as: UTF8.self) } == ["other "])
        #expect(rest.map(\.ending) == [.end])
        #expect(assembly.finish().isEmpty)
    }

    @Test func `a line without end is given in pieces`() {
        var assembly = LogAssembly()
        let long = String(repeating: "x", count: LogPiece.textBytes)
        var given = 0
        for _ in 0..<64 { given += assembly.take(piece(long, .piece))?.text.count ?? 0 }
        #expect(given > 0)
        #expect(64 * long.utf8.count - given < LogAssembly.lineBytes)
    }

    // MARK: - Lines as they are shown

    private let source = LogSource(
        run: RunID(high: 1, low: 2),
        attempt: AttemptRef(step: "load", number: 2),
        traceID: TraceID(high: 3, low: 4),
        spanID: SpanID(5)
    )

    private func shown(_ line: LogPiece, _ style: LogStyle) -> String {
        var bytes: [UInt8] = []
        style.append(line, of: source, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `lines are shown bare, with times, with names`() {
        let line = piece("text", .line)
        #expect(shown(line, LogStyle()) == "text\n")
        #expect(shown(piece("text", .end), LogStyle()) == "text")
        #expect(shown(line, LogStyle(showsTime: true)) == "\(time) text\n")
        #expect(shown(piece("text", .end), LogStyle(labelWidth: 9)) == "load #2   │ text\n")
        var plain = line
        plain.time = nil
        #expect(shown(plain, LogStyle(showsTime: true, labelWidth: 0)) == "load #2 │ text\n")
    }

    @Test func `a line as JSON has its ids, and text that is none is repaired`() throws {
        var line = piece("a \"b\"", .line, .stderr)
        line.text += [0xFF]
        let text = shown(line, LogStyle(isJSON: true))
        #expect(text.hasSuffix("}\n"))
        let value = try JSONValue(parsing: Array(text.utf8))
        #expect(value["text"]?.string == "a \"b\"\u{FFFD}")
        #expect(value["stream"]?.string == "stderr")
        #expect(value["at"]?.string == time)
        #expect(value["span_id"]?.string == "0000000000000005")
        #expect(value["trace_id"]?.string == "00000000000000030000000000000004")
        #expect(value["run"]?.string == "00000000000000010000000000000002")
        #expect(value["part"] == nil)
    }
}
