import Synchronization

/// The counts of one label set of a histogram.
///
/// As in a counter each number is the sum of two, of which a thread adds to one.
package final class HistogramCell: Sendable {
    let bounds: [UInt64]
    /// From `first` on the sum, then for each bucket how many, not cumulative: the one after the
    /// last bound holds what is above all.
    private let halves = InlineArray<66, Atomic<UInt64>> { _ in Atomic(0) }

    /// A cache line away from `bounds`, which every thread reads.
    private static let first = 8
    /// As far as from a number to its other half: 25 numbers and a cache line.
    private static let stride = 33

    init(_ buckets: MetricBuckets) {
        bounds = buckets.bounds
    }

    /// `half` is 0 or 1.
    func observe(_ nanoseconds: UInt64, half: Int = Stripe.ofThisThread) {
        var bucket = 0
        while bucket < bounds.count, bounds[bucket] < nanoseconds { bucket += 1 }
        let sum = HistogramCell.first + half * HistogramCell.stride
        add(nanoseconds, to: halves[sum])
        add(1, to: halves[sum + 1 + bucket])
    }

    var snapshot: HistogramSnapshot {
        HistogramSnapshot(counts: (1...bounds.count + 1).map(number), sum: number(0))
    }

    /// Adds what another one had counted with the same bounds.
    func add(_ other: HistogramSnapshot) {
        for (bucket, count) in other.counts.prefix(bounds.count + 1).enumerated() {
            add(count, to: halves[HistogramCell.first + 1 + bucket])
        }
        add(other.sum, to: halves[HistogramCell.first])
    }

    private func number(_ number: Int) -> UInt64 {
        let index = HistogramCell.first + number
        let (sum, isOver) = halves[index].load(ordering: .relaxed)
            .addingReportingOverflow(
                halves[index + HistogramCell.stride].load(ordering: .relaxed)
            )
        return isOver ? .max : sum
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

    /// The bound of the bucket in which a part of all, counted from the smallest, comes to its end.
    ///
    /// - Parameters:
    ///   - part: From 0 to 1.
    ///   - buckets: Those of the histogram.
    /// - Returns: Of what is above all bounds the last of them; `nil` where nothing was counted.
    package func bound(of part: Double, in buckets: MetricBuckets) -> Duration? {
        let wanted = UInt64((Double(count) * min(max(part, 0), 1)).rounded(.up))
        guard wanted > 0, let last = buckets.bounds.last else { return nil }
        var seen: UInt64 = 0
        for (bound, count) in zip(buckets.bounds, counts) {
            seen &+= count
            if seen >= wanted { return .nanoseconds(Int64(clamping: bound)) }
        }
        return .nanoseconds(Int64(clamping: last))
    }
}
