import Pipeline
import TestSupport
import Testing

struct JSONCursorTests {
    /// Writes every kind of part, in the order that `random` says.
    private static func write(_ random: inout SeededRandom, to cursor: inout JSONCursor) {
        for _ in 0..<Int.random(in: 0..<12, using: &random) {
            switch Int.random(in: 0..<6, using: &random) {
            case 0: cursor.characters("a \"quoted\"\n text of\u{1} more than a word: €")
            case 1: cursor.decimal(Int64.random(in: .min ... .max, using: &random))
            case 2: cursor.hexadecimal(UInt64.random(in: .min ... .max, using: &random))
            case 3:
                cursor.seconds(nanoseconds: Int64.random(in: -5_000...5_000, using: &random))
            case 4: cursor.double(Double.random(in: -1...1, using: &random))
            default: cursor.byte(UInt8(ascii: "-"))
            }
        }
    }

    @Test func `writes nothing behind its memory and counts what is missing`() {
        for seed in UInt64(1)...200 {
            let random = SeededRandom(seed: seed)
            var writer = JSONWriter()
            writer.append { cursor in
                var same = random
                JSONCursorTests.write(&same, to: &cursor)
            }
            let whole = writer.bytes
            for capacity in 0...whole.count {
                var memory = [UInt8](repeating: 0xAA, count: whole.count + 64)
                let count = memory.withUnsafeMutableBufferPointer { buffer in
                    var cursor = JSONCursor(.init(rebasing: buffer[..<capacity]))
                    var same = random
                    JSONCursorTests.write(&same, to: &cursor)
                    return cursor.count
                }
                #expect(count == whole.count, "seed \(seed)")
                #expect(memory[capacity...].allSatisfy { $0 == 0xAA }, "seed \(seed)")
                if capacity == whole.count { #expect(Array(memory[..<capacity]) == whole) }
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

    @Test func `digits are those of the standard library`() {
        var random = SeededRandom(seed: 5)
        for shift in 0..<64 {
            for _ in 0..<50 {
                let value = UInt64.random(in: .min ... .max, using: &random) >> UInt64(shift)
                var writer = JSONWriter()
                writer.hexadecimal(value)
                #expect(writer.text == SpanID(value).description)
                let number = Int64(bitPattern: value)
                var decimal = JSONWriter()
                decimal.decimal(number)
                #expect(decimal.text == String(number))
            }
        }
    }
}
