/// An instant on the wall clock, in nanoseconds since 1970-01-01T00:00:00Z.
///
/// Event times are such instants, taken once at a run's start and then carried forward by a clock
/// that never goes back, so the difference of two is a true duration.
///
/// Public, because the compiler inlines nothing into another module that is `package`, and calls even
/// a comparison through a table.
@frozen
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Since the epoch; negative before it.
    public var nanoseconds: Int64

    /// The instant so many nanoseconds after the epoch.
    @inlinable
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The same nanosecond.
    @inlinable
    public static func == (left: Timestamp, right: Timestamp) -> Bool {
        left.nanoseconds == right.nanoseconds
    }

    /// The earlier one.
    @inlinable
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// Saturates at the ends of the range instead of trapping: durations come from spec files.
    package static func + (instant: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(nanoseconds: instant.nanoseconds.addingSaturated(duration.wholeNanoseconds))
    }

    package static func - (left: Timestamp, right: Timestamp) -> Duration {
        let (difference, overflow) =
            left.nanoseconds.subtractingReportingOverflow(right.nanoseconds)
        return .nanoseconds(overflow ? (left < right ? .min : .max) : difference)
    }

    /// The time from `earlier` to here, never less than none.
    @inlinable
    public func nanoseconds(since earlier: Timestamp) -> Int64 {
        let (difference, overflow) = nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
        return overflow ? (self < earlier ? 0 : .max) : max(0, difference)
    }
}

extension Duration {
    /// The duration in whole nanoseconds, rounded towards zero, clamped to what 64 bits hold
    /// (292 years).
    package var wholeNanoseconds: Int64 {
        // Below nine seconds it is one short division.
        if let attoseconds = Int64(exactly: attoseconds) { return attoseconds / 1_000_000_000 }
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, carry) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carry ? (seconds < 0 ? .min : .max) : sum
    }
}
