import Pipeline
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#endif

/// Random DAGs, outcomes, cancellations and crashes against the machine's promises (G1).
///
/// A failing seed is printed; `WEIR_SIMULATION_SEED=<seed> WEIR_SIMULATION_RUNS=1` repeats it,
/// and `WEIR_SIMULATION_RUNS` makes more runs than the 10,000 of every test.
struct RunMachineSimulationTests {
    @Test func `10,000 random runs keep every promise`() {
        let seed = setting("WEIR_SIMULATION_SEED") ?? UInt64.random(in: 0 ... .max / 2)
        let runs = setting("WEIR_SIMULATION_RUNS") ?? 10_000
        var crashes = 0
        var abandonments = 0
        var (silenced, endedByCrash, fullDisks) = (0, 0, 0)
        var (blocked, undone) = (0, 0)
        var (reusing, hits, stored) = (0, 0, 0)
        var faults: [String] = []
        for offset in 0..<runs {
            var world = SimulatedWorld(seed: seed &+ offset)
            world.runToEnd()
            crashes += world.crashes
            abandonments += world.abandonments
            silenced += world.silenced
            endedByCrash += world.endedByCrash
            blocked += world.blocked
            undone += world.undone
            fullDisks += world.fullDisks
            hits += world.hits
            stored += world.stored
            if world.crashes > 0, world.verdicts.contains(.reuse) { reusing += 1 }
            if let fault = world.fault {
                faults.append("seed \(seed &+ offset): \(fault)")
                if faults.count > 5 { break }
            }
        }
        print("simulated \(runs) runs with \(crashes) crashes from seed \(seed)")
        print("they asked gates \(blocked) times and undid \(undone) steps")
        #expect(faults.isEmpty)
        // A simulation that never crashes proves nothing about crashes.
        #expect(runs < 1_000 || crashes > Int(runs) / 4)
        #expect(runs < 1_000 || min(hits, stored) > Int(runs) / 10)
        #expect(runs < 1_000 || reusing > Int(runs) / 100)
        #expect(runs < 1_000 || abandonments > Int(runs) / 50)
        #expect(runs < 1_000 || min(silenced, endedByCrash, fullDisks) > Int(runs) / 50)
        #expect(runs < 1_000 || min(blocked, undone) > Int(runs) / 10)
    }

    private func setting(_ name: String) -> UInt64? {
        getenv(name).flatMap { UInt64(String(cString: $0)) }
    }
}
