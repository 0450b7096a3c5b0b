internal import CLinux
internal import Glibc

/// A latch that any thread can set and any thread can wait for with a limit: an eventfd that stays
/// set until somebody clears it.
package final class EventDescriptor: Sendable {
    private let descriptor: Int32

    /// To be watched for reading by an epoll set; valid as long as this value lives.
    package var number: Int32 { descriptor }

    /// - Returns: `nil` when the process has no descriptor left.
    package init?() {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else { return nil }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    package func signal() {
        var one: UInt64 = 1
        _ = unsafe write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    /// Unsets it; what was set before is forgotten, so look at its cause afterwards.
    package func clear() {
        var count: UInt64 = 0
        _ = unsafe read(descriptor, &count, MemoryLayout<UInt64>.size)
    }

    /// Waits until it is set, without end when `limit` is `nil`.
    ///
    /// - Returns: Whether it was set before `limit` had passed.
    package func wait(atMost limit: Duration?) -> Bool {
        let deadline = limit.map { ContinuousClock.now + $0 }
        while true {
            var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let timeout = deadline.map { milliseconds(until: $0) } ?? -1
            if unsafe poll(&request, 1, timeout) > 0 { return true }
            if let deadline, ContinuousClock.now >= deadline { return false }
        }
    }

    /// One more than whole milliseconds, so that the last one is slept and not spun.
    private func milliseconds(until deadline: ContinuousClock.Instant) -> Int32 {
        let (seconds, attoseconds) = max(.zero, deadline - .now).components
        return Int32(
            clamping: min(seconds, 3_600) * 1_000 + attoseconds / 1_000_000_000_000_000 + 1
        )
    }
}
