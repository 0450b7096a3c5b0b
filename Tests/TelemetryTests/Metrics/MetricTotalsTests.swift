import Pipeline
import Telemetry
import TestSupport
import Testing

struct MetricTotalsTests {
    /// Some finished runs, and one that is cut anywhere.
    private static func metered(seed: UInt64, cut: Int) -> (MeteredScripts, [RecordedEvent]) {
        var meters = MeteredScripts()
        for number in UInt64(0)..<3 {
            meters.apply(RandomRun(seed: seed &+ number).events, of: .numbered(number))
        }
        let last = RandomRun(seed: seed &+ 3).events
        meters.apply(last.prefix(cut % last.count) + [], of: .numbered(3))
        return (meters, last)
    }

    @Test(arguments: UInt64(0)..<20)
    func `goes on after a restart as if there had been none`(seed: UInt64) throws {
        var (meters, last) = Self.metered(seed: seed, cut: Int(seed) * 7)
        let json = meters.fold.totals().json()
        let restored = MeteredScripts.restored(try MetricTotals(json: json))
        #expect(restored.fold.totals().json() == json, "seed \(seed)")
        var after = restored
        // A restart reads whole journals: what was absorbed counts for nothing.
        after.apply(RandomRun(seed: seed).events, of: .numbered(0))
        after.apply(last, of: .numbered(3))
        meters.apply(last, of: .numbered(3))
        #expect(after.fold.totals().json() == meters.fold.totals().json(), "seed \(seed)")
    }

    @Test func `shows the same bytes after a restart`() throws {
        var meters = MeteredScripts()
        meters.apply(RandomRun(seed: 5).events)
        meters.registry.counter(MetricCatalog.eventsDropped, ["a \"b\"\\\n\u{1}水"]).add(3)
        meters.registry.histogram(MetricCatalog.journalSync).observe(nanoseconds: 77_123)
        let totals = try MetricTotals(json: meters.fold.totals().json())
        let restored = MeteredScripts.restored(totals)
        let text = restored.registry.text
        // Gauges of the moment come back with the pipelines.
        let moment = [
            "weir_runs_active", "weir_steps_active", "weir_steps_blocked", "weir_run_oldest",
        ]
        let kept = meters.registry.text.split(separator: "\n").filter { line in
            !moment.contains { line.contains($0) }
        }
        #expect(text.split(separator: "\n") == kept)
        var declared = restored
        let steps = (0..<25).map { PlannedStep(name: "step\($0)", action: .exec([])) }
        let plan = Plan(name: "daily-reports", steps: steps, waves: [])
        declared.fold.declare(plan)
        meters.fold.declare(plan)
        // Label sets that were shown once and are gone are counted still.
        let shown = [declared, meters].map { meters in
            meters.registry.text.split(separator: "\n").filter { !$0.contains("steps_blocked") }
        }
        #expect(shown[0] == shown[1])
    }

    @Test func `remembers a deleted run no longer`() throws {
        var meters = MeteredScripts()
        meters.apply(RandomRun(seed: 5).events)
        #expect(meters.fold.totals().absorbed == [RunScript.run])
        meters.fold.release(RunScript.run)
        #expect(meters.fold.totals().absorbed.isEmpty)
    }

    private static func document(_ metric: String, _ samples: String) -> [UInt8] {
        Array("{\"version\":1,\"metrics\":{\"\(metric)\":\(samples)}}".utf8)
    }

    private static let refused: [(String, MetricTotalsError)] = [
        ("", .json(JSONError(.unexpectedEnd, at: 0))),
        ("{}", .version(nil)),
        (#"{"version":2}"#, .version(2)),
        (#"{"version":1,"absorbed":["zz"]}"#, .invalidRun("zz")),
        (#"{"version":1,"running":{"zz":1}}"#, .invalidRun("zz")),
    ]

    @Test(arguments: refused)
    func `refuses what are no totals`(json: String, expected: MetricTotalsError) {
        #expect(throws: expected) { try MetricTotals(json: Array(json.utf8)) }
    }

    @Test(arguments: [
        ["weir_runs_total", #"[[["a"],{"count":1}]]"#],
        ["weir_runs_total", #"[[["a","b"],{"gauge":1}]]"#],
        ["weir_runs_total", "[[]]"],
        ["weir_runs_total", #"[[["a","b"],{"count":1}],[["a","b"],{"count":1}]]"#],
        ["weir_runs_active", #"[[["a","b"],{"gauge":1}]]"#],
        ["weir_journal_sync_duration_seconds", #"[[[],{"buckets":[1,2],"sum":3}]]"#],
    ])
    func `refuses a sample that the metric cannot have`(row: [String]) {
        #expect(throws: MetricTotalsError.mismatch(metric: row[0])) {
            try MetricTotals(json: Self.document(row[0], row[1]))
        }
    }

    @Test func `passes over a metric that is gone, and counts it`() throws {
        let json = Self.document("weir_gone_total", #"[[["a"],{"count":1}]]"#)
        let totals = try MetricTotals(json: json)
        #expect(totals.unknownMetrics == 1 && totals.samples.isEmpty)
    }

    @Test func `never traps on damaged totals`() {
        var random = SeededRandom(seed: 11)
        let json = Self.metered(seed: 1, cut: 20).0.fold.totals().json()
        for _ in 0..<100 {
            var damaged = json
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let position = Int.random(in: 0..<damaged.count, using: &random)
                damaged[position] = UInt8.random(in: 0...255, using: &random)
            }
            if random.oneIn(4) {
                damaged.removeLast(Int.random(in: 1...damaged.count, using: &random))
            }
            guard let totals = try? MetricTotals(json: damaged) else { continue }
            _ = MeteredScripts.restored(totals).registry.text
        }
    }
}

extension MeteredScripts {
    static func restored(_ totals: MetricTotals) -> MeteredScripts {
        var scripts = MeteredScripts()
        scripts.fold = MetricFold(scripts.registry, restoring: totals)
        return scripts
    }
}
