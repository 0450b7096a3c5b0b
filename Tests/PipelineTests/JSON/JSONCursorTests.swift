import Pipeline
import TestSupport
import Testing

/// The quick ways of writing give what the standard library says.
struct JSONCursorTests {
    private func text(_ body: (inout JSONCursor) -> Void) -> String {
        var writer = JSONWriter()
        writer.append(body)
        return writer.text
    }

    @Test func `integers are those of the standard library`() {
        var random = SeededRandom(seed: 3)
        var numbers: [Int64] = [0, .max, .min, -1]
        var power: Int64 = 1
        for _ in 0..<18 {
            power *= 10
            numbers += [power - 1, power, power + 1, -power]
        }
        for shift in 0..<64 {
            numbers.append(Int64.random(in: .min ... .max, using: &random) >> shift)
            numbers.append(Int64.random(in: 0...(.max >> (shift & 63)), using: &random))
        }
        for number in numbers { #expect(text { $0.decimal(number) } == String(number)) }
    }

    @Test func `seconds have all their decimals, and one at least`() {
        func long(_ nanoseconds: Int64) -> String {
            let (whole, rest) = nanoseconds.magnitude.quotientAndRemainder(
                dividingBy: 1_000_000_000
            )
            var decimals = String(String(1_000_000_000 + rest).dropFirst())
            while decimals.count > 1, decimals.last == "0" { decimals.removeLast() }
            return (nanoseconds < 0 ? "-" : "") + "\(whole).\(decimals)"
        }
        var random = SeededRandom(seed: 4)
        var numbers: [Int64] = [
            0, 1, 10, 999_999_999, 1_000_000_000, 1_500_000_000, -7, .max, .min,
        ]
        for power in 0..<18 {
            let limit = (0..<power).reduce(Int64(1)) { product, _ in product * 10 }
            numbers.append(limit * Int64.random(in: 1...9, using: &random))
            numbers.append(Int64.random(in: -limit...limit, using: &random))
        }
        for number in numbers {
            #expect(text { $0.seconds(nanoseconds: number) } == long(number))
        }
    }

    @Test func `sixteen digits are those of the standard library`() {
        var random = SeededRandom(seed: 5)
        for shift in 0..<64 {
            for _ in 0..<50 {
                let value = random.next() >> UInt64(shift)
                let digits = String(value, radix: 16)
                let long = String(repeating: "0", count: 16 - digits.count) + digits
                #expect(text { $0.hexadecimal(value) } == long)
            }
        }
    }

    @Test func `texts of every length are escaped where they must be, at every place`() {
        let escapes = [
            "\"": #"\""#, "\\": #"\\"#, "\n": #"\n"#, "\t": #"\t"#, "\r": #"\r"#,
            "\u{1}": #"\u0001"#, "\u{1F}": #"\u001f"#, "é": "é", "\u{7F}": "\u{7F}",
        ]
        for length in 0...80 {
            let plain = String(repeating: "x", count: length)
            #expect(text { $0.characters(plain) } == plain)
            for place in 0..<length {
                let (head, rest) = (String(repeating: "a", count: place), length - place - 1)
                let tail = String(repeating: "b", count: rest)
                for (mark, escaped) in escapes {
                    #expect(text { $0.characters(head + mark + tail) } == head + escaped + tail)
                }
            }
        }
    }

    @Test func `what JSON has no number for is a text`() {
        #expect(text { $0.double(.nan) } == #""NaN""#)
        #expect(text { $0.double(-.infinity) } == #""-Infinity""#)
        #expect(text { $0.double(.infinity) } == #""Infinity""#)
        #expect(text { $0.double(0.1) } == "0.1")
    }

    // MARK: - Memory

    /// Writes every kind of part, in the order that `random` says.
    private static func write(_ random: inout SeededRandom, to cursor: inout JSONCursor) {
        for _ in 0..<Int.random(in: 0..<12, using: &random) {
            switch Int.random(in: 0..<8, using: &random) {
            case 0: cursor.characters("a \"quoted\"\n text of\u{1} more than a word: €")
            case 1: cursor.decimal(Int64.random(in: .min ... .max, using: &random))
            case 2: cursor.hexadecimal(random.next())
            case 3:
                cursor.seconds(nanoseconds: Int64.random(in: -5_000...5_000, using: &random))
            case 4: cursor.double(Double.random(in: -1...1, using: &random))
            case 5: cursor.characters("a name of some length")
            case 6: cursor.piece(#","name":""#)
            default: cursor.byte(UInt8(ascii: "-"))
            }
        }
    }

    @Test func `nothing is written behind the memory, and what is missing is known`() {
        for seed in UInt64(1)...200 {
            let random = SeededRandom(seed: seed)
            var writer = JSONWriter()
            writer.append { cursor in
                var same = random
                JSONCursorTests.write(&same, to: &cursor)
            }
            let whole = writer.bytes
            for capacity in 0...(whole.count + JSONCursor.slack) {
                var memory = [UInt8](repeating: 0xAA, count: capacity + 256)
                let (count, isWhole) = memory.withUnsafeMutableBufferPointer { buffer in
                    var cursor = JSONCursor(.init(rebasing: buffer[..<capacity]))
                    var same = random
                    JSONCursorTests.write(&same, to: &cursor)
                    return (cursor.count, cursor.isWhole)
                }
                #expect(count == whole.count, "seed \(seed)")
                #expect(memory[capacity...].allSatisfy { $0 == 0xAA }, "seed \(seed)")
                if isWhole { #expect(Array(memory[..<count]) == whole, "seed \(seed)") }
                if capacity < count { #expect(!isWhole, "seed \(seed)") }
                if capacity >= count + JSONCursor.slack { #expect(isWhole, "seed \(seed)") }
            }
        }
    }

    @Test func `a writer appends the same however much room it has`() {
        for reserved in 0..<80 {
            var writer = JSONWriter(reserving: reserved)
            writer.piece("[")
            writer.append { $0.characters("0123456789abcdef0123456789abcdef") }
            writer.append { cursor in
                cursor.decimal(-12)
                cursor.byte(UInt8(ascii: "]"))
            }
            #expect(writer.text == "[0123456789abcdef0123456789abcdef-12]")
        }
    }
}
