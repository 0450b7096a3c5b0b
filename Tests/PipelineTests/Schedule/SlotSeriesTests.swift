import Pipeline
import Testing

struct SlotSeriesTests {
    struct Case: CustomTestStringConvertible {
        let zone: String
        let text: String
        let after: String
        let through: String
        let slots: [String]

        init(_ zone: String, _ text: String, _ after: String, _ through: String, _ slots: [String])
        {
            self.zone = zone
            self.text = text
            self.after = after
            self.through = through
            self.slots = slots
        }

        var testDescription: String { "\(text) in \(zone) after \(after)" }
    }

    static let springs = [
        Case(
            "Europe/Berlin",
            "30 2 * * *",
            "2026-03-28",
            "2026-03-30T12",
            ["28T01:30", "29T01:00", "30T00:30"]
        ),
        // Two in the gap, and one at its end: one instant.
        Case(
            "Europe/Berlin",
            "0,30 2,3 * * *",
            "2026-03-29",
            "2026-03-29T12",
            ["29T01:00", "29T01:30"]
        ),
        Case(
            "Europe/Berlin",
            "0 * * * *",
            "2026-03-28T23:30",
            "2026-03-29T02",
            ["29T00:00", "29T01:00", "29T02:00"]
        ),
        Case(
            "Europe/Berlin",
            "*/30 2 * * *",
            "2026-03-29",
            "2026-03-30T02",
            ["30T00:00", "30T00:30"]
        ),
        Case(
            "America/New_York",
            "15 2 * * *",
            "2026-03-08",
            "2026-03-09T12",
            ["08T07:00", "09T06:15"]
        ),
        Case("Africa/Cairo", "0 0 * * *", "2026-04-23", "2026-04-25", ["23T22:00", "24T21:00"]),
        // The day begins at one o'clock; the job of its midnight is due as it begins.
        Case("Africa/Cairo", "30 0 24 4 *", "2026-04-01", "2026-05-01", ["23T22:00"]),
        Case("Africa/Cairo", "*/30 0 24 4 *", "2026-04-01", "2026-05-01", []),
        Case("America/Sao_Paulo", "59 0 4 11 *", "2018-11-01", "2018-12-01", ["04T03:00"]),
        Case(
            "Australia/Lord_Howe",
            "15 2 * * *",
            "2026-10-03T15",
            "2026-10-04T16",
            ["03T15:30", "04T15:15"]
        ),
        Case(
            "Australia/Lord_Howe",
            "*/10 2 * * *",
            "2026-10-03T15",
            "2026-10-03T17",
            ["03T15:30", "03T15:40", "03T15:50"]
        ),
    ]

    static let autumns = [
        Case(
            "Europe/Berlin",
            "30 2 * * *",
            "2026-10-24T12",
            "2026-10-26T12",
            ["25T00:30", "26T01:30"]
        ),
        Case(
            "Europe/Berlin",
            "30 * * * *",
            "2026-10-25T00",
            "2026-10-25T02",
            ["25T00:30", "25T01:30"]
        ),
        Case(
            "Europe/Berlin",
            "*/30 2 * * *",
            "2026-10-24T12",
            "2026-10-25T12",
            ["25T00:00", "25T00:30", "25T01:00", "25T01:30"]
        ),
        Case(
            "America/New_York",
            "0,59 1 1 11 *",
            "2026-10-31",
            "2026-11-02",
            ["01T05:00", "01T05:59"]
        ),
        Case(
            "Africa/Cairo",
            "30 23 * * *",
            "2026-10-29",
            "2026-10-30T22",
            ["29T20:30", "30T21:30"]
        ),
        Case("America/Sao_Paulo", "0 0 17 2 *", "2019-02-01", "2019-03-01", ["17T03:00"]),
        Case(
            "Australia/Lord_Howe",
            "45 1 * * *",
            "2026-04-04T12",
            "2026-04-05T16",
            ["04T14:45", "05T15:15"]
        ),
        Case(
            "Australia/Lord_Howe",
            "*/15 1 * * *",
            "2026-04-04T12",
            "2026-04-04T16",
            ["04T14:00", "04T14:15", "04T14:30", "04T14:45", "04T15:00", "04T15:15"]
        ),
    ]

    static let large = [
        // Found again although the search of the hour before has led a week on.
        Case(
            "America/New_York",
            "*/30 1 * * 0",
            "2026-11-01",
            "2026-11-01T12",
            ["01T05:00", "01T05:30", "01T06:00", "01T06:30"]
        ),
        // 30 December 2011 was not: nothing of it is due.
        Case("Pacific/Apia", "30 12 * * *", "2011-12-29", "2011-12-31", ["29T22:30", "30T22:30"]),
        Case("Pacific/Apia", "0 12 30 12 *", "2011-01-01", "2012-01-01", []),
        Case(
            "Pacific/Apia",
            "0 */6 * * *",
            "2011-12-29T16",
            "2011-12-30T16",
            ["29T22:00", "30T04:00", "30T10:00", "30T16:00"]
        ),
        // Three hours: 2020-10-04 00:01 to 03:01, and back on 2021-03-14 00:00 to the evening.
        Case(
            "Antarctica/Casey",
            "30 1 * * *",
            "2020-10-02T17",
            "2020-10-04T17",
            ["02T17:30", "04T14:30"]
        ),
        Case(
            "Antarctica/Casey",
            "30 22 * * *",
            "2021-03-13",
            "2021-03-14",
            ["13T11:30", "13T14:30"]
        ),
    ]

    @Test(arguments: springs + autumns + large)
    func `follows the clocks as Debian's cron does`(_ example: Case) throws {
        let series = SlotSeries(
            .cron(try CronExpression(example.text)),
            in: try ZoneFiles.rules(example.zone)
        )
        let (after, through) = (try instant(example.after), try instant(example.through))
        let slots = series.slots(after: after, through: through, limit: 100)
        let month = RunClockText.instant(after).prefix(8)
        #expect(
            slots.map { RunClockText.instant($0).dropFirst(month.count).prefix(8) }
                == example.slots.map { $0[...] }
        )
        // And the same from the end.
        var backwards: [Timestamp] = []
        var end = through
        while let slot = series.last(through: end, after: after) {
            backwards.insert(slot, at: 0)
            end = Timestamp(nanoseconds: slot.nanoseconds - 1)
        }
        #expect(backwards == slots)
    }

    @Test func `rare slots are found at once, and nil only at the end of time`() throws {
        let zone = try ZoneFiles.rules("Europe/Berlin")
        let rare = SlotSeries(.cron(try CronExpression("0 0 29 2 */7")), in: zone)
        var slots: [String] = []
        var last = Timestamp(nanoseconds: .min)
        while let slot = rare.next(after: last) {
            slots.append(RunClockText.date(slot))
            last = slot
        }
        #expect(
            slots.first == "1688-02-28" && slots.last == "2252-02-28" && slots.count == 19,
            "\(slots)"
        )
        #expect(rare.last(through: Timestamp(nanoseconds: .max), after: last) == nil)
        let before = Timestamp(nanoseconds: last.nanoseconds - 1)
        #expect(rare.last(through: Timestamp(nanoseconds: .max), after: before) == last)
        let every = SlotSeries(.cron(try CronExpression("* * * * *")), in: zone)
        let end = try #require(every.last(through: Timestamp(nanoseconds: .max), after: last))
        #expect(RunClockText.instant(end) == "2262-04-11T23:47:00Z")
        #expect(every.next(after: end) == nil)
        #expect(every.next(after: Timestamp(nanoseconds: .max)) == nil)
        #expect(every.last(through: Timestamp(nanoseconds: .min), after: end) == nil)
    }

    @Test(
        arguments: [
            (10, 0, 10), (10, 9, 10), (10, 10, 20), (10, -1, 0), (10, -10, 0), (10, -11, -10),
            (1, 5, 6), (0, 5, 6), (-7, 5, 6), (7, 20, 21),
        ] as [(Int64, Int64, Int64)]
    )
    func `an interval is counted from the epoch`(
        _ interval: Int64,
        _ after: Int64,
        _ expected: Int64
    ) {
        let series = SlotSeries(.every(.nanoseconds(interval)), in: .utc)
        let next = series.next(after: Timestamp(nanoseconds: after))
        #expect(next == Timestamp(nanoseconds: expected))
        let end = Timestamp(nanoseconds: expected)
        #expect(series.last(through: end, after: Timestamp(nanoseconds: after)) == end)
    }

    @Test func `an interval ends with the nanoseconds, and takes no walk`() throws {
        let (first, last) = (Timestamp(nanoseconds: .min), Timestamp(nanoseconds: .max))
        for interval in [
            Duration.nanoseconds(1), .nanoseconds(3), .seconds(86_400), .nanoseconds(Int64.max),
        ] {
            let series = SlotSeries(.every(interval), in: .utc)
            let end = try #require(series.last(through: last, after: first))
            #expect(series.next(after: end) == nil)
            #expect(series.next(after: last) == nil)
            #expect(series.next(after: first) != nil)
            #expect(series.last(through: first, after: first) == nil)
        }
        let often = SlotSeries(.every(.milliseconds(1)), in: .utc)
        #expect(often.slots(after: first, through: last, limit: 3).count == 3)
    }
}

struct SlotJitterTests {
    @Test func `is the same for the same slot, spread, and below its limit`() {
        let slot = Timestamp(nanoseconds: 1_787_421_600_000_000_000)
        let limit = Duration.seconds(30)
        let offset = SlotJitter.offset(pipeline: "rates", slot: slot, within: limit)
        // sha256("rates\0" + the slot, big-endian), its first eight bytes * 30e9 >> 64.
        #expect(offset == SlotJitter.offset(pipeline: "rates", slot: slot, within: limit))
        #expect(offset == .nanoseconds(SlotJitterTests.expected))
        var fifths = [Int](repeating: 0, count: 5)
        for number in 0..<1_000 {
            let name = "pipeline-\(number)"
            let offset = SlotJitter.offset(pipeline: name, slot: slot, within: limit)
            #expect(offset >= .zero && offset < limit)
            fifths[Int(offset / .seconds(6))] += 1
        }
        #expect(fifths.allSatisfy { (150...250).contains($0) })
    }

    private static let expected: Int64 = 13_348_832_043

    @Test(arguments: [Duration.zero, .seconds(-1), .nanoseconds(1)])
    func `is nothing within nothing`(_ limit: Duration) {
        let slot = Timestamp(nanoseconds: .max)
        #expect(SlotJitter.offset(pipeline: "x", slot: slot, within: limit) == .zero)
    }
}
