import Pipeline
import TestSupport
import Testing

/// Whatever the machine writes, the snapshot takes without a contradiction.
struct RunSnapshotSimulationTests {
    @Test func `follows 1,000 random runs with crashes and cancellations to their ends`() {
        let first = UInt64.random(in: 0 ... .max / 2)
        var recoveries = 0
        for seed in first..<first + 1_000 {
            var world = SimulatedWorld(seed: seed)
            world.runToEnd()
            // The simulation's start does not say how many steps there are: the plan does.
            var known = RunSnapshot(plan: world.plan)
            var unknown = RunSnapshot()
            for event in world.journal {
                known.apply(event)
                unknown.apply(event)
            }
            #expect(known.inconsistencies.isEmpty, "seed \(seed)")
            #expect(unknown.inconsistencies.isEmpty, "seed \(seed)")
            #expect(known.state == .finished, "seed \(seed)")
            #expect(known.end == world.machine.end, "seed \(seed)")
            #expect(known.counts.finished == world.plan.steps.count, "seed \(seed)")
            #expect(known.counts == unknown.counts, "seed \(seed)")
            #expect(known.recoveries == world.machine.recoveries, "seed \(seed)")
            let efficiency = known.accounts().parallelEfficiency ?? 0
            #expect(efficiency >= 0 && efficiency <= 1.000_001, "seed \(seed): \(efficiency)")
            recoveries += known.recoveries
        }
        #expect(recoveries > 100, "a simulation without crashes proves nothing about them")
    }
}
