import Pipeline
import TestSupport
import Testing

@testable import Agent

/// The last lines of a stream, however many come at once.
struct TailRingPieceTests {
    @Test func `many lines at once are as the same lines one by one`() {
        var random = SeededRandom(seed: 3)
        for round in 0..<300 {
            var whole = TailRing()
            var single = TailRing()
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let lines = (0..<Int.random(in: 0...60, using: &random)).map { line in
                    String(repeating: "\(line)", count: Int.random(in: 0...30, using: &random))
                }
                let end = Bool.random(using: &random) ? "\n" : ""
                let bytes = Array((lines.joined(separator: "\n") + end).utf8)
                whole.append(bytes[...])
                for byte in bytes { single.append([byte][...]) }
                #expect(whole.tail == single.tail, "round \(round)")
                #expect(whole.lastLine == single.lastLine)
            }
        }
    }
}
