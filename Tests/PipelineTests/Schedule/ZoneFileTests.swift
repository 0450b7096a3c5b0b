import Pipeline
import TestSupport
import Testing

struct ZoneFileTests {
    @Test(arguments: ["Europe/Berlin", "Asia/Tokyo", "UTC", "Africa/Casablanca"])
    func `a file that is cut off is a fault at every byte`(_ name: String) throws {
        let bytes = try ZoneFiles.bytes(name)
        for count in bytes.indices {
            #expect(throws: ZoneFault.self) {
                try ZoneRules(parsing: Array(bytes[..<count]), name: name)
            }
        }
        #expect(throws: Never.self) { try ZoneRules(parsing: bytes, name: name) }
    }

    @Test func `reads a file of version 1`() throws {
        let whole = try ZoneFiles.bytes("Europe/Berlin")
        let magic = Array("TZif".utf8)
        let second = try #require(
            whole.indices.dropFirst(4).first { whole[$0...].starts(with: magic) }
        )
        var old = Array(whole[..<second])
        #expect(throws: ZoneFault.self) { try ZoneRules(parsing: old, name: "old") }
        old[4] = 0
        let rules = try ZoneRules(parsing: old, name: "old")
        #expect(rules.offset(at: try instant("1915-01-01")) == 3_600)
        #expect(rules.offset(at: try instant("2026-07-01")) == 7_200)
        // It has no rule: the last local time goes on.
        #expect(rules.offset(at: try instant("2050-07-01")) == 3_600)
        #expect(throws: ZoneFault.inconsistent(.counts)) {
            try ZoneRules(parsing: old + [0], name: "old")
        }
        for count in old.indices {
            #expect(throws: ZoneFault.self) {
                try ZoneRules(parsing: Array(old[..<count]), name: "old")
            }
        }
    }

    @Test func `no file can trap it`() throws {
        var random = SeededRandom(seed: 11)
        let originals = try ["Europe/Dublin", "America/Nuuk", "Etc/GMT+5"].map {
            try ZoneFiles.bytes($0)
        }
        var readable = 0
        for round in 0..<6_000 {
            var bytes = originals[round % originals.count]
            for _ in 0...Int.random(in: 0..<4, using: &random) {
                // The headers and the rule are where a byte says most.
                let place =
                    random.oneIn(3)
                    ? Int.random(in: 0..<bytes.count, using: &random)
                    : bytes.count - 1 - Int.random(in: 0..<min(40, bytes.count), using: &random)
                bytes[random.oneIn(3) ? place % 44 : place] = UInt8.random(
                    in: .min ... .max,
                    using: &random
                )
            }
            guard let rules = try? ZoneRules(parsing: bytes, name: "broken") else { continue }
            readable += 1
            try use(rules, &random)
        }
        #expect(readable > 500)
    }

    private func use(_ rules: ZoneRules, _ random: inout SeededRandom) throws {
        let instants = [Int64.min, .max, 0, Int64(bitPattern: random.next())].map(
            Timestamp.init(nanoseconds:)
        )
        let series = SlotSeries(.cron(try CronExpression("30 2 * * *")), in: rules)
        for instant in instants {
            _ = rules.offset(at: instant)
            _ = rules.nextTransition(after: instant)
            _ = rules.instants(of: rules.civilMinute(at: instant))
            if let next = series.next(after: instant) {
                #expect(next > instant)
                #expect(series.last(through: next, after: instant) == next)
            }
        }
        for minutes in [.min, .max, 1 << 36, -(1 << 36)] as [Int64] {
            _ = rules.instants(of: CivilMinute(minutesSinceEpoch: minutes))
        }
    }

    @Test func `refuses leap seconds, other files and large ones`() throws {
        #expect(throws: ZoneFault.leapSeconds) { try ZoneFiles.rules("right/Europe/Berlin") }
        #expect(throws: ZoneFault.notTZif) { try ZoneFiles.rules("zone1970.tab") }
        #expect(throws: ZoneFault.truncated) { try ZoneRules(parsing: [], name: "empty") }
        let large = [UInt8](repeating: 0, count: 512 << 10 + 1)
        #expect(throws: ZoneFault.tooLarge(large.count)) {
            try ZoneRules(parsing: large, name: "x")
        }
        var later = try ZoneFiles.bytes("UTC")
        later[4] = UInt8(ascii: "5")
        #expect(throws: ZoneFault.unknownVersion(53)) { try ZoneRules(parsing: later, name: "x") }
    }

    @Test(
        arguments: [
            ("UTC0", 0, 0), ("<-03>3", -10_800, -10_800), ("<+0530>-5:30", 19_800, 19_800),
            ("CET-1CEST,M3.5.0,M10.5.0/3", 3_600, 7_200),
            // Its time is negative: the day before (RFC 9636 §3.3.1).
            ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", -7_200, -3_600),
            ("AEST-10AEDT,M10.1.0,M4.1.0/3", 39_600, 36_000),
            ("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 39_600, 37_800),
            ("IST-2IDT,M3.4.4/26,M10.5.0", 7_200, 10_800),
            ("IST-1GMT0,M10.5.0,M3.5.0/1", 0, 3_600),
            ("AAA4BBB,J60/0,J300/0", -14_400, -10_800), ("AAA4BBB,59/0,299/0", -14_400, -10_800),
            // Summer all year (RFC 9636 §3.3.1).
            ("EST5EDT,0/0,J365/25", -14_400, -14_400), ("AAA3EDT4,0/0,J365/23", -14_400, -14_400),
        ]
    )
    func `follows the rule at the end`(_ rule: String, _ january: Int, _ july: Int) throws {
        let rules = try ZoneRules(parsing: file(rule), name: "made")
        for year in [1_800, 1_970, 2_026, 2_028, 2_200] {
            #expect(rules.offset(at: try instant("\(year)-01-20")) == january)
            #expect(rules.offset(at: try instant("\(year)-07-20")) == july)
        }
        let isConstant = january == july
        #expect((rules.nextTransition(after: try instant("2026-01-01")) == nil) == isConstant)
    }

    @Test(
        arguments: [
            ("AAA4BBB,J59/0,J300/0", "2028-02-28T04:00:00Z"),
            ("AAA4BBB,J60/0,J300/0", "2028-03-01T04:00:00Z"),
            ("AAA4BBB,59/0,299/0", "2028-02-29T04:00:00Z"),
            ("AAA4BBB,M2.5.2,M11.1.0", "2028-02-29T06:00:00Z"),
            ("AAA4BBB,M2.4.2/167,M11.1.0", "2028-02-29T03:00:00Z"),
        ]
    )
    func `counts the days of a leap year`(_ rule: String, _ expected: String) throws {
        let rules = try ZoneRules(parsing: file(rule), name: "made")
        let change = try #require(rules.nextTransition(after: try instant("2028-01-01")))
        #expect(RunClockText.instant(change.instant) == expected)
    }

    @Test(
        arguments: [
            "X1", "CET", "CET-", "CET-25", "CET-1CEST", "CET-1CEST,M3.5.0",
            "CET-1CEST,M13.5.0,M10.5.0",
            "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J5",
            "CET-1CEST,366,5",
            "CET-1CEST,M3.5.0/168,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0,", "<CET-1", "<é>1",
            "CET-1:60",
            "CET-1CEST-24:59:59,5,6x", "CET-1CEST,,",
        ]
    )
    func `refuses a rule that is none`(_ rule: String) {
        #expect(throws: ZoneFault.self) { try ZoneRules(parsing: file(rule), name: "made") }
    }

    /// A file without transitions: all is in its rule.
    private func file(_ rule: String) -> [UInt8] {
        let header =
            Array("TZif3".utf8) + [UInt8](repeating: 0, count: 31)
            + [0, 0, 0, 1, 0, 0, 0, 4]
        let block: [UInt8] = [0, 0, 0, 0, 0, 0] + Array("UTC".utf8) + [0]
        return header + block + header + block + [0x0A] + Array(rule.utf8) + [0x0A]
    }
}
