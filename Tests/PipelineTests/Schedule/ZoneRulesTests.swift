import Pipeline
import TestSupport
import Testing

struct ZoneRulesTests {
    @Test(
        arguments: [
            ("Europe/Berlin", "2026-03-29T00:59:59Z", 3_600, "CET"),
            ("Europe/Berlin", "2026-03-29T01:00:00Z", 7_200, "CEST"),
            ("Europe/Berlin", "2026-10-25T00:59:59Z", 7_200, "CEST"),
            ("Europe/Berlin", "2026-10-25T01:00:00Z", 3_600, "CET"),
            // Beyond the file's own transitions, by the rule at its end.
            ("Europe/Berlin", "2150-07-01T00:00:00Z", 7_200, "CEST"),
            ("Europe/Berlin", "2150-12-31T23:59:59Z", 3_600, "CET"),
            ("America/New_York", "2200-03-09T06:59:59Z", -18_000, "EST"),
            ("America/New_York", "2200-03-09T07:00:00Z", -14_400, "EDT"),
            ("Australia/Lord_Howe", "2099-01-01T00:00:00Z", 39_600, "+11"),
            ("Australia/Lord_Howe", "2099-07-01T00:00:00Z", 37_800, "+1030"),
            ("Asia/Baghdad", "2026-08-22T15:00:00Z", 10_800, "+03"),
            ("America/Sao_Paulo", "2019-01-01T00:00:00Z", -7_200, "-02"),
            ("America/Sao_Paulo", "2200-01-01T00:00:00Z", -10_800, "-03"),
            ("Europe/Berlin", "1850-01-01T00:00:00Z", 3_208, "LMT"),
            ("Asia/Kolkata", "2026-01-01T00:00:00Z", 19_800, "IST"),
            ("UTC", "2026-01-01T00:00:00Z", 0, "UTC"),
        ]
    )
    func `reads offsets and names`(
        _ zone: String,
        _ at: String,
        _ offset: Int,
        _ abbreviation: String
    ) throws {
        let rules = try ZoneFiles.rules(zone)
        #expect(rules.offset(at: try instant(at)) == offset)
        #expect(rules.abbreviation(at: try instant(at)) == abbreviation)
    }

    @Test(
        arguments: [
            ("Europe/Berlin", "2026-03-29 02:30", "gap 2026-03-29T01:00:00Z 3600 7200"),
            ("Europe/Berlin", "2026-03-29 03:00", "one 2026-03-29T01:00:00Z"),
            ("Europe/Berlin", "2026-10-25 02:30", "two 2026-10-25T00:30:00Z 2026-10-25T01:30:00Z"),
            ("Europe/Berlin", "2026-10-25 03:00", "one 2026-10-25T02:00:00Z"),
            ("Europe/Berlin", "2099-03-29 02:00", "gap 2099-03-29T01:00:00Z 3600 7200"),
            ("Africa/Cairo", "2026-04-24 00:30", "gap 2026-04-23T22:00:00Z 7200 10800"),
            ("Africa/Cairo", "2026-10-29 23:30", "two 2026-10-29T20:30:00Z 2026-10-29T21:30:00Z"),
            ("Pacific/Apia", "2011-12-30 12:00", "gap 2011-12-30T10:00:00Z -36000 50400"),
            ("Pacific/Kwajalein", "1993-08-21 12:00", "gap 1993-08-21T12:00:00Z -43200 43200"),
            (
                "Australia/Lord_Howe", "2026-04-05 01:45",
                "two 2026-04-04T14:45:00Z 2026-04-04T15:15:00Z"
            ),
        ]
    )
    func `maps what the clocks show`(_ zone: String, _ local: String, _ expected: String) throws {
        let found = try ZoneFiles.rules(zone).instants(of: try civilMinute(local))
        let text: String? =
            switch found {
            case .one(let only): "one \(RunClockText.instant(only))"
            case .two(let first, let second):
                "two \(RunClockText.instant(first)) \(RunClockText.instant(second))"
            case .gap(let at, let before, let after):
                "gap \(RunClockText.instant(at)) \(before) \(after)"
            case nil: nil
            }
        #expect(text == expected)
    }

    @Test func `lists the changes of the clocks, beyond the file's end too`() throws {
        let rules = try ZoneFiles.rules("Europe/Berlin")
        var found: [String] = []
        for year in [2_026, 2_100] {
            var last = try instant("\(year)-01-01")
            for _ in 0..<2 {
                let transition = try #require(rules.nextTransition(after: last))
                found.append("\(RunClockText.instant(transition.instant)) \(transition.after)")
                last = transition.instant
            }
        }
        #expect(
            found == [
                "2026-03-29T01:00:00Z 7200", "2026-10-25T01:00:00Z 3600",
                "2100-03-28T01:00:00Z 7200", "2100-10-31T01:00:00Z 3600",
            ]
        )
        #expect(rules.nextTransition(after: Timestamp(nanoseconds: .max)) == nil)
        #expect(rules.nextTransition(after: Timestamp(nanoseconds: .min)) != nil)
        #expect(ZoneRules.utc.nextTransition(after: Timestamp(nanoseconds: .min)) == nil)
    }

    @Test func `every zone of the system maps to and fro`() throws {
        let names = try ZoneFiles.distinctNames()
        #expect(names.count > 300)
        for name in names {
            let rules = try ZoneFiles.rules(name)
            var at = try instant("1973-01-01")
            // Until 1972 clocks changed within a minute too.
            for _ in 0..<12 {
                guard let next = rules.nextTransition(after: at) else { break }
                at = next.instant
                for minutes in [-90, -1, 0, 1, 90] {
                    let near = at + .seconds(minutes * 60)
                    let shown = rules.civilMinute(at: near)
                    let found = rules.instants(of: shown).map { close(to: near, $0) }
                    #expect(found == true, "\(name) at \(RunClockText.instant(near))")
                }
                at = at + .seconds(15 * 365 * 86_400)
            }
        }
    }

    private func close(to instant: Timestamp, _ found: LocalInstants) -> Bool {
        let all: [Timestamp] =
            switch found {
            case .one(let only): [only]
            case .two(let first, let second): [first, second]
            case .gap(let at, _, _): [at]
            }
        return all.contains { (instant - $0).wholeNanoseconds.magnitude < 60_000_000_000 }
    }

    @Test func `zones are equal by what they say`() throws {
        let berlin = try ZoneFiles.rules("Europe/Berlin")
        #expect(berlin == (try ZoneFiles.rules("Europe/Berlin")))
        #expect(berlin != (try ZoneFiles.rules("Europe/Paris")))
        #expect(Set([berlin, berlin, .utc]).count == 2)
        let bytes = try ZoneFiles.bytes("Europe/Paris")
        #expect(berlin != (try ZoneRules(parsing: bytes, name: "Europe/Berlin")))
    }
}
