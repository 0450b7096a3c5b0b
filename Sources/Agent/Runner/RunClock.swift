import CLinux
import Glibc
package import Pipeline

/// The clock of a run's events: wall time once, then carried by CLOCK_BOOTTIME, which counts
/// suspended time and never goes back.
package struct RunClock: Sendable {
    private let wall: Timestamp
    private let boot: Int64

    /// Starts from the wall clock, but not before `floor`: a resumed run's events never go back.
    package init(notBefore floor: Timestamp? = nil) {
        let wall = RunClock.read(CLOCK_REALTIME)
        self.wall = Timestamp(nanoseconds: max(wall, floor?.nanoseconds ?? wall))
        boot = RunClock.read(CLOCK_BOOTTIME)
    }

    package var now: Timestamp {
        Timestamp(nanoseconds: wall.nanoseconds + RunClock.read(CLOCK_BOOTTIME) - boot)
    }

    /// The wall clock as it is now.
    package static var wallNow: Timestamp {
        Timestamp(nanoseconds: read(CLOCK_REALTIME))
    }

    /// Time since the machine started, suspends included.
    static var bootNow: Timestamp { Timestamp(nanoseconds: read(CLOCK_BOOTTIME)) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        _ = unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
