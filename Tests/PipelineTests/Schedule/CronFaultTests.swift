import Pipeline
import TestSupport
import Testing

struct CronFaultTests {
    @Test(
        arguments: [
            ("61 * * * *", .outOfRange(.minute, "61", 0...59)),
            ("0 24 * * *", .outOfRange(.hour, "24", 0...23)),
            ("0 0 0 * *", .outOfRange(.dayOfMonth, "0", 1...31)),
            ("0 0 1 13 *", .outOfRange(.month, "13", 1...12)),
            ("0 0 * * 8", .outOfRange(.dayOfWeek, "8", 0...7)),
            ("0 99999999999999999999 * * *", .outOfRange(.hour, "99999999999999999999", 0...23)),
            ("", .fieldCount(0)), ("0 4 * *", .fieldCount(4)), ("1 2 3 4 5 6 7", .fieldCount(7)),
            ("0 0 4 * * *", .sixFields), ("@reboot", .reboot),
            ("@dayly", .unknownMacro("@dayly", suggestion: "@daily")),
            ("@sometimes", .unknownMacro("@sometimes", suggestion: nil)),
            ("0 0 * * Mob", .unknownName(.dayOfWeek, "Mob", suggestion: "mon")),
            ("0 0 * foo *", .unknownName(.month, "foo", suggestion: nil)),
            ("0 0 * mon *", .unknownName(.month, "mon", suggestion: nil)),
            ("*/0 * * * *", .zeroStep(.minute, "*/0")),
            ("0 1-5/0 * * *", .zeroStep(.hour, "1-5/0")),
            ("5/15 * * * *", .bareStep(.minute, "5/15", instead: "5-59/15")),
            ("1,,2 * * * *", .emptyItem(.minute, "1,,2")),
            ("0 , * * *", .emptyItem(.hour, ",")),
            ("0 4 1, * *", .emptyItem(.dayOfMonth, "1,")),
            ("0 0 * * FRI-MON", .reversedRange(.dayOfWeek, "FRI-MON", instead: "FRI-SUN,MON")),
            ("0 0 * * sat-tue", .reversedRange(.dayOfWeek, "sat-tue", instead: "sat-SUN,MON-tue")),
            ("0 0 * * 6-2", .reversedRange(.dayOfWeek, "6-2", instead: "6-7,1-2")),
            ("0 0 * * 5-0", .reversedRange(.dayOfWeek, "5-0", instead: "5-7")),
            ("0 22-2 * * *", .reversedRange(.hour, "22-2", instead: "22-23,0-2")),
            ("0 23-0 * * *", .reversedRange(.hour, "23-0", instead: "23,0")),
            ("0 0 * nov-feb *", .reversedRange(.month, "nov-feb", instead: "nov-DEC,JAN-feb")),
            ("? * * * *", .malformed(.minute, "?")), ("0 0 L * *", .malformed(.dayOfMonth, "L")),
            ("*5 * * * *", .malformed(.minute, "*5")),
            ("1-2-3 * * * *", .malformed(.minute, "1-2-3")),
            ("-5 * * * *", .malformed(.minute, "-5")), ("5- * * * *", .malformed(.minute, "5-")),
            ("*/ * * * *", .malformed(.minute, "*/")),
            ("*/2/3 * * * *", .malformed(.minute, "*/2/3")),
            ("1.5 * * * *", .malformed(.minute, "1.5")), ("٣ * * * *", .malformed(.minute, "٣")),
            ("0 0 * * 5#2", .malformed(.dayOfWeek, "5#2")),
            ("+5 * * * *", .malformed(.minute, "+5")),
            ("0 0 30 2 *", .neverMatches("February has no day 30")),
            ("0 0 31 4,6 *", .neverMatches("April and June have no day 31")),
            ("0 0 31 2,apr,9 */2", .neverMatches("February, April and September have no day 31")),
        ] as [(String, CronFault)]
    )
    func `says why a text is no expression`(_ text: String, _ expected: CronFault) {
        #expect(throws: expected) { try CronExpression(text) }
    }

    @Test(
        arguments: [
            ("61 * * * *", "the minute `61` is not between 0 and 59: write a number from 0 to 59"),
            ("0 0 30 2 *", "never: February has no day 30: choose another day or month"),
            ("0 0 * * Mob", "`Mob` is no day of the week: did you mean `mon`?"),
            (
                "0 0 * * FRI-MON",
                "the day of the week `FRI-MON` ends before it begins: write `FRI-SUN,MON`"
            ),
            (
                "5/15 * * * *",
                "the minute `5/15` has a step after a single number: write `5-59/15`"
            ),
            (
                "@reboot",
                "`@reboot` is no time of the clock: let the system start the run, with a systemd "
                    + "unit that calls `weir run`"
            ),
        ]
    )
    func `tells people what is wrong and what to do`(_ text: String, _ expected: String) {
        let fault = #expect(throws: CronFault.self) { try CronExpression(text) }
        #expect(fault?.description == expected)
    }

    @Test func `what it says to write instead can be read`() {
        for text in ["0 0 * * FRI-MON", "0 0 * * 6-0", "0 22-2 * * *", "7/5 * * * *"] {
            guard
                case .failure(let fault) = Result(catching: { () throws(CronFault) in
                    try CronExpression(text)
                })
            else { continue }
            let instead = fault.advice.split(separator: "`").last.map { String($0) } ?? ""
            let fields = text.split(separator: " ").map {
                $0.contains { "-/".contains($0) } ? instead : String($0)
            }
            #expect(throws: Never.self) { try CronExpression(fields.joined(separator: " ")) }
        }
    }

    @Test func `no text can trap it`() {
        var random = SeededRandom(seed: 5)
        let pieces = [
            "*", "0", "7", "31", "59", "-", "/", ",", " ", " ", " ", "mon", "FEB", "@",
            "9999999999999999999",
            "é", "\u{0}",
        ]
        for _ in 0..<5_000 {
            let count = Int.random(in: 0..<24, using: &random)
            let text = (0..<count).map { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &random)]
            }
            _ = try? CronExpression(text.joined())
        }
    }
}
