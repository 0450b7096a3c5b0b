import CLinux
import Glibc
import Pipeline
import Synchronization

/// Weir's own memory high-water mark, at which the kernel's figure for a child begins.
///
/// A child shares our memory until it executes, so its maxrss starts at our peak; lowering that
/// peak when it stands far above what we use keeps small children measurable. The peak may rise
/// between a reading and a start, so a child's figure is trusted only against a reading made after
/// its start (`usage`).
struct MemoryFloor {
    private(set) var bytes: Int64 = 0
    private var readAt = Timestamp(nanoseconds: .min)
    private static let interval = Duration.milliseconds(50)
    private static let slack: Int64 = 4 << 20
    /// Held while a child begins and while the mark is lowered: whoever began before a lowering had
    /// no higher peak than the one that was read for it.
    private static let starts = Mutex(())

    /// By how much two readings of the same memory may differ.
    ///
    /// Since Linux 6.2 each processor counts pages on its own and passes them on by the batch
    /// (`percpu_counter`: 32, or twice the number of processors), for three kinds of pages. A child
    /// gets the sum of what was passed on, which may be too much; the mark is kept by such a sum as
    /// well, which may be too little. More than 16 processors are not at one process's memory.
    private static let uncertainty: Int64 = {
        let processors = min(max(1, Int64(sysconf(Int32(_SC_NPROCESSORS_CONF)))), 16)
        return 2 * 3 * processors * max(32, 2 * processors) * Int64(sysconf(Int32(_SC_PAGESIZE)))
    }()

    /// Calls `start`, which starts a child and returns once that has a memory of its own.
    static func whileNobodyLowers(_ start: () -> Int32) -> Int32 {
        starts.withLock { _ in start() }
    }

    /// Reads the peak, and lowers it where that pays.
    mutating func refresh(at now: Timestamp) {
        guard now >= readAt + Self.interval else { return }
        readAt = now
        let (peak, resident) = Self.read()
        bytes = peak
        guard peak - resident > Self.slack else { return }
        // Another engine's child may take its time to begin: that keeps nobody waiting.
        bytes = Self.starts.withLockIfAvailable { _ in Self.lower() } ?? peak
    }

    /// - Returns: Where the mark stands now.
    private static func lower() -> Int64 {
        // First: whoever ends in between must know what it may have begun with.
        LoweredPeaks.note(read().peak)
        // proc(5), clear_refs: 5 resets the peak resident set size to the current one.
        writeSmallFile("/proc/self/clear_refs", "5")
        return read().peak
    }

    /// What a child that ended consumed, its peak memory left out where it says nothing.
    ///
    /// - Parameters:
    ///   - end: How it ended.
    ///   - floor: The peak as it was read before its start.
    ///   - start: An instant before its start.
    /// - Returns: What it consumed.
    func usage(
        of end: ProcessEnd,
        floor: Int64,
        since start: ContinuousClock.Instant
    ) -> ResourceUsage {
        var least = floor + Self.uncertainty
        if end.peakMemory > least {
            let peak = max(LoweredPeaks.highest(since: start), Self.read().peak)
            least = max(least, peak + Self.uncertainty)
        }
        var usage = end.usage
        usage.peakMemory = end.peakMemory > least ? end.peakMemory : nil
        usage.peakMemoryFloor = least
        return usage
    }

    private static func read() -> (peak: Int64, resident: Int64) {
        let status = readSmallFile("/proc/self/status") ?? []
        let (peak, resident) = (field("VmHWM:", in: status), field("VmRSS:", in: status))
        return ((peak ?? 0) * 1_024, (resident ?? 0) * 1_024)
    }
}
