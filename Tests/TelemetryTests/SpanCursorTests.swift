import Pipeline
import TestSupport
import Testing

@testable import Telemetry

/// The short ways of writing a span's parts give what the long ones do.
struct SpanCursorTests {
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
            numbers += [power - 1, power, power + 1]
        }
        for shift in 0..<63 {
            numbers.append(Int64.random(in: 0...(.max >> shift), using: &random))
        }
        for number in numbers { #expect(text { $0.integer(number) } == String(number)) }
    }

    @Test func `seconds are those of the writer`() {
        var random = SeededRandom(seed: 4)
        var numbers: [Int64] = [0, 1, 10, 999_999_999, 1_000_000_000, 1_500_000_000, -7, .max]
        for power in 0..<18 {
            let limit = (0..<power).reduce(Int64(1)) { product, _ in product * 10 }
            numbers.append(limit * Int64.random(in: 1...9, using: &random))
            numbers.append(Int64.random(in: 0...limit, using: &random))
        }
        for number in numbers {
            let long = text { $0.seconds(nanoseconds: number) }
            #expect(text { $0.seconds(of: number) } == long)
        }
    }

    @Test func `ids are those of the writer`() {
        var random = SeededRandom(seed: 5)
        for _ in 0..<200 {
            let value = random.next()
            #expect(text { $0.identifier(value) } == text { $0.hexadecimal(value) })
        }
    }

    @Test func `texts of every length are escaped where they must be, at every place`() {
        for length in 0...80 {
            let plain = String(repeating: "x", count: length)
            #expect(text { $0.text(plain) } == plain)
            for place in 0..<length {
                for mark in ["\"", "\\", "\n", "\u{1}", "é", "\u{7F}"] {
                    let head = String(repeating: "a", count: place)
                    let marked = head + mark + String(repeating: "b", count: length - place - 1)
                    #expect(text { $0.text(marked) } == text { $0.characters(marked) })
                }
            }
        }
    }

    @Test func `nothing is written behind the memory, and what is missing is known`() {
        let name = "a name of some length"
        func write(_ cursor: inout JSONCursor) {
            cursor.piece(#"{"x":""#)
            cursor.text(name)
            AttributeOpening.table.write(.integer, .processID, to: &cursor)
            cursor.integer(1_234_567_890_123)
            cursor.seconds(of: 1_250_000_000)
            cursor.identifier(0xDEAD_BEEF)
            cursor.piece("}")
        }
        let whole = text(write)
        for capacity in 0...(whole.utf8.count + JSONCursor.slack) {
            var memory = [UInt8](repeating: 0xAA, count: capacity + 256)
            let (count, isWhole) = memory.withUnsafeMutableBufferPointer { buffer in
                var cursor = JSONCursor(.init(rebasing: buffer[..<capacity]))
                write(&cursor)
                return (cursor.count, cursor.isWhole)
            }
            #expect(count == whole.utf8.count)
            #expect(memory[capacity...].allSatisfy { $0 == 0xAA })
            if isWhole { #expect(Array(memory[..<count]) == Array(whole.utf8)) }
            if capacity < whole.utf8.count { #expect(!isWhole) }
            if capacity == whole.utf8.count + JSONCursor.slack { #expect(isWhole) }
        }
    }
}
