import Synchronization

/// This process's memory peaks as they were before somebody lowered the mark.
///
/// The kernel has one mark for the process, and every engine of an agent may lower it: a child that
/// one of them started may have begun with a peak that another has lowered since.
enum LoweredPeaks {
    private static let history = Mutex(PeakHistory())

    /// The mark stands at `peak`, and is about to be lowered.
    static func note(_ peak: Int64) {
        let now = ContinuousClock.now
        history.withLock { $0.note(peak, at: now) }
    }

    /// The highest that was lowered at `start` or later; 0 when none was.
    static func highest(since start: ContinuousClock.Instant) -> Int64 {
        history.withLock { $0.highest(since: start) }
    }
}

/// Peaks by time, as many as can still be the highest since some instant.
struct PeakHistory {
    /// In order of time; each peak is below the one before it, or that would say nothing.
    private var entries: [(at: ContinuousClock.Instant, peak: Int64)] = []
    static let most = 64

    mutating func note(_ peak: Int64, at now: ContinuousClock.Instant) {
        while let last = entries.last, last.peak <= peak { entries.removeLast() }
        entries.append((now, peak))
        guard entries.count > Self.most else { return }
        // Too high a floor leaves a figure out, too low a one makes it lie.
        let oldest = entries.removeFirst()
        entries[0].peak = oldest.peak
    }

    func highest(since start: ContinuousClock.Instant) -> Int64 {
        entries.first { $0.at >= start }?.peak ?? 0
    }
}
