import Glibc
import Pipeline
import Transport

/// Writes to a stream that may take nothing for long, without ever being stuck in it.
struct LogWriter {
    /// How long a stream that takes nothing is waited for at the end.
    static let patience = Duration.seconds(1)
    /// What a pipe that is ready takes without blocking (pipe(7), PIPE_BUF).
    private static let pieceBytes = 4_096

    private let descriptor: Int32
    private let bell: EventDescriptor
    private var deadline: ContinuousClock.Instant?

    /// A writer to `descriptor`; `bell` is rung when the end has come.
    init(_ descriptor: Int32, bell: EventDescriptor) {
        self.descriptor = descriptor
        self.bell = bell
    }

    /// Writes all of it, as long as that takes.
    ///
    /// - Parameters:
    ///   - bytes: Whole lines.
    ///   - isEnding: Whether only a little time is left.
    /// - Returns: False when there was no time left, or nobody can ever read it.
    mutating func write(_ bytes: [UInt8], isEnding: () -> Bool) -> Bool {
        var start = 0
        while start < bytes.count {
            if deadline == nil, isEnding() { deadline = .now + Self.patience }
            guard waitUntilReady() else {
                if let deadline, deadline <= .now { return false }
                continue
            }
            let count = min(Self.pieceBytes, bytes.count - start)
            let written = unsafe bytes.withUnsafeBytes { all in
                unsafe Glibc.write(descriptor, all.baseAddress.map { unsafe $0 + start }, count)
            }
            if written < 0, errno == EINTR || errno == EAGAIN { continue }
            // A closed pipe, a full disk: the log is an observation, others go on.
            guard written > 0 else { return true }
            start += written
        }
        return true
    }

    /// - Returns: False when something else has happened meanwhile.
    private func waitUntilReady() -> Bool {
        var polls = [
            pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0),
            pollfd(fd: bell.number, events: Int16(POLLIN), revents: 0),
        ]
        // The bell rings for each new record as well: only at the end there is need to hear it.
        let watched = deadline == nil ? 2 : 1
        let milliseconds = deadline.map { end -> Int32 in
            let left = max(.zero, end - .now).wholeNanoseconds
            return Int32(clamping: left / 1_000_000 + 1)
        }
        guard unsafe poll(&polls, nfds_t(watched), milliseconds ?? -1) > 0 else { return false }
        if polls[1].revents != 0 { bell.clear() }
        return polls[0].revents != 0
    }
}
