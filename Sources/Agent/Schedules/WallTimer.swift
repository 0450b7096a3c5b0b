import CLinux
import Glibc
import Pipeline
import Transport

/// Waits for an instant of the wall clock, for that clock's being set, or for a bell: timerfd(2).
struct WallTimer: ~Copyable {
    private let timer: FileDescriptor

    init() throws(SystemError) {
        let number = timerfd_create(CLOCK_REALTIME, Int32(TFD_CLOEXEC | TFD_NONBLOCK))
        guard number >= 0 else { throw SystemError("timerfd_create") }
        timer = FileDescriptor(number)
    }

    /// Returns when the clock shows `instant`, when somebody has set it, or when the bell rings;
    /// without an instant the first is never.
    func wait(until instant: Timestamp?, or bell: borrowing EventDescriptor) {
        var setting = itimerspec()
        // Far away instead of never: only a timer that runs tells that the clock was set.
        let due = max(1, instant?.nanoseconds ?? .max)
        setting.it_value.tv_sec = Int(due / 1_000_000_000)
        setting.it_value.tv_nsec = Int(due % 1_000_000_000)
        let flags = Int32(TFD_TIMER_ABSTIME) | Int32(TFD_TIMER_CANCEL_ON_SET)
        unsafe timerfd_settime(timer.number, flags, &setting, nil)
        var polls = [
            pollfd(fd: timer.number, events: Int16(POLLIN), revents: 0),
            pollfd(fd: bell.number, events: Int16(POLLIN), revents: 0),
        ]
        unsafe poll(&polls, 2, -1)
        // Whatever it says (ECANCELED: the clock was set), the clocks are read next.
        var expirations: UInt64 = 0
        _ = unsafe read(timer.number, &expirations, MemoryLayout<UInt64>.size)
        bell.clear()
    }
}
