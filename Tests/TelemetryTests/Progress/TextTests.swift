import Pipeline
import Telemetry
import TestSupport
import Testing

struct TextTests {
    @Test(arguments: [
        ("plain text", "plain text"),
        ("\u{1b}[1;31mERROR\u{1b}[0m: no", "ERROR: no"),
        ("\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{07}", "link"),
        ("\u{1b}]0;never ended", "0;never ended"),
        ("\u{1b}(B\u{1b}7done\u{1b}", "done"),
        ("10%\r20%\r 100%\r\n".trimmingLineEnd, " 100%"),
        ("a\tb", "a       b"),
        ("bell\u{07} del\u{7f} c1\u{85}", "bell\u{fffd} del\u{fffd} c1\u{fffd}"),
        ("file\u{202e}txt.exe\u{2066}\u{feff}", "filetxt.exe"),
        ("two\nlines\u{2028}three", "two lines three"),
        ("مهم\u{200c}ها", "مهم\u{200c}ها"),
        ("", ""),
    ])
    func `makes text harmless`(raw: String, visible: String) {
        #expect(VisibleText.clean(raw) == visible)
    }

    @Test(arguments: [
        ("abc", 3), ("naïve", 5), ("e\u{301}", 1), ("日本", 4), ("한국", 4), ("ﾊ", 1), ("✗", 1),
        ("🙂", 2), ("❤\u{fe0f}", 2), ("\u{1112}\u{1161}\u{11ab}", 2), ("…", 1), ("█▏", 2),
    ])
    func `measures text in columns`(text: String, columns: Int) {
        #expect(VisibleText.width(text) == columns)
    }

    @Test(arguments: [
        ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("日本語", 5, "日本…"), ("日本語", 4, "日…"),
        ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"), ("abc", 1, "…"), ("abc", 0, ""),
        ("abc", -3, ""),
    ])
    func `cuts between characters`(text: String, columns: Int, cut: String) {
        #expect(VisibleText.truncated(text, to: columns, ellipsis: "…") == cut)
    }

    @Test(arguments: UInt64(1)...50)
    func `lets nothing but printable characters through`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var text = ""
        for _ in 0..<200 {
            let choices: [UInt32] = [0x1b, 0x5b, 0x5d, 0x07, 0x5c, 0x9b, 0x0d, 0x6d, 0x3b, 0x202e]
            let any = UInt32.random(in: 0...0xff, using: &random)
            let value =
                Bool.random(using: &random) ? any : choices.randomElement(using: &random) ?? any
            if let scalar = Unicode.Scalar(value) { text.unicodeScalars.append(scalar) }
        }
        for scalar in VisibleText.clean(text).unicodeScalars {
            let category = scalar.properties.generalCategory
            #expect(category != .control && category != .format, "seed \(seed)")
        }
    }

    @Test(arguments: [
        (Duration.zero, "0s"), (.microseconds(3), "3us"), (.milliseconds(2_450), "2.4s"),
        (.seconds(252), "4m12s"), (.seconds(-5), "0s"),
    ])
    func `writes durations for people`(duration: Duration, text: String) {
        #expect(HumanText.duration(duration) == text)
    }

    @Test(arguments: [
        (Int64(0), "0 B"), (1_023, "1023 B"), (1_024, "1 KiB"), (1_536, "1.5 KiB"),
        (44 << 20, "44 MiB"), (-1, "0 B"), (Int64.max, "7.9 EiB"),
    ])
    func `writes sizes for people`(bytes: Int64, text: String) {
        #expect(HumanText.bytes(bytes) == text)
    }

    @Test(arguments: [
        (Int64(0), 0, "1970-01-01", "00:00:00", "UTC"),
        (1_773_097_800_250_000_000, 10_800, "2026-03-10", "02:10:00", "+03"),
        (951_782_399_999_000_000, -34_200, "2000-02-28", "14:29:59", "-09:30"),
        (1_709_164_800_000_000_000, 20_700, "2024-02-29", "05:45:00", "+05:45"),
        (-1, 0, "1969-12-31", "23:59:59", "UTC"),
        (Int64.max, 3_600, "2262-04-11", "23:47:16", "+01"),
        (Int64.min, 0, "1677-09-21", "00:12:43", "UTC"),
    ])
    func `knows the calendar`(ns: Int64, offset: Int, date: String, clock: String, zone: String) {
        let instant = Timestamp(nanoseconds: ns)
        #expect(CivilTime(instant, utcOffset: offset).date == date)
        #expect(CivilTime(instant, utcOffset: offset).clockWithSeconds == clock)
        #expect(CivilTime(instant, utcOffset: offset).zone == zone)
    }
}

extension String {
    fileprivate var trimmingLineEnd: String {
        var text = self
        while text.last?.isNewline == true { text.removeLast() }
        return text
    }
}
