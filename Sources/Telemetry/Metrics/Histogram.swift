import Synchronization

/// The counts of one label set of a histogram.
package final class HistogramCell: Sendable {
    let bounds: [UInt64]
    /// Not cumulative; the one after the last bound holds what is above all.
    private let counts = InlineArray<24, Atomic<UInt64>> { _ in Atomic(0) }
    private let sum = Atomic<UInt64>(0)

    init(_ buckets: MetricBuckets) {
        bounds = buckets.bounds
    }

    func observe(_ nanoseconds: UInt64) {
        var bucket = 0
        while bucket < bounds.count, bounds[bucket] < nanoseconds { bucket += 1 }
        add(nanoseconds, to: sum)
        add(1, to: counts[bucket])
    }

    var snapshot: HistogramSnapshot {
        let all = (0...bounds.count).map { counts[$0].load(ordering: .relaxed) }
        return HistogramSnapshot(counts: all, sum: sum.load(ordering: .relaxed))
    }

    /// Adds what another one had counted with the same bounds.
    func add(_ other: HistogramSnapshot) {
        for (bucket, count) in other.counts.prefix(bounds.count + 1).enumerated() {
            add(count, to: counts[bucket])
        }
        add(other.sum, to: sum)
    }

    private func add(_ amount: UInt64, to number: borrowing Atomic<UInt64>) {
        let (_, total) = number.wrappingAdd(amount, ordering: .relaxed)
        if total < amount { number.store(.max, ordering: .relaxed) }
    }
}

/// One label set of a histogram of durations.
package struct HistogramChild: Sendable {
    let cell: HistogramCell

    /// Counts one duration; what is negative counts as 0.
    package func observe(nanoseconds: Int64) {
        cell.observe(UInt64(max(0, nanoseconds)))
    }

    package var snapshot: HistogramSnapshot { cell.snapshot }
}

/// What a histogram held at one moment.
package struct HistogramSnapshot: Hashable, Sendable {
    /// For each bound, and for infinity: how many were above the bound before and not above this.
    package var counts: [UInt64]
    /// In nanoseconds.
    package var sum: UInt64

    /// All that were counted; it is computed, so it always equals the last cumulative bucket.
    package var count: UInt64 { counts.reduce(0, &+) }
}
