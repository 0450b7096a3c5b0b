import Pipeline

/// Tells an attempt that the kernel killed for want of memory from one that somebody killed
/// (design §4, OOM).
///
/// The kernel tells nobody who was killed, it only counts: in our cgroup, or of the whole machine
/// where that cannot be read. So an attempt that died of a SIGKILL which was not ours is matched
/// with a count that rose while it lived.
struct OOMWatch {
    /// A look at the counter that found it higher than the look before.
    private struct Rise {
        var until: Timestamp
        /// Attempts that ran at some time between the two.
        var attempts: Int
    }

    private let count: () -> Int64?
    /// Whether others than our own processes are counted.
    private let isMachineWide: Bool
    private var last: Int64?
    private var ended = 0
    private var rises: [Rise] = []
    /// An attempt's death is judged at once, so it is the latest that matter.
    private static let risesKept = 16

    /// Looks for the first time.
    init() {
        if let group = MemoryCgroup(), let count = Self.counter(of: group), count() != nil {
            self.init(isMachineWide: false, count: count)
        } else {
            self.init(isMachineWide: true) {
                readSmallFile("/proc/vmstat").flatMap { field("oom_kill ", in: $0) }
            }
        }
    }

    /// `count` gives how many processes were killed so far; `nil` if nobody knows.
    init(isMachineWide: Bool, count: @escaping () -> Int64?) {
        self.count = count
        self.isMachineWide = isMachineWide
        last = count()
    }

    private static func counter(of group: MemoryCgroup) -> (() -> Int64?)? {
        let path = group.folder + (group.version == .one ? "/memory.oom_control" : "/memory.events")
        return { readSmallFile(path).flatMap { field("oom_kill ", in: $0) } }
    }

    /// Looks again; to be called now and then while attempts run, so that what is found can be told
    /// apart in time.
    mutating func look(at now: Timestamp, running: Int) {
        defer { ended = 0 }
        guard let found = count() else { return }
        if let last, found > last {
            rises.append(Rise(until: now, attempts: running + ended))
            if rises.count > Self.risesKept { rises.removeFirst() }
        }
        last = found
    }

    /// Notes an end that is nothing to look at.
    mutating func noteEnd() {
        ended += 1
    }

    /// What is found of an attempt that has just died as if killed.
    ///
    /// - Parameters:
    ///   - start: When the attempt began.
    ///   - now: When it ended.
    ///   - others: Attempts that still run.
    /// - Returns: Whether the kernel killed somebody while it lived, and whether that is sure.
    mutating func finding(since start: Timestamp, at now: Timestamp, others: Int) -> OOMFinding {
        look(at: now, running: others + 1)
        // Its end counts for what is found next: two may have died of one cause.
        ended += 1
        let rises = rises.filter { $0.until >= start }
        guard !rises.isEmpty else { return .none }
        let isAlone = rises.contains { $0.attempts == 1 }
        return isAlone && !isMachineWide ? .certain : .possible
    }
}
