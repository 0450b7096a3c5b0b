import Pipeline
import Testing

struct ParamResolutionTests {
    private static let run = RunID(high: 0x0198_0000_0000_0001, low: 2)
    /// The instant 2026-08-22T18:00:00Z.
    private static let scheduledAt = Timestamp(nanoseconds: 1_787_421_600_000_000_000)

    private static func resolve(
        _ definitions: [ParamDefinition],
        _ given: [(name: String, value: String)] = []
    ) -> String {
        do {
            let values = try ParamResolution.resolve(
                definitions,
                given: given,
                run: run,
                scheduledAt: scheduledAt
            )
            return values.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        } catch {
            return "\(error)"
        }
    }

    @Test func `keeps the order of the definitions and fills in defaults`() {
        let definitions = [
            ParamDefinition(
                name: "date",
                kind: .date,
                defaultValue: Template(parts: [.reference(.runScheduledDate)])
            ),
            ParamDefinition(
                name: "at",
                defaultValue: Template(parts: [
                    .text("x "), .reference(.runScheduledAt), .text(" "), .reference(.runID),
                ])
            ),
            ParamDefinition(name: "n", kind: .integer),
        ]
        #expect(
            Self.resolve(definitions, [("n", "+07")])
                == "date=2026-08-22 at=x 2026-08-22T18:00:00Z 01980000000000010000000000000002 n=7"
        )
        #expect(
            Self.resolve(definitions, [("n", "1"), ("date", "2024-02-29"), ("at", "")])
                == "date=2024-02-29 at= n=1"
        )
    }

    @Test func `lists every fault of a request`() {
        let definitions = [
            ParamDefinition(name: "words", kind: .integer, minimum: 1),
            ParamDefinition(name: "date", kind: .date),
        ]
        let given = [("wordz", "3"), ("words", "0"), ("words", "1")]
        #expect(
            Self.resolve(definitions, given.map { (name: $0.0, value: $0.1) }) == """
                there is no parameter `wordz` (did you mean `words`?)
                the parameter `words` is given twice (give it once)
                the parameter `words` must be at least 1, not 0 (write 1 or more)
                the parameter `date` has no value and no default (give it with `--param date=…`)
                """
        )
    }

    /// A kind, a value, and its one form, or nothing if it is refused.
    @Test(
        arguments: [
            (.integer, "12", "12"), (.integer, "-0", "0"), (.integer, "1.0", nil),
            (.integer, "", nil), (.integer, " 1", nil), (.integer, "0x1F", nil),
            (.integer, "9223372036854775808", nil), (.number, "1.5", "1.5"),
            (.number, "-2e3", "-2e3"), (.number, "nan", nil), (.number, ".inf", nil),
            (.number, "1,5", nil), (.number, "1e999", nil), (.boolean, "true", "true"),
            (.boolean, "yes", nil), (.boolean, "TRUE", nil), (.date, "2024-02-29", "2024-02-29"),
            (.date, "2023-02-29", nil), (.date, "2026-13-01", nil), (.date, "2026-00-10", nil),
            (.date, "2026-1-1", nil), (.date, "26-01-01", nil), (.date, "1900-02-29", nil),
            (.date, "2000-02-29", "2000-02-29"), (.date, "2026-04-31", nil),
            (.date, "٢٠٢٦-٠١-٠١", nil), (.string, "", ""), (.string, "a\nb", "a\nb"),
            (.string, "a\u{0}b", nil),
        ] as [(ParamDefinition.Kind, String, String?)]
    )
    func `checks a value against its kind`(
        _ kind: ParamDefinition.Kind,
        _ value: String,
        _ expected: String?
    ) {
        #expect((try? ParamDefinition(name: "p", kind: kind).checked(value)) == expected)
    }

    @Test func `checks bounds, choices and size at their edge`() {
        let bounded = ParamDefinition(name: "p", kind: .number, minimum: -1, maximum: 2.5)
        #expect((try? bounded.checked("-1")) == "-1")
        #expect((try? bounded.checked("2.5")) == "2.5")
        #expect(throws: ParamFault.aboveMaximum("p", value: "2.6", maximum: 2.5)) {
            try bounded.checked("2.6")
        }
        #expect(throws: ParamFault.belowMinimum("p", value: "-1.1", minimum: -1)) {
            try bounded.checked("-1.1")
        }
        let chosen = ParamDefinition(name: "p", choices: ["daily", "weekly"])
        #expect((try? chosen.checked("daily")) == "daily")
        let fault = ParamFault.notAChoice("p", value: "dayly", choices: ["daily", "weekly"])
        #expect(throws: fault) { try chosen.checked("dayly") }
        #expect(fault.advice == "did you mean `daily`?")
        let long = String(repeating: "x", count: Limits.outputValueBytes)
        #expect((try? ParamDefinition(name: "p").checked(long)) == long)
        #expect((try? ParamDefinition(name: "p").checked(long + "x")) == nil)
    }
}
