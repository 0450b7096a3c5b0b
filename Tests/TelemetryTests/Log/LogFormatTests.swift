import Pipeline
import Testing

@testable import Telemetry

/// Weir's own log, as text.
struct LogFormatTests {
    private func record(_ message: String) -> LogRecord {
        LogRecord(.warn, message, at: Timestamp(nanoseconds: 1_475_712_429_669_794_202))
    }

    @Test(arguments: [
        ("plain", "plain"), ("", #""""#), ("two words", #""two words""#), ("a=b", #""a=b""#),
        (#"say "no""#, #""say \"no\"""#), (#"C:\dir"#, #""C:\\dir""#), ("a\nb", #""a\nb""#),
        ("\u{1b}[31m", #""\u001b[31m""#), ("\u{7f}", #""\u007f""#), ("\u{85}", #""\u0085""#),
        ("\u{202e}x", #""\u202ex""#), ("größer·水", "größer·水"), ("tab\tcr\r", #""tab\tcr\r""#),
        (String(decoding: [0x61, 0xFF], as: UTF8.self), "\"a\u{FFFD}\""),
        ("/path,[1]:%'", "/path,[1]:%'"), ("\0", #""\u0000""#),
    ])
    func `logfmt quotes what could be misread`(text: String, quoted: String) {
        var bytes: [UInt8] = []
        LogfmtText.append(text, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == quoted)
    }

    @Test func `a record is one line of logfmt`() {
        let record = record("run finished").with("run", "7f3c").with("attempt", 2)
            .with("duration", .milliseconds(1_250)).with("step", nil as String?)
        #expect(
            LogFormat.logfmt.text(record)
                == "time=2016-10-06T00:07:09.669794202Z level=warn msg=\"run finished\" run=7f3c "
                + "attempt=2 duration=1.25"
        )
    }

    @Test func `a record is one object of JSON`() throws {
        let record = record("say \"no\"\n\u{1}").with("attempt", 2).with("duration", .seconds(3))
        var bytes: [UInt8] = []
        LogFormat.json.append(record, to: &bytes)
        #expect(bytes.count(where: { $0 == 0x0A }) == 1)
        let value = try JSONValue(parsing: bytes)
        #expect(value["msg"]?.string == "say \"no\"\n\u{1}")
        #expect(value["level"]?.string == "warn")
        #expect(value["time"]?.string == "2016-10-06T00:07:09.669794202Z")
        #expect(LogFormat.json.text(record).contains(#""attempt":2,"duration":3"#))
    }

    @Test func `a value that is too long is cut, in both forms`() {
        let long = record(String(repeating: "ü", count: 1_000_000))
        for format in LogFormat.allCases {
            let text = format.text(long)
            #expect(text.utf8.count < LogFormat.valueBytes + 200)
            #expect(text.contains("ü…"))
        }
    }

    @Test func `levels are in order`() {
        #expect(LogLevel.allCases == LogLevel.allCases.sorted())
        #expect(LogLevel.names == "debug, info, warn, error")
    }
}
