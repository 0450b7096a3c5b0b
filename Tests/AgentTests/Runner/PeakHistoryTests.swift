import Testing

@testable import Agent

struct PeakHistoryTests {
    private let start = ContinuousClock.now

    @Test func `tells the highest peak since an instant`() {
        var history = PeakHistory()
        #expect(history.highest(since: start) == 0)
        for (second, peak) in [50, 30, 40, 10].enumerated() {
            history.note(Int64(peak), at: start + .seconds(second))
        }
        let highest = (0...4).map { history.highest(since: start + .seconds($0)) }
        #expect(highest == [50, 40, 40, 10, 0])
    }

    @Test func `where nobody knows, nothing is told of what began before`() {
        var history = PeakHistory()
        history.note(40, at: start)
        history.note(.max, at: start + .seconds(1))
        history.note(20, at: start + .seconds(2))
        #expect(history.highest(since: start + .seconds(1)) == .max)
        #expect(history.highest(since: start + .seconds(2)) == 20)
    }

    @Test func `of too many it forgets when, never how high`() {
        var history = PeakHistory()
        let count = PeakHistory.most * 2
        for second in 0..<count {
            history.note(Int64(count - second), at: start + .seconds(second))
        }
        for second in 0..<count {
            let highest = history.highest(since: start + .seconds(second))
            #expect(highest >= Int64(count - second))
        }
        #expect(history.highest(since: start) == Int64(count))
    }
}
