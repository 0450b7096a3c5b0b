extension Plan {
    /// When the success after `last` is overdue by the plan's schedules.
    ///
    /// - Parameters:
    ///   - last: The last success, or since when there should be any.
    ///   - usual: How long nearly all runs take; `nil`: nobody knows, and it may take its timeout,
    ///     or as long as until the slot after that, but not more than an hour.
    /// - Returns: The slot, its jitter, and the time that a run takes; `nil` without a schedule.
    package func successDeadline(after last: Timestamp, usual: Duration?) -> Timestamp? {
        schedules.compactMap { schedule -> Timestamp? in
            guard let slot = schedule.series.next(after: last) else { return nil }
            let gap = schedule.series.next(after: slot).map { $0 - slot } ?? Self.unknownDuration
            let assumed = timeout ?? min(gap, Self.unknownDuration)
            let duration = min(usual ?? assumed, timeout ?? .seconds(1 << 32))
            return slot + schedule.jitter + duration
        }.min()
    }

    private static let unknownDuration = Duration.seconds(3_600)
}
