import Testing

@testable import Telemetry

/// A number is the sum of two, of which a thread changes one.
struct MetricHalvesTests {
    private static let jobs = MetricDefinition(
        "jobs_total",
        .counter,
        "Jobs.",
        labels: [.init("name")]
    )
    private static let waits = MetricDefinition(
        "wait_seconds",
        .histogram,
        unit: .seconds,
        "Waits.",
        buckets: MetricBuckets(seconds: [1, 2])
    )

    @Test func `shows a counter's sum over both halves, for each of many label sets`() {
        let registry = MetricRegistry([Self.jobs])
        for number in 0..<100 {
            let child = registry.counter(Self.jobs, ["\(number)"])
            for half in 0...1 {
                child.block.add(UInt64(number + 1_000 * half), to: child.slot, half: half)
            }
            child.add()
        }
        for number in 0..<100 {
            let shown = registry.value("jobs_total{name=\"\(number)\"}")
            #expect(shown == String(2 * number + 1_001))
        }
    }

    @Test func `a counter stays at its end, in whichever half it gets there`() {
        for halves in [[0, 0, 0], [1, 1, 1], [0, 1, 0], [0, 1, 1]] {
            let child = MetricRegistry([Self.jobs]).counter(Self.jobs, ["a"])
            for half in halves { child.block.add(.max / 5 * 2, to: child.slot, half: half) }
            #expect(child.value == .max, "\(halves)")
            child.add(7)
            #expect(child.value == .max, "\(halves)")
        }
    }

    @Test func `raises a counter to what both halves come to, and never lowers it`() {
        let child = MetricRegistry([Self.jobs]).counter(Self.jobs, ["a"])
        child.block.add(10, to: child.slot, half: 0)
        child.block.add(20, to: child.slot, half: 1)
        for (total, shown) in [(29, 30), (30, 30), (31, 31), (15, 31), (100, 100)] as [(UInt64, _)]
        {
            child.raise(to: total)
            #expect(child.value == shown)
        }
        child.block.add(900, to: child.slot, half: 1)
        child.raise(to: 500)
        #expect(child.value == 1000)
        child.raise(to: .max)
        #expect(child.value == .max)
    }

    @Test func `shows a histogram's sum over both halves`() {
        let registry = MetricRegistry([Self.waits])
        let child = registry.histogram(Self.waits)
        child.cell.observe(500_000_000, half: 0)
        child.cell.observe(500_000_000, half: 1)
        child.cell.observe(2_000_000_000, half: 1)
        child.cell.observe(7_000_000_000, half: 1)
        #expect(child.snapshot == HistogramSnapshot(counts: [2, 1, 1], sum: 10_000_000_000))
        child.cell.add(child.snapshot)
        #expect(child.snapshot == HistogramSnapshot(counts: [4, 2, 2], sum: 20_000_000_000))
        child.cell.observe(.max, half: 0)
        #expect(child.snapshot == HistogramSnapshot(counts: [4, 2, 3], sum: .max))
    }

    /// As many buckets as there can be: the last number of a half is not the first of the other.
    @Test func `keeps the halves of a full histogram apart`() {
        let bounds = (1...MetricBuckets.capacity).map(Double.init)
        let cell = HistogramCell(MetricBuckets(seconds: bounds))
        for half in 0...1 {
            for bucket in 0...bounds.count {
                for _ in 0...bucket { cell.observe(UInt64(bucket) * 1_000_000_000 + 1, half: half) }
            }
        }
        let expected: [UInt64] = (1...bounds.count + 1).map { UInt64(2 * $0) }
        #expect(cell.snapshot.counts == expected)
    }

    @Test func `a metric of another kind gives a child that is shown nowhere`() {
        let registry = MetricRegistry([Self.jobs, Self.waits])
        registry.gauge(Self.jobs, ["a"]).set(3)
        registry.histogram(Self.jobs, ["a"]).observe(nanoseconds: 3)
        registry.counter(Self.waits).add(3)
        #expect(registry.text == "")
    }
}
