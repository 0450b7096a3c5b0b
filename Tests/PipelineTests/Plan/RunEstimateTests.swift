import Pipeline
import TestSupport
import Testing

/// What a run would take with so many workers.
struct RunEstimateTests {
    private func estimate(_ plan: Plan, _ seconds: [Int], _ workers: Int) -> RunEstimate {
        RunEstimate(plan, durations: seconds.map { .seconds($0) }, workers: workers)
    }

    /// a(4) ◀ b(1), c(5) ◀ d(2): 12 s of work, 11 s in a row.
    private let diamond = makePlan([
        makeStep("a"), makeStep("b", needs: [0]), makeStep("c", needs: [0]),
        makeStep("d", needs: [1, 2]),
    ])

    @Test(arguments: [(1, 12, 0, 1), (2, 11, 10, 2), (3, 11, 21, 2)])
    func `a diamond`(workers: Int, seconds: Int, idle: Int, peak: Int) {
        let found = estimate(diamond, [4, 1, 5, 2], workers)
        #expect(found.duration == .seconds(seconds))
        #expect(found.idle == .seconds(idle))
        #expect(found.peak == peak)
        #expect(found.busy == .seconds(12))
    }

    /// Beside a(2) ◀ b(4) there are two of 4 s.
    ///
    /// With two workers a goes first, then y, then b: 8 s. In the file's order it would be 10 s.
    @Test func `what holds up the most begins first`() {
        let plan = makePlan([
            makeStep("x"), makeStep("y"), makeStep("a"), makeStep("b", needs: [2]),
        ])
        #expect(estimate(plan, [4, 4, 2, 4], 1).duration == .seconds(14))
        #expect(estimate(plan, [4, 4, 2, 4], 2).duration == .seconds(8))
        #expect(estimate(plan, [4, 4, 2, 4], 3).duration == .seconds(6))
    }

    @Test func `independent steps share the workers evenly`() {
        let plan = makePlan((0..<7).map { makeStep("s\($0)") })
        let seconds = [Int](repeating: 3, count: 7)
        let expected = [1: 21, 2: 12, 3: 9, 4: 6, 6: 6, 7: 3, 50: 3]
        for (workers, duration) in expected {
            #expect(estimate(plan, seconds, workers).duration == .seconds(duration))
        }
        #expect(estimate(plan, seconds, 50).peak == 7)
    }

    @Test func `a handler of failures does not run, and what needs it does not either`() {
        let plan = makePlan([
            makeStep("a"), makeStep("mend", needs: [0], when: .failure),
            makeStep("after", needs: [1]), makeStep("tidy", needs: [1, 2], when: .always),
        ])
        let found = estimate(plan, [1, 100, 100, 2], 1)
        #expect(found.duration == .seconds(3))
        #expect(found.busy == .seconds(3))
    }

    @Test func `an empty plan takes no time`() {
        let found = estimate(makePlan([]), [], 3)
        #expect(found.duration == .zero && found.idle == .zero && found.peak == 0)
    }

    /// Random plans, run by the machine itself in a world where steps take what they are said to.
    @Test func `the machine needs exactly the estimated time`() {
        var random = SeededRandom(seed: .random(in: 0 ... .max))
        let seed = random
        for number in 0..<400 {
            let plan = makeRandomPlan(&random)
            let durations = plan.steps.map { _ in
                Duration.seconds(Int.random(in: 0...6, using: &random))
            }
            let workers = Int.random(in: 1...6, using: &random)
            let expected = RunEstimate(plan, durations: durations, workers: workers)
            let found = simulate(plan, durations, workers)
            #expect(found == expected.duration, "\(seed), plan \(number), \(workers) workers")
        }
    }

    private func makeRandomPlan(_ random: inout SeededRandom) -> Plan {
        let count = Int.random(in: 1...14, using: &random)
        return makePlan(
            (0..<count).map { index in
                let needs = (0..<index).filter { _ in random.oneIn(4) }
                let kind = Int.random(in: 0..<10, using: &random)
                let when: RunCondition = kind == 0 ? .failure : kind == 1 ? .always : .success
                return makeStep("s\(index)", needs: needs, when: when)
            }
        )
    }

    /// How long the run takes; `nil` when it does not end well.
    private func simulate(_ plan: Plan, _ durations: [Duration], _ workers: Int) -> Duration? {
        var script = MachineScript(plan, workers: workers)
        let start = script.now
        var running: [(end: Timestamp, step: String)] = []
        while true {
            for name in script.launches {
                guard let step = script.machine.index(of: name) else { return nil }
                running.append((script.now + durations[step], name))
            }
            // Of those that end together the one that began first.
            guard let next = running.indices.min(by: { running[$0].end < running[$1].end }) else {
                return script.machine.end == RunEnd(.success) ? script.now - start : nil
            }
            let ended = running.remove(at: next)
            script.now = ended.end
            script.end(ended.step)
        }
    }
}
