import FoundationEssentials
import Pipeline
import TestSupport
import Testing

struct JSONWriterTests {
    private func text(_ write: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        write(&writer)
        return writer.text
    }

    @Test func `places commas between members and elements`() {
        let json = text { json in
            json.beginObject()
            json.key("a")
            json.integer(1)
            json.key("b")
            json.beginArray()
            json.string("x")
            json.boolean(true)
            json.null()
            json.beginObject()
            json.endObject()
            json.endArray()
            json.endObject()
        }
        #expect(json == #"{"a":1,"b":["x",true,null,{}]}"#)
    }

    @Test(arguments: [0, 7, -1, 10, 1_767_225_600_000_000_000, .max, .min] as [Int64])
    func `writes integers of 64 bits`(value: Int64) {
        #expect(text { $0.integer(value) } == "\(value)")
        #expect(text { $0.integerString(value) } == "\"\(value)\"")
    }

    @Test(
        arguments: [
            (0, "0.0"), (1, "0.000000001"), (1_500_000_000, "1.5"), (60_000_000_000, "60.0"),
            (1_203_000, "0.001203"), (-250_000_000, "-0.25"), (999_999_999, "0.999999999"),
            (.max, "9223372036.854775807"), (.min, "-9223372036.854775808"),
        ] as [(Int64, String)]
    )
    func `writes nanoseconds as seconds`(nanoseconds: Int64, expected: String) {
        #expect(text { $0.seconds(nanoseconds: nanoseconds) } == expected)
    }

    @Test(
        arguments: [
            (1.5, "1.5"), (.nan, "\"NaN\""), (.infinity, "\"Infinity\""),
            (-.infinity, "\"-Infinity\""),
        ]
    )
    func `writes what JSON has no number for as text`(value: Double, expected: String) {
        #expect(text { $0.double(value) } == expected)
    }

    @Test func `escapes what RFC 8259 says, wherever it stands`() {
        for byte in UInt8(0)...0x7f {
            for position in 0..<20 {
                var scalars = [UInt8](repeating: UInt8(ascii: "x"), count: 20)
                scalars[position] = byte
                let value = String(decoding: scalars, as: UTF8.self)
                let escaped =
                    switch byte {
                    case 0x0a: #"\n"#
                    case 0x09: #"\t"#
                    case 0x0d: #"\r"#
                    case 0x22: #"\""#
                    case 0x5c: #"\\"#
                    case ..<0x10: "\\u000" + String(byte, radix: 16)
                    case ..<0x20: "\\u00" + String(byte, radix: 16)
                    default: String(UnicodeScalar(byte))
                    }
                let rest = String(repeating: "x", count: 19 - position)
                let expected =
                    "\"" + String(repeating: "x", count: position) + escaped + rest + "\""
                #expect(text { $0.string(value) } == expected)
            }
        }
    }

    @Test func `writes any text so that it is read back`() throws {
        var random = SeededRandom(seed: 3)
        let alphabet = Array("ab\"\\\n\u{0}\u{1f} é€😀\u{7f}\u{80}\u{2028}~!#[]".unicodeScalars)
        for _ in 0..<2_000 {
            var value = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0..<40, using: &random) {
                value.append(alphabet[Int.random(in: 0..<alphabet.count, using: &random)])
            }
            let json = text { json in
                json.beginArray()
                json.string(String(value))
                json.endArray()
            }
            let read = try JSONDecoder().decode([String].self, from: Data(json.utf8))
            #expect(read == [String(value)])
        }
    }

    @Test func `takes back, gives away and goes on`() {
        var writer = JSONWriter()
        writer.piece("[1")
        let length = writer.bytes.count
        writer.piece(",")
        writer.string("does not fit")
        writer.truncate(to: length)
        writer.piece("]")
        #expect(writer.text == "[1]")
        #expect(writer.exchange([9, 9, 9]) == Array("[1]".utf8))
        #expect(writer.bytes.isEmpty)
        writer.hexadecimal(0x00ab_0000_0000_000f)
        #expect(writer.text == "00ab00000000000f")
    }
}
