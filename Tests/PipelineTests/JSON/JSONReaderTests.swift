import Pipeline
import TestSupport
import Testing

struct JSONReaderTests {
    struct Accepted: CustomTestStringConvertible {
        var text: String
        var value: JSONValue
        var testDescription: String { text }

        init(_ text: String, _ value: JSONValue) {
            self.text = text
            self.value = value
        }
    }

    static let accepted: [Accepted] = [
        Accepted("null", .null),
        Accepted(" \t\r\n true ", .boolean(true)),
        Accepted("false", .boolean(false)),
        Accepted("0", .integer(0)),
        Accepted("-0", .integer(0)),
        Accepted("9223372036854775807", .integer(.max)),
        Accepted("-9223372036854775808", .integer(.min)),
        Accepted("9223372036854775808", .double(9_223_372_036_854_775_808)),
        Accepted("-9223372036854775809", .double(-9_223_372_036_854_775_808)),
        Accepted("1.5", .double(1.5)),
        Accepted("-0.0e-0", .double(-0.0)),
        Accepted("1E+2", .double(100)),
        Accepted("5e-324", .double(.leastNonzeroMagnitude)),
        Accepted(#""""#, .string("")),
        Accepted(#""a\"\\\/\b\f\n\r\tz""#, .string("a\"\\/\u{8}\u{C}\n\r\tz")),
        Accepted(#""\u0000\u00e9\u20AC""#, .string("\0é€")),
        Accepted(#""\ud83d\ude00 \uD83D\uDE00 😀""#, .string("😀 😀 😀")),
        Accepted(#""\uFFFF\u10FF""#, .string("\u{FFFF}\u{10FF}")),
        Accepted("\"\u{7F}\u{80}é€😀\"", .string("\u{7F}\u{80}é€😀")),
        Accepted("[]", .array([])),
        Accepted("[ 1 , [ ] , { } ]", .array([.integer(1), .array([]), .object([])])),
        Accepted(
            #"{"b":[true,null],"a":{"c":"d"}}"#,
            .object([
                JSONMember(key: "b", value: .array([.boolean(true), .null])),
                JSONMember(
                    key: "a",
                    value: .object([JSONMember(key: "c", value: .string("d"))])
                ),
            ])
        ),
    ]

    @Test(arguments: accepted)
    func `reads what RFC 8259 allows`(row: Accepted) throws {
        #expect(try JSONValue(parsing: Array(row.text.utf8)) == row.value)
    }

    struct Refused: CustomTestStringConvertible {
        var bytes: [UInt8]
        var reason: JSONError.Reason
        var offset: Int
        var testDescription: String { String(decoding: bytes, as: UTF8.self) }

        init(_ text: String, _ reason: JSONError.Reason, at offset: Int) {
            self.init(bytes: Array(text.utf8), reason, at: offset)
        }

        init(bytes: [UInt8], _ reason: JSONError.Reason, at offset: Int) {
            self.bytes = bytes
            self.reason = reason
            self.offset = offset
        }
    }

    static let refused: [Refused] = [
        Refused("", .unexpectedEnd, at: 0),
        Refused("  ", .unexpectedEnd, at: 2),
        Refused("nul", .unexpectedEnd, at: 3),
        Refused("nulL", .expected("null"), at: 0),
        Refused("True", .expected("a value"), at: 0),
        Refused("NaN", .expected("a value"), at: 0),
        Refused("1 2", .trailingContent, at: 2),
        Refused("null,", .trailingContent, at: 4),
        Refused("01", .invalidNumber, at: 0),
        Refused("-", .unexpectedEnd, at: 0),
        Refused("-a", .invalidNumber, at: 0),
        Refused("+1", .expected("a value"), at: 0),
        Refused(".5", .expected("a value"), at: 0),
        Refused("1.", .unexpectedEnd, at: 0),
        Refused("1.e3", .invalidNumber, at: 0),
        Refused("1e", .unexpectedEnd, at: 0),
        Refused("0x10", .trailingContent, at: 1),
        Refused("1e400", .numberOutOfRange, at: 0),
        Refused("[1e999]", .numberOutOfRange, at: 1),
        Refused("[", .unexpectedEnd, at: 1),
        Refused("[1", .unexpectedEnd, at: 2),
        Refused("[1,", .unexpectedEnd, at: 3),
        Refused("[1,]", .expected("a value"), at: 3),
        Refused("[,1]", .expected("a value"), at: 1),
        Refused("[1 2]", .expected("a comma or the array's end"), at: 3),
        Refused("[1}", .expected("a comma or the array's end"), at: 2),
        Refused("{1:2}", .expected("a key"), at: 1),
        Refused(#"{"a" 1}"#, .expected("a colon"), at: 5),
        Refused(#"{"a":}"#, .expected("a value"), at: 5),
        Refused(#"{"a":1,}"#, .expected("a key"), at: 7),
        Refused(#"{"a":1 "b":2}"#, .expected("a comma or the object's end"), at: 7),
        Refused(#"{"a":1]"#, .expected("a comma or the object's end"), at: 6),
        Refused("{,}", .expected("a key"), at: 1),
        Refused("'a'", .expected("a value"), at: 0),
        Refused("// x\n1", .expected("a value"), at: 0),
        Refused("\u{FEFF}1", .expected("a value"), at: 0),
        Refused("\u{A0}1", .expected("a value"), at: 0),
        Refused(#""a"#, .unexpectedEnd, at: 2),
        Refused(#""\"#, .unexpectedEnd, at: 2),
        Refused(#""\x41""#, .invalidEscape, at: 1),
        Refused(#""\u00g0""#, .invalidEscape, at: 1),
        Refused(#""\u00"#, .unexpectedEnd, at: 5),
        Refused(#""\ud83d""#, .loneSurrogate, at: 7),
        Refused(#""\ud83d\n""#, .loneSurrogate, at: 7),
        Refused(#""\ud83d\ud83d""#, .loneSurrogate, at: 13),
        Refused(#""\ude00\ud83d""#, .loneSurrogate, at: 7),
        Refused("\"a\u{1}\"", .controlCharacter, at: 2),
        Refused("\"a\nb\"", .controlCharacter, at: 2),
        Refused(bytes: [0x22, 0x61, 0xFF, 0x22], .invalidUTF8, at: 1),
        Refused(bytes: [0x22, 0xC0, 0x80, 0x22], .invalidUTF8, at: 1),
        Refused(bytes: [0x22, 0xED, 0xA0, 0x80, 0x22], .invalidUTF8, at: 1),
        Refused(bytes: [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], .invalidUTF8, at: 1),
        Refused(bytes: [0x22, 0x5C, 0x6E, 0xC3, 0x22], .invalidUTF8, at: 1),
        Refused(bytes: [0x5B, 0x00, 0x5D], .expected("a value"), at: 1),
        Refused(#"{"a":1,"b":2,"a":3}"#, .duplicateKey("a"), at: 17),
        Refused(#"{"a":1,"\u0061":3}"#, .duplicateKey("a"), at: 16),
    ]

    @Test(arguments: refused)
    func `refuses what it does not, with the place`(row: Refused) {
        #expect(throws: JSONError(row.reason, at: row.offset)) {
            try JSONValue(parsing: row.bytes)
        }
        // Passing over a value checks it just as much.
        if case .duplicateKey = row.reason { return }
        #expect(throws: JSONError(row.reason, at: row.offset)) {
            var reader = try JSONReader(row.bytes)
            switch row.reason {
            case .numberOutOfRange: _ = try reader.value()
            default: try reader.skipValue()
            }
            try reader.finish()
        }
    }

    @Test func `keeps duplicate keys where the caller allows them`() throws {
        let value = try JSONValue(parsing: Array(#"{"a":1,"a":2}"#.utf8), duplicates: .kept)
        #expect(value.object?.count == 2)
        #expect(value["a"]?.integer == 2)
    }

    @Test func `obeys its limits to the byte and to the bracket`() throws {
        let deep = Array(String(repeating: "[", count: 64).utf8) + [UInt8](repeating: 93, count: 64)
        _ = try JSONValue(parsing: deep)
        #expect(throws: JSONError(.tooDeep(64), at: 64)) {
            try JSONValue(parsing: [91] + deep + [93])
        }
        #expect(throws: JSONError(.tooDeep(64), at: 64)) {
            var reader = try JSONReader([UInt8](repeating: 91, count: 1_000_000))
            try reader.skipValue()
        }
        _ = try JSONReader(deep, limits: JSONLimits(bytes: 128))
        #expect(throws: JSONError(.tooLong(127), at: 127)) {
            try JSONReader(deep, limits: JSONLimits(bytes: 127))
        }
        // Beside each other is not inside each other.
        let wide = "[" + Array(repeating: "[[]]", count: 500).joined(separator: ",") + "]"
        _ = try JSONValue(parsing: Array(wide.utf8), limits: JSONLimits(depth: 3))
    }

    @Test(arguments: [
        ("18446744073709551615", UInt64.max), ("0", 0), ("-0", 0),
    ])
    func `reads unsigned integers whole`(text: String, value: UInt64) throws {
        var reader = try JSONReader(Array(text.utf8))
        #expect(try reader.unsignedInteger() == value)
    }

    @Test(arguments: ["18446744073709551616", "-1", "1.0", "1e2", "01", "-", "\"1\"", ""])
    func `refuses as unsigned what is not`(text: String) throws {
        var reader = try JSONReader(Array(text.utf8))
        #expect(throws: JSONError.self) { try reader.unsignedInteger() }
    }

    @Test func `takes a key only if it is the very next one`() throws {
        var reader = try JSONReader(Array(#" { "a" : 1 , "ab":2,"\u0062":3,"c":4} "#.utf8))
        try reader.beginObject()
        // Taken outside of `#expect`, which holds its operands constant.
        var taken = [reader.takeKey("ab"), reader.takeKey(""), reader.takeKey("a")]
        #expect(taken == [false, false, true])
        #expect(try reader.integer() == 1)
        taken = [reader.takeKey("a"), reader.takeKey("abc"), reader.takeKey("ab")]
        #expect(taken == [false, false, true])
        #expect(try reader.integer() == 2)
        // The key is spelled with an escape.
        taken = [reader.takeKey("b")]
        #expect(taken == [false])
        #expect(try reader.nextKey() == "b")
        try reader.skipValue()
        taken = [reader.takeKey("c")]
        #expect(taken == [true])
        #expect(try reader.number() == .integer(4))
        taken = [reader.takeKey("c")]
        #expect(taken == [false])
        #expect(try reader.nextKey() == nil)
        try reader.finish()
    }

    @Test func `reads a window of a larger buffer and nothing beyond it`() throws {
        let bytes = Array(#"xx{"a":[1,2]}yy"#.utf8)
        var reader = try JSONReader(bytes, in: 2..<(bytes.count - 2))
        try reader.skipValue()
        try reader.finish()
        for end in 2..<(bytes.count - 2) {
            #expect(throws: JSONError.self) {
                var reader = try JSONReader(bytes, in: 2..<end)
                try reader.skipValue()
            }
        }
    }

    @Test func `what the writer writes it reads back`() throws {
        let texts = ["", "\0\u{1F}\"\\/\u{7F}", "é€😀\u{FFFF}", String(repeating: "\n", count: 300)]
        var writer = JSONWriter()
        writer.beginArray()
        for text in texts { writer.string(text) }
        writer.integer(Int64.min)
        writer.double(0.1)
        writer.endArray()
        let value = try JSONValue(parsing: writer.bytes)
        #expect(value == .array(texts.map { .string($0) } + [.integer(.min), .double(0.1)]))
    }
}

/// Fed with what is not JSON, or not quite.
struct JSONReaderHostileTests {
    private let sample = Array(
        #"{"s":"a\"\u00e9\ud83d\ude00é€😀","n":[0,-12,3.25e-7,true,false,null],"o":{"x":{"y":[]}}}"#
            .utf8
    )

    @Test func `a text cut at any byte is refused`() throws {
        _ = try JSONValue(parsing: sample)
        for cut in 0..<sample.count {
            #expect(throws: JSONError.self, "cut at \(cut)") {
                try JSONValue(parsing: Array(sample[..<cut]))
            }
        }
    }

    /// Two ways of reading must agree on whether it is JSON.
    private func agree(_ bytes: [UInt8]) -> Bool {
        let tree: JSONError? = failure { _ = try JSONValue(parsing: bytes, duplicates: .kept) }
        let skipped: JSONError? = failure {
            var reader = try JSONReader(bytes)
            try reader.skipValue()
            try reader.finish()
        }
        if case .numberOutOfRange = tree?.reason { return true }
        return tree == skipped && (tree?.offset ?? 0) <= bytes.count
    }

    private func failure(_ body: () throws -> Void) -> JSONError? {
        do {
            try body()
            return nil
        } catch {
            return error as? JSONError
        }
    }

    @Test func `a text with any bit flipped never traps, and both ways of reading agree`() {
        for position in sample.indices {
            for bit in 0..<8 {
                var flipped = sample
                flipped[position] ^= 1 << bit
                #expect(agree(flipped), "bit \(bit) of byte \(position)")
            }
        }
    }

    @Test func `random texts never trap, and both ways of reading agree`() {
        let seed: UInt64 = 20_260_820
        var random = SeededRandom(seed: seed)
        let alphabet =
            Array(#"{}[]:,"\/bfnrtu0123456789abcdefDE+-. truefalsnl"#.utf8) + [0, 10, 195]
        for round in 0..<20_000 {
            let count = Int.random(in: 0..<40, using: &random)
            let bytes = (0..<count).map { _ in
                round % 4 == 0
                    ? UInt8.random(in: 0...255, using: &random)
                    : alphabet[Int.random(in: alphabet.indices, using: &random)]
            }
            #expect(agree(bytes), "seed \(seed), round \(round): \(bytes)")
        }
    }
}
