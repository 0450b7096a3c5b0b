import Pipeline
import Testing

struct GraphPropertyTests {
    /// Needs of a random graph without cycles, its steps in random order.
    private static func randomGraph(_ random: inout SplitMix) -> [[Int]] {
        let count = Int.random(in: 1...40, using: &random)
        let order = (0..<count).shuffled(using: &random)
        var needs = [[Int]](repeating: [], count: count)
        for position in 1..<max(count, 2) where position < count {
            let picked = (0..<position).filter { _ in Int.random(in: 0..<6, using: &random) == 0 }
            needs[order[position]] = picked.map { order[$0] }.shuffled(using: &random)
        }
        return needs
    }

    @Test(arguments: 1...200)
    func `every step of a graph without cycles runs right after its last need`(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        let needs = Self.randomGraph(&random)
        let graph = StepGraph(needs: needs)
        var level: [Int: Int] = [:]
        for (number, wave) in graph.waves().enumerated() {
            #expect(wave == wave.sorted() && !wave.isEmpty, "seed \(seed)")
            for step in wave { #expect(level.updateValue(number, forKey: step) == nil) }
        }
        #expect(level.count == needs.count, "seed \(seed)")
        for (step, needs) in needs.enumerated() {
            let last = needs.compactMap { level[$0] }.max() ?? -1
            #expect(level[step] == last + 1, "seed \(seed), step \(step)")
        }
        #expect(graph.cycles(limit: 100) == [], "seed \(seed)")
    }

    @Test(arguments: 1...200)
    func `a planted cycle is named, and what is named is a cycle`(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        var needs = Self.randomGraph(&random)
        let length = Int.random(in: 2...6, using: &random)
        let planted = (needs.count..<(needs.count + length)).shuffled(using: &random)
        for _ in planted { needs.append([]) }
        for (position, step) in planted.enumerated() {
            needs[step].append(planted[(position + 1) % length])
            // What the cycle needs besides cannot lead back into it.
            needs[step].append(Int.random(in: 0..<(needs.count - length), using: &random))
        }
        let cycles = StepGraph(needs: needs).cycles(limit: 100)
        #expect(cycles.map { Set($0) } == [Set(planted)], "seed \(seed)")
        for cycle in cycles {
            for (position, step) in cycle.enumerated() {
                let next = cycle[(position + 1) % cycle.count]
                #expect(needs[step].contains(next), "seed \(seed)")
            }
        }
    }

    @Test(arguments: 1...200)
    func `without the edges of the named cycles none is left`(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        let count = Int.random(in: 2...12, using: &random)
        let needs = (0..<count).map { _ in
            (0..<count).filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
        }
        let cycles = StepGraph(needs: needs).cycles(limit: 1_000)
        var rest = needs
        for cycle in cycles {
            #expect(Set(cycle).count == cycle.count, "seed \(seed)")
            #expect(cycle.first == cycle.min(), "seed \(seed)")
            for (position, step) in cycle.enumerated() {
                let next = cycle[(position + 1) % cycle.count]
                #expect(rest[step].contains(next), "seed \(seed): an edge is named twice")
                rest[step].removeAll { $0 == next }
            }
        }
        #expect(StepGraph(needs: rest).waves().joined().count == count, "seed \(seed)")
    }
}
