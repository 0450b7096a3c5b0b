import CLinux
import Glibc

/// A level-triggered epoll set.
///
/// A token names a registration, not a descriptor: descriptor numbers come back, and an event
/// fetched before a removal may be handled after it. Callers must `remove` before they close: while
/// another thread starts a child, that child still holds the description until it executes, and
/// epoll would go on reporting it.
@safe package struct EpollQueue: ~Copyable {
    /// What happened to a registered descriptor.
    package struct Event: Sendable {
        package var token: UInt64
        package var isReadable: Bool
        package var isWritable: Bool
        /// The other end is gone, or the descriptor is in error.
        package var isHangup: Bool
    }

    private let epoll: FileDescriptor
    private var buffer = unsafe [epoll_event](repeating: epoll_event(), count: 128)

    package init() throws(SystemError) {
        let number = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard number >= 0 else { throw SystemError("epoll_create1") }
        epoll = FileDescriptor(number)
    }

    package func add(
        _ descriptor: Int32,
        token: UInt64,
        writable: Bool = false
    ) throws(SystemError) {
        var event = unsafe epoll_event()
        unsafe event.events = EPOLLIN.rawValue | (writable ? EPOLLOUT.rawValue : 0)
        unsafe event.data.u64 = token
        guard unsafe epoll_ctl(epoll.number, EPOLL_CTL_ADD, descriptor, &event) == 0 else {
            throw SystemError("epoll_ctl", "add descriptor \(descriptor)")
        }
    }

    /// Changes what a registered descriptor is watched for; a hang-up is always told.
    package func change(_ descriptor: Int32, token: UInt64, readable: Bool, writable: Bool) {
        var event = unsafe epoll_event()
        unsafe event.events =
            (readable ? EPOLLIN.rawValue : 0) | (writable ? EPOLLOUT.rawValue : 0)
        unsafe event.data.u64 = token
        _ = unsafe epoll_ctl(epoll.number, EPOLL_CTL_MOD, descriptor, &event)
    }

    package func remove(_ descriptor: Int32) {
        var event = unsafe epoll_event()
        _ = unsafe epoll_ctl(epoll.number, EPOLL_CTL_DEL, descriptor, &event)
    }

    /// Waits until something happens or the time is over; an interrupting signal ends the wait.
    ///
    /// - Parameters:
    ///   - timeout: `nil` waits without end.
    ///   - body: Called once for every event.
    package mutating func wait(timeout: Duration?, _ body: (Event) -> Void) {
        let milliseconds = timeout.map {
            Int32(clamping: ($0.wholeNanoseconds + 999_999) / 1_000_000)
        }
        let count = unsafe epoll_wait(epoll.number, &buffer, 128, milliseconds ?? -1)
        guard count > 0 else { return }
        for position in 0..<Int(count) {
            let event = unsafe buffer[position]
            body(
                Event(
                    token: unsafe event.data.u64,
                    isReadable: unsafe event.events & EPOLLIN.rawValue != 0,
                    isWritable: unsafe event.events & EPOLLOUT.rawValue != 0,
                    isHangup: unsafe event.events & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0
                )
            )
        }
    }
}

extension Duration {
    fileprivate var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        guard seconds < 9_000_000_000 else { return .max - 1_000_000 }
        return max(0, seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
