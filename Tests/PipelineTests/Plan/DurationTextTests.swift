import Pipeline
import Testing

struct DurationTextTests {
    @Test(
        arguments: [
            ("1h30m", .seconds(5_400)), ("500ms", .milliseconds(500)), ("0s", .zero),
            ("2d", .seconds(172_800)), ("1m1s1ms1us1ns", .nanoseconds(61_001_001_001)),
            ("90s", .seconds(90)), ("106751d", .seconds(106_751 * 86_400)),
        ] as [(String, Duration)]
    )
    func `reads durations`(_ text: String, _ expected: Duration) {
        #expect((try? DurationText.parse(text)) == expected)
    }

    @Test(
        arguments: [
            ("", .empty), ("90", .bareNumber("90")), ("m", .malformed), ("1.5h", .malformed),
            ("-3s", .malformed), ("1h30", .malformed), ("3 s", .unknownUnit(" s")),
            ("5min", .unknownUnit("min")), ("1s1h", .order("h")), ("1s1s", .order("s")),
            ("106752d", .tooLong), ("99999999999999999999s", .tooLong), ("1H", .unknownUnit("H")),
            ("٣s", .malformed),
        ] as [(String, DurationText.Fault)]
    )
    func `says why a text is no duration`(_ text: String, _ expected: DurationText.Fault) {
        #expect(throws: expected) { try DurationText.parse(text) }
    }

    @Test(
        arguments: [
            (0, "0s", "0ns"), (1, "1ns", "1ns"), (1_500, "1us500ns", "1us"),
            (350_000_000, "350ms", "350ms"), (999_999_999, "999ms999us999ns", "999ms"),
            (2_450_000_000, "2s450ms", "2.4s"), (59_900_000_000, "59s900ms", "59s"),
            (252_000_000_000, "4m12s", "4m12s"), (240_000_000_000, "4m", "4m00s"),
            (11_100_000_000_000, "3h5m", "3h05m"), (187_200_000_000_000, "2d4h", "2d04h"),
        ] as [(Int64, String, String)]
    )
    func `writes durations exactly and for people`(
        _ nanoseconds: Int64,
        _ exact: String,
        _ human: String
    ) {
        #expect(DurationText.exact(.nanoseconds(nanoseconds)) == exact)
        #expect(DurationText.human(.nanoseconds(nanoseconds)) == human)
    }

    @Test func `reads back what it writes`() {
        var random = SplitMix(seed: 7)
        for _ in 0..<2_000 {
            let duration = Duration.nanoseconds(Int64(random.next() >> (1 + random.next() % 63)))
            let text = DurationText.exact(duration)
            #expect((try? DurationText.parse(text)) == duration, "\(text)")
        }
        #expect(DurationText.exact(.nanoseconds(Int64.min)).hasPrefix("-106751d"))
    }
}

struct RunClockTextTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (1_787_421_600_000_000_000, "2026-08-22T18:00:00Z"),
            (951_782_399_250_999_999, "2000-02-28T23:59:59.250Z"),
            (951_868_799_000_000_000, "2000-02-29T23:59:59Z"),
            (-1, "1969-12-31T23:59:59.999Z"), (4_107_542_400_000_000_000, "2100-03-01T00:00:00Z"),
            (Int64.max, "2262-04-11T23:47:16.854Z"), (Int64.min, "1677-09-21T00:12:43.145Z"),
        ] as [(Int64, String)]
    )
    func `writes instants in UTC`(_ nanoseconds: Int64, _ expected: String) {
        let timestamp = Timestamp(nanoseconds: nanoseconds)
        #expect(RunClockText.instant(timestamp) == expected)
        #expect(RunClockText.date(timestamp) == String(expected.prefix(10)))
    }

    @Test func `every day of four centuries follows the one before`() throws {
        var date = CalendarDate(daysSinceEpoch: -150_000)
        for day in -149_999...1_000 {
            let next = CalendarDate(daysSinceEpoch: Int64(day))
            let isNextDay = next.day == date.day + 1 && next.month == date.month
            let isNextMonth = next.day == 1 && next.month == date.month % 12 + 1
            #expect(isNextDay || isNextMonth)
            #expect(CalendarDate(next.description) == next)
            if isNextMonth {
                #expect(next.year == date.year + (next.month == 1 ? 1 : 0))
            }
            date = next
        }
    }
}
