import Pipeline
import Testing

struct SizeTextTests {
    @Test(
        arguments: [
            ("0B", Int64(0)), ("1B", 1), ("64KiB", 65_536), ("1MiB", 1_048_576),
            ("10GiB", 10_737_418_240), ("2TiB", 2_199_023_255_552),
        ]
    )
    func `reads whole numbers with a unit, and writes them back`(text: String, bytes: Int64) throws
    {
        #expect(try SizeText.parse(text) == bytes)
        #expect(SizeText.exact(bytes) == text)
    }

    @Test(
        arguments: [
            ("", SizeText.Fault.malformed("")), ("10", .bareNumber("10")),
            ("GiB", .malformed("GiB")),
            ("-1GiB", .malformed("-1GiB")), ("1.5GiB", .malformed("1.5GiB")),
            ("1 GiB", .malformed("1 GiB")), ("1gib", .unknownUnit("gib")),
            ("1GB", .unknownUnit("GB")),
            ("1GiB1MiB", .malformed("1GiB1MiB")),
            ("9223372036854775807KiB", .tooLarge("9223372036854775807KiB")),
            ("99999999999999999999B", .tooLarge("99999999999999999999B")),
            ("٣KiB", .malformed("٣KiB")),
        ]
    )
    func `refuses everything else with what to write`(text: String, fault: SizeText.Fault) {
        #expect(throws: fault) { try SizeText.parse(text) }
        #expect(!fault.description.isEmpty)
    }

    @Test func `what no unit divides is told in bytes`() throws {
        #expect(SizeText.exact(1_025) == "1025B")
        #expect(SizeText.exact(-1) == "0B")
        #expect(try SizeText.parse(SizeText.exact(.max)) == .max)
    }
}
