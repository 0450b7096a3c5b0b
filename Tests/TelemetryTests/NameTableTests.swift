import TestSupport
import Testing

@testable import Telemetry

struct NameTableTests {
    @Test func `knows what was added, and forgets what was removed`() {
        var table = NameTable()
        #expect(table["a"] == nil)
        let added = [table.insert(HashedName("a"), 1), table.insert(HashedName("a"), 2)]
        #expect(added == [true, false])
        #expect(table["a"] == 1 && table.count == 1, "it keeps its number")
        let removed = [table.remove(HashedName("b")), table.remove(HashedName("a"))]
        #expect(removed == [nil, 1])
        #expect(table["a"] == nil && table.count == 0 && table.names.isEmpty)
    }

    /// Beside a dictionary, with names of all lengths that come and go.
    @Test(arguments: 1...20)
    func `is a dictionary`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var table = NameTable()
        var known: [String: Int32] = [:]
        for turn in 0..<4_000 {
            let number = Int.random(in: 0..<300, using: &random)
            let name = String(repeating: "ä", count: number % 12) + "\(number)"
            let hashed = HashedName(name)
            if random.oneIn(3) {
                let removed = table.remove(hashed)
                #expect(removed == known.removeValue(forKey: name))
            } else {
                let isNew = known[name] == nil
                if isNew { known[name] = Int32(turn) }
                let isAdded = table.insert(hashed, Int32(turn))
                #expect(isAdded == isNew)
            }
            #expect(table.count == known.count)
        }
        for number in 0..<300 {
            let name = String(repeating: "ä", count: number % 12) + "\(number)"
            #expect(table[name] == known[name], "seed \(seed)")
        }
        #expect(Set(table.names) == Set(known.keys))
    }

    @Test func `names that are written alike are one, whatever they are made of`() {
        var table = NameTable()
        table.insert(HashedName("caf\u{E9} with a long name"), 7)
        let copy = ["caf", "\u{E9}", " with a long name"].joined()
        #expect(table[copy] == 7)
    }
}
