import Pipeline

/// The finished spans of one class: how many took how long, how many ended in ERROR, and the latest
/// of each.
package struct SpanTally: Sendable {
    /// Where each bucket begins; the last one has no end.
    package static let bounds: [Duration] = [
        .zero, .microseconds(10), .microseconds(100), .milliseconds(1), .milliseconds(10),
        .milliseconds(100), .seconds(1), .seconds(10), .seconds(100), .seconds(1_000),
        .seconds(10_000),
    ]
    package static let labels = [
        "0", "10µs", "100µs", "1ms", "10ms", "100ms", "1s", "10s", "100s", "1000s", "10000s",
    ]

    /// Spans of which only the latest are kept.
    package struct Ring: Sendable {
        package fileprivate(set) var count = 0
        /// The latest ones, the newest last; their events are counted and not kept.
        package fileprivate(set) var latest: [FinishedSpan] = []

        /// - Returns: Whether one more is kept than before; `nil`: there was no room for it.
        fileprivate mutating func add(
            _ span: FinishedSpan,
            keeping most: Int,
            mayGrow: Bool
        ) -> Bool? {
            count += 1
            guard latest.count >= most || mayGrow else { return nil }
            let grows = latest.count < most
            if !grows { latest.removeFirst() }
            latest.append(span)
            return grows
        }
    }

    package private(set) var buckets = [Ring](repeating: Ring(), count: bounds.count)
    package private(set) var failed = Ring()

    private static let samples = 2
    private static let failures = 4

    package var finished: Int { buckets.reduce(0) { $0 + $1.count } }

    /// Counts a span, where `room` says how many more samples may be kept.
    ///
    /// What is returned: how many more are kept now, and how many were not.
    mutating func add(_ span: FinishedSpan, room: Int) -> (kept: Int, dropped: Int) {
        var sample = span
        sample.dropEvents()
        let duration = span.end - span.start
        let bucket = Self.bounds.lastIndex { $0 <= duration } ?? 0
        var grown = [
            buckets[bucket].add(sample, keeping: Self.samples, mayGrow: room > 0)
        ]
        if span.status != .unset {
            let left = room - grown.count { $0 == true }
            grown.append(failed.add(sample, keeping: Self.failures, mayGrow: left > 0))
        }
        return (grown.count { $0 == true }, grown.count { $0 == nil })
    }
}
