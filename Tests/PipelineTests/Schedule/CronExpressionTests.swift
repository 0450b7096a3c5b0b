import Pipeline
import Testing

struct CronExpressionTests {
    @Test(
        arguments: [
            ("* * * * *", "2026-02-28 23:59", "2026-03-01 00:00"),
            ("0 18 * * MON-FRI", "2026-08-21 18:00", "2026-08-24 18:00"),
            ("0 18 * * mon-Sun", "2026-08-22 18:00", "2026-08-23 18:00"),
            ("*/15 9-17 * * 1-5", "2026-11-20 17:45", "2026-11-23 09:00"),
            ("5,35 */6 * * *", "2026-01-01 06:05", "2026-01-01 06:35"),
            ("7-59/20 3 * * *", "2026-01-01 03:27", "2026-01-01 03:47"),
            ("*/90 * * * *", "2026-01-01 00:00", "2026-01-01 01:00"),
            ("*/99999999999999999999 * * * *", "2026-01-01 00:00", "2026-01-01 01:00"),
            ("0 0 29 2 *", "2096-02-29 00:00", "2104-02-29 00:00"),
            ("0 0 29 2 */7", "2088-02-29 00:00", "2128-02-29 00:00"),
            ("0 0 29 feb *", "2024-02-29 00:00", "2028-02-29 00:00"),
            ("0 0 31 JAN,apr,Jul *", "2026-01-31 00:00", "2026-07-31 00:00"),
            ("0 0 1 * 7", "2026-11-22 00:00", "2026-11-29 00:00"),
            ("0 0 1 * 0", "2026-11-29 00:00", "2026-12-01 00:00"),
            ("0 0 * * 5-7", "2026-11-20 00:00", "2026-11-21 00:00"),
            ("0 0 * * 5-7", "2026-11-22 00:00", "2026-11-27 00:00"),
            // Restricted, but the one begins with `*`: both must match.
            ("0 0 */2 * 1", "2026-11-22 00:00", "2026-11-23 00:00"),
            ("0 0 */2 * 1", "2026-11-23 00:00", "2026-12-07 00:00"),
            ("0 0 13 * */5", "2026-11-22 00:00", "2026-12-13 00:00"),
            // It does not begin with `*`: either.
            ("0 0 13 * 0,*/5", "2026-11-22 00:00", "2026-11-27 00:00"),
            ("0 0 31 2 1", "2026-02-01 00:00", "2026-02-02 00:00"),
            ("@hourly", "2026-01-01 00:30", "2026-01-01 01:00"),
            ("@Daily", "2026-01-01 00:00", "2026-01-02 00:00"),
            ("@midnight", "2026-01-01 00:00", "2026-01-02 00:00"),
            ("@weekly", "2026-11-21 00:00", "2026-11-22 00:00"),
            ("@monthly", "2026-11-21 00:00", "2026-12-01 00:00"),
            ("@yearly", "2026-11-21 00:00", "2027-01-01 00:00"),
            ("  @annually\t", "2026-11-21 00:00", "2027-01-01 00:00"),
            ("\t0  4 8-14\t* */7 ", "2026-11-22 00:00", "2026-12-13 04:00"),
        ]
    )
    func `finds the next minute and back`(
        _ text: String,
        _ from: String,
        _ expected: String
    ) throws {
        let expression = try CronExpression(text)
        let start = try civilMinute(from)
        let next = expression.next(after: start)
        #expect(next?.description == expected)
        let found = try #require(next)
        #expect(expression.last(through: found) == found)
        let before = CivilMinute(minutesSinceEpoch: found.minutesSinceEpoch - 1)
        #expect(try #require(expression.last(through: before)) <= start)
    }

    @Test(
        arguments: [
            ("0 4 * * *", true), ("0,30 */2 * * *", false), ("* 4 * * *", false),
            ("0-59 0-23 * * *", true), ("5,*/10 4 * * *", true), ("*/5 4 * * *", false),
            ("@hourly", false), ("@daily", true),
        ]
    )
    func `knows a fixed time by what minute and hour begin with`(_ text: String, _ isFixed: Bool) {
        #expect((try? CronExpression(text))?.isFixedTime == isFixed)
    }

    @Test func `ends where 64 bits of nanoseconds do`() throws {
        let expression = try CronExpression("0 0 29 2 */7")
        for minutes in [.max, .max / 2, 1 << 40] as [Int64] {
            let minute = CivilMinute(minutesSinceEpoch: minutes)
            #expect(expression.next(after: minute) == nil)
            #expect(expression.last(through: minute)?.description == "2252-02-29 00:00")
        }
        for minutes in [.min, .min / 2, -(1 << 40)] as [Int64] {
            let minute = CivilMinute(minutesSinceEpoch: minutes)
            #expect(expression.last(through: minute) == nil)
            #expect(expression.next(after: minute)?.description == "1688-02-29 00:00")
        }
    }

    @Test(
        arguments: [
            "* * * * *", "*/7 3-5,22 * * *", "0 0 13 * 5", "59 23 28-31 */2 *", "1 2 */3 * */2",
            "0 12 29 2 *", "30 6 31 * 1-3",
        ]
    )
    func `agrees with looking at every minute`(_ text: String) throws {
        let expression = try CronExpression(text)
        let start = try civilMinute("2023-12-30 00:00")
        let days = text.hasPrefix("* ") ? 3 : 800
        var found: [CivilMinute] = []
        var last = start
        let end = CivilMinute(minutesSinceEpoch: start.minutesSinceEpoch + Int64(days * 1_440))
        while let next = expression.next(after: last), next <= end {
            #expect(expression.last(through: next) == next)
            #expect(
                expression.last(through: CivilMinute(minutesSinceEpoch: next.minutesSinceEpoch - 1))
                    == found.last
                    || found.isEmpty
            )
            found.append(next)
            last = next
        }
        #expect(found == NaiveCron(text).minutes(after: start, through: end))
    }
}
