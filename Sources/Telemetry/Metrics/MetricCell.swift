package import Pipeline
import Synchronization

/// One label set of a counter; adding neither allocates nor looks anything up.
package struct CounterChild: Sendable {
    let block: CounterBlock
    let slot: Int

    init(block: CounterBlock, slot: Int) {
        self.block = block
        self.slot = slot
    }

    /// Counts one.
    package func add() {
        // Not a default argument: whoever calls from another module would call twice.
        block.add(1, to: slot)
    }

    /// Adds to an integer counter, or nanoseconds to one whose unit is the second.
    ///
    /// It stays at its end, 2^64 − 1, when it would pass it.
    package func add(_ amount: UInt64) {
        block.add(amount, to: slot)
    }

    /// Adds time to a counter whose unit is the second; what is negative counts as nothing.
    package func add(_ duration: Duration) {
        add(UInt64(max(0, duration.wholeNanoseconds)))
    }

    /// Takes over what somebody else counts, unless it is less than what is shown.
    package func raise(to total: UInt64) {
        block.raise(slot, to: total)
    }

    /// The count, or the nanoseconds.
    package var value: UInt64 { block.value(of: slot) }
}

/// The numbers of some label sets of a counter.
///
/// Each number is the sum of two, of which a thread adds to one: threads that share a counter then
/// seldom wait for each other's cache line. Numbers of many label sets stand side by side, so this
/// costs a set no more than the other number.
final class CounterBlock: Sendable {
    static let capacity = 32
    /// As far as from a number to its other half; eight more than the capacity are a cache line.
    static let stride = 40

    let halves = InlineArray<72, Atomic<UInt64>> { _ in Atomic(0) }

    init() {}

    /// `half` is 0 or 1.
    func add(_ amount: UInt64, to slot: Int, half: Int = Stripe.ofThisThread) {
        let index = slot &+ half &* CounterBlock.stride
        let (_, sum) = halves[index].wrappingAdd(amount, ordering: .relaxed)
        if sum < amount { halves[index].store(.max, ordering: .relaxed) }
    }

    func raise(_ slot: Int, to total: UInt64) {
        // `Atomic.max` compares the bits of a UInt64 as if they had a sign.
        var old = halves[slot].load(ordering: .relaxed)
        while true {
            let rest = halves[slot + CounterBlock.stride].load(ordering: .relaxed)
            guard total > rest, total - rest > old else { return }
            let (isDone, found) = halves[slot].weakCompareExchange(
                expected: old,
                desired: total - rest,
                ordering: .relaxed
            )
            if isDone { return }
            old = found
        }
    }

    func value(of slot: Int) -> UInt64 {
        let (sum, isOver) = halves[slot].load(ordering: .relaxed)
            .addingReportingOverflow(
                halves[slot + CounterBlock.stride].load(ordering: .relaxed)
            )
        return isOver ? .max : sum
    }
}

/// One label set of a gauge.
package struct GaugeChild: Sendable {
    let block: GaugeBlock
    let slot: Int

    /// Shows `value`; NaN shows nothing.
    package func set(_ value: Double) {
        block.bits[slot].store(value.bitPattern, ordering: .relaxed)
    }

    /// An instant, in seconds since 1970.
    package func set(_ instant: Timestamp) {
        set(Double(instant.nanoseconds) / 1e9)
    }

    /// Shows nothing until the next `set`.
    package func clear() {
        set(.nan)
    }

    /// Adds to what is shown; nothing shown counts as 0.
    package func add(_ amount: Double) {
        var old = block.bits[slot].load(ordering: .relaxed)
        while true {
            let number = Double(bitPattern: old)
            let sum = (number.isNaN ? 0 : number) + amount
            let (isDone, found) = block.bits[slot].weakCompareExchange(
                expected: old,
                desired: sum.bitPattern,
                ordering: .relaxed
            )
            if isDone { return }
            old = found
        }
    }

    /// `nil` when nothing is shown.
    package var value: Double? {
        let number = block.number(of: slot)
        return number.isNaN ? nil : number
    }
}

/// What some label sets of a gauge show.
final class GaugeBlock: Sendable {
    static let capacity = 32

    fileprivate let bits = InlineArray<32, Atomic<UInt64>> { _ in Atomic(Double.nan.bitPattern) }

    /// NaN when there is nothing to show.
    func number(of slot: Int) -> Double {
        Double(bitPattern: bits[slot].load(ordering: .relaxed))
    }
}

/// Which half of a number a thread changes.
enum Stripe {
    /// 0 or 1; threads whose stacks lie next to each other differ.
    ///
    /// A thread is told by where its stack is: that costs no look-up, and a coincidence costs only
    /// time. Stacks lie 8 MiB apart, 2 MiB where their size is not limited.
    static var ofThisThread: Int {
        var mark: UInt8 = 0
        // Nothing is written through the pointer, and a guard of the stack would cost half an add.
        let address = unsafe _withUnprotectedUnsafePointer(to: &mark) { UInt(bitPattern: $0) }
        return Int((address >> 21 ^ address >> 23) & 1)
    }
}
