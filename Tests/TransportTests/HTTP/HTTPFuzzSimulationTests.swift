import Testing

@Suite(.timeLimit(.minutes(10)))
struct HTTPFuzzSimulationTests {
    /// Fixed seeds, and one of this run; each 125,000 inputs, 10^6 in all.
    static let seeds: [UInt64] = [1, 2, 3, 4, 5, 6, 7, UInt64.random(in: 8 ... .max)]

    @Test(arguments: seeds)
    func `a million broken inputs neither trap nor pile up, and the cut does not matter`(
        _ seed: UInt64
    ) {
        let result = HTTPCorpus.faults(seed: seed, count: 125_000)
        #expect(result.count == 0, "\(result.first ?? "")")
        #expect(result.refused > 10_000, "seed \(seed): the inputs are too tame")
    }
}

struct HTTPFuzzTests {
    @Test func `broken inputs neither trap nor pile up, and the cut does not matter`() {
        let result = HTTPCorpus.faults(seed: 99, count: 2_000)
        #expect(result.count == 0, "\(result.first ?? "")")
        #expect((200...1_990).contains(result.refused))
    }
}
