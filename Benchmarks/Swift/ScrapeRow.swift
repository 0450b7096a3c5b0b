import Telemetry

/// The exposition of many series, written into a buffer that is used again.
///
/// Of every five series two are counters, one is a counter of seconds, and two are gauges, one of
/// them an instant with a fraction: what an agent has, but for its histograms.
struct ScrapeRow {
    private static let scrapes = 3

    private let registry: MetricRegistry
    private let count: Int
    private let jobs = definition("bench_jobs_total", .counter)
    private let busy = definition("bench_busy_seconds_total", .counter, .seconds)
    private let depth = definition("bench_depth", .gauge)
    private let finish = definition("bench_last_finish_timestamp_seconds", .gauge)

    /// Prints `name=value …`; times are in nanoseconds, of processors but for `wall`.
    static func measure(series: Int) {
        let before = BenchMemory.resident
        let row = ScrapeRow(count: series / 5)
        var text: [UInt8] = []
        row.touch(0, every: 1)
        let start = BenchClock.process
        row.registry.render(into: &text)
        let first = BenchClock.process - start
        var (processor, wall) = (Int64(0), Int64(0))
        for round in 1...scrapes {
            row.touch(round, every: 5)
            let (processorStart, wallStart) = (BenchClock.process, BenchClock.wall)
            row.registry.render(into: &text)
            processor += BenchClock.process - processorStart
            wall += BenchClock.wall - wallStart
        }
        let lines = text.count { $0 == UInt8(ascii: "\n") } - 2 * 4
        print(
            "series=\(lines) bytes=\(text.count) first=\(first)",
            "processor=\(processor / Int64(scrapes)) wall=\(wall / Int64(scrapes))",
            "memory=\(BenchMemory.peak - before)"
        )
    }

    private init(count: Int) {
        self.count = count
        registry = MetricRegistry([jobs, busy, depth, finish], limit: 2 * count)
    }

    /// Changes a part of the series, as the peer does.
    private func touch(_ round: Int, every part: Int) {
        for number in stride(from: round % part, to: count, by: part) {
            let names = ["pipeline-\(number % 100)", "step-\(number / 100)"]
            let success = names + ["success"]
            registry.counter(jobs, success).add(UInt64(number) + 1)
            registry.counter(jobs, names + ["failure"]).add(UInt64(number) % 7 + 1)
            registry.counter(busy, success).add(UInt64(number) * 1_234_567 + 89)
            registry.gauge(depth, success).set(Double(number % 1_000))
            let instant =
                1_773_097_800_000_000_000 + number * 1_000_003_019 + round * 60_000_000_000
            registry.gauge(finish, success).set(Double(instant) / 1e9)
        }
    }

    private static func definition(
        _ name: String,
        _ kind: MetricDefinition.Kind,
        _ unit: MetricDefinition.Unit = .none
    ) -> MetricDefinition {
        let labels = ["pipeline", "step", "result"].map { MetricDefinition.Label($0) }
        return MetricDefinition(name, kind, unit: unit, "Measured.", labels: labels)
    }
}
