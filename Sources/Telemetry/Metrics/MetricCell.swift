package import Pipeline
import Synchronization

/// One number that many threads change and one shows.
package final class MetricCell: Sendable {
    /// A counter's integer, or the bits of a gauge's double.
    fileprivate let bits: Atomic<UInt64>

    init(bits: UInt64) {
        self.bits = Atomic(bits)
    }

    var value: UInt64 { bits.load(ordering: .relaxed) }

    /// What a gauge shows; `nil` when it has nothing to show.
    var gauge: Double? {
        let number = Double(bitPattern: value)
        return number.isNaN ? nil : number
    }

    /// The bits of a gauge that has nothing to show: its sample is left out.
    static let absent = Double.nan.bitPattern
}

/// One label set of a counter; adding neither allocates nor looks anything up.
package struct CounterChild: Sendable {
    let cell: MetricCell

    /// Adds to an integer counter, or nanoseconds to one whose unit is the second.
    ///
    /// It stays at its end, 2^64 − 1, when it would pass it.
    package func add(_ amount: UInt64 = 1) {
        let (_, sum) = cell.bits.wrappingAdd(amount, ordering: .relaxed)
        if sum < amount { cell.bits.store(.max, ordering: .relaxed) }
    }

    /// Adds time to a counter whose unit is the second; what is negative counts as nothing.
    package func add(_ duration: Duration) {
        add(UInt64(max(0, duration.wholeNanoseconds)))
    }

    /// Takes over what somebody else counts, unless it is less than what is shown.
    package func raise(to total: UInt64) {
        // `Atomic.max` compares the bits of a UInt64 as if they had a sign.
        var old = cell.value
        while old < total {
            let (isDone, found) = cell.bits.weakCompareExchange(
                expected: old,
                desired: total,
                ordering: .relaxed
            )
            if isDone { return }
            old = found
        }
    }

    /// The count, or the nanoseconds.
    package var value: UInt64 { cell.value }
}

/// One label set of a gauge.
package struct GaugeChild: Sendable {
    let cell: MetricCell

    /// Shows `value`; NaN shows nothing.
    package func set(_ value: Double) {
        cell.bits.store(value.bitPattern, ordering: .relaxed)
    }

    /// An instant, in seconds since 1970.
    package func set(_ instant: Timestamp) {
        set(Double(instant.nanoseconds) / 1e9)
    }

    /// Shows nothing until the next `set`.
    package func clear() {
        cell.bits.store(MetricCell.absent, ordering: .relaxed)
    }

    /// Adds to what is shown; nothing shown counts as 0.
    package func add(_ amount: Double) {
        var old = cell.bits.load(ordering: .relaxed)
        while true {
            let number = Double(bitPattern: old)
            let sum = (number.isNaN ? 0 : number) + amount
            let (isDone, found) = cell.bits.weakCompareExchange(
                expected: old,
                desired: sum.bitPattern,
                ordering: .relaxed
            )
            if isDone { return }
            old = found
        }
    }

    /// `nil` when nothing is shown.
    package var value: Double? { cell.gauge }
}
