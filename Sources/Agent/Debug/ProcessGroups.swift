import Glibc
import Pipeline
import Synchronization
import Telemetry

/// What the process groups of this machine use, those of attempts among them, read from `/proc` at
/// most once a second, however many people look at whatever runs.
final class ProcessGroups: Sendable {
    struct Reading: Sendable {
        /// By the group's number, which is its leader's.
        var usage: [Int32: ProcessUsage] = [:]
        var isComplete = true
    }

    private let last = Mutex<(reading: Reading, at: ContinuousClock.Instant)?>(nil)
    private static let interval = Duration.seconds(1)
    /// A machine may have a million processes, and the endpoint loop serves others as well.
    private static let budget = Duration.milliseconds(200)

    /// What they use, or what they used a moment ago.
    func reading(at now: ContinuousClock.Instant = .now) -> Reading {
        last.withLock { last in
            // A group that has come since then has used next to nothing yet.
            if let last, now - last.at < Self.interval { return last.reading }
            let reading = Self.read(until: now + Self.budget)
            last = (reading, now)
            return reading
        }
    }

    private static func read(until deadline: ContinuousClock.Instant) -> Reading {
        var reading = Reading()
        for name in folderEntries("/proc") {
            guard let pid = Int32(name) else { continue }
            guard ContinuousClock.now < deadline else {
                reading.isComplete = false
                break
            }
            guard let fields = statFields(of: pid), fields.count > 21,
                let group = Int32(fields[2])
            else { continue }
            reading.usage[group, default: ProcessUsage()].add(fields)
        }
        return reading
    }
}

extension ProcessUsage {
    /// Clock ticks a second in `/proc`: USER_HZ is 100 on every architecture Linux has.
    private static let tick = Duration.milliseconds(10)
    private static let pageBytes = Int64(max(1, sysconf(Int32(_SC_PAGESIZE))))

    /// `fields` begin with the state, the third of proc(5)'s.
    fileprivate mutating func add(_ fields: [Substring]) {
        // utime, stime, cutime, cstime: 14 to 17. What was waited for is no process any more, so
        // nothing is counted twice.
        let ticks = (11...14).reduce(Int64(0)) { $0 + (Int64(fields[$1]) ?? 0) }
        cpu += Self.tick * Double(ticks)
        guard fields[0] != "Z" else { return }
        processes += 1
        residentBytes += (Int64(fields[21]) ?? 0) * Self.pageBytes
    }
}
