import Pipeline
import Telemetry
import TestSupport
import Testing

struct MetricPropertyTests {
    /// Lists that no run machine would write: the promises hold all the same.
    @Test(arguments: UInt64(0)..<40)
    func `never falls nor traps, whatever the list`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var meters = MeteredScripts()
        var last: [String: Double] = [:]
        for event in Self.disturbed(seed: seed, &random) {
            let run = RunID.numbered(random.oneIn(5) ? 1 : 2)
            meters.fold.apply(event, of: run)
            if random.oneIn(20) { meters.fold.forget(run) }
            guard random.oneIn(30) else { continue }
            let counts = Self.counts(meters.registry)
            for (sample, value) in last {
                #expect(counts[sample] ?? -1 >= value, "seed \(seed): \(sample) fell")
            }
            last = counts
        }
        for number in UInt64(1)...2 { meters.fold.forget(.numbered(number)) }
        expectAtRest(meters, seed: seed)
    }

    @Test(arguments: UInt64(0)..<40)
    func `adds up for any run`(seed: UInt64) {
        let run = RandomRun(seed: seed)
        var meters = MeteredScripts()
        meters.apply(run.events)
        expectAtRest(meters, seed: seed)
        let steps = Self.sum(meters.registry.samples("weir_step_duration_seconds_count"))
        #expect(steps == Double(run.stepCount), "seed \(seed)")
        let attempts = run.events.count { event in
            if case .attemptFinished(let attempt, _) = event.event {
                attempt.part == .main
            } else {
                false
            }
        }
        let counted = Self.sum(meters.registry.samples("weir_step_attempts_total"))
        #expect(counted == Double(attempts), "seed \(seed)")
        #expect(Self.sum(meters.registry.samples("weir_runs_total")) == 1)
    }

    /// Nothing is active, and every histogram's count is its last bucket.
    private func expectAtRest(_ meters: MeteredScripts, seed: UInt64) {
        let active =
            meters.registry.samples("weir_runs_active")
            + meters.registry.samples("weir_steps_active")
        #expect(active.allSatisfy { $0.hasSuffix(" 0") }, "seed \(seed): \(active)")
        #expect(meters.registry.samples("weir_run_oldest").isEmpty, "seed \(seed)")
        var last = 0.0
        for sample in meters.registry.samples("weir_") {
            let value = Self.value(sample)
            if sample.contains("_bucket{") {
                let isFirst = sample.contains("le=\"0.005\"") || sample.contains("le=\"5e-05\"")
                #expect(isFirst || value >= last, "seed \(seed): \(sample)")
                last = value
            } else if sample.contains("_seconds_count") {
                #expect(value == last, "seed \(seed): \(sample)")
            }
        }
    }

    private static func disturbed(seed: UInt64, _ random: inout SeededRandom) -> [RecordedEvent] {
        var events = RandomRun(seed: seed).events + RandomRun(seed: seed &+ 1).events
        for _ in 0..<20 {
            let position = Int.random(in: 0..<events.count, using: &random)
            let other = Int.random(in: 0..<events.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: events.insert(events[position], at: other)
            case 1: events.swapAt(position, other)
            case 2: events[position].sequence = UInt64.random(in: 0...(.max), using: &random)
            default:
                let extreme: [Int64] = [.min, .max, 0, -1]
                events[position].at.nanoseconds =
                    random.oneIn(4)
                    ? extreme[position % 4] : Int64.random(in: -1 << 50...1 << 60, using: &random)
            }
        }
        if random.oneIn(2) {
            for position in events.indices { events[position].sequence = UInt64(position + 1) }
        }
        return events
    }

    private static func counts(_ registry: MetricRegistry) -> [String: Double] {
        let rising = registry.samples("weir_").filter { sample in
            ["_total", "_bucket", "_count", "_sum"].contains { sample.contains($0) }
        }
        let kept = rising.filter { !$0.hasPrefix("weir_metric_series{") }
        return Dictionary(
            kept.map {
                (String($0.split(separator: " ").dropLast().joined(separator: " ")), value($0))
            }
        ) { first, _ in first }
    }

    private static func sum(_ samples: [String]) -> Double {
        samples.reduce(0) { $0 + value($1) }
    }

    private static func value(_ sample: String) -> Double {
        sample.split(separator: " ").last.flatMap { Double($0) } ?? .nan
    }
}
