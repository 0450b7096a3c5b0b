import Glibc
import Synchronization
import Transport

/// Requests one after the other, over connections that stay open; a signal ends the waiting.
final class CurlLine {
    private var thread: CurlThread?

    deinit { thread?.shutDown(within: .zero) }

    /// - Throws: `CommandError` when somebody asks for the end, whose status says so.
    func send(_ request: CurlRequest) throws -> CurlResult {
        let thread = try self.thread ?? CurlThread(name: "weir-client")
        self.thread = thread
        guard let arrived = EventDescriptor() else { throw SystemError("eventfd") }
        let box = ResultBox()
        let isTaken = thread.submit(request) { result in
            box.result.withLock { $0 = result }
            arrived.signal()
        }
        if isTaken { try wait(for: arrived, atMost: request.timeout + .seconds(5)) }
        let failure = CurlFailure(.timeout, message: "no answer came")
        return box.result.withLock { $0 } ?? .failure(failure)
    }

    private func wait(for arrived: EventDescriptor, atMost limit: Duration) throws {
        let deadline = ContinuousClock.now + limit
        while true {
            var polls = [
                pollfd(fd: arrived.number, events: Int16(POLLIN), revents: 0),
                pollfd(fd: SignalQueue.shared, events: Int16(POLLIN), revents: 0),
            ]
            let left = max(.zero, deadline - .now).components.seconds
            let count = poll(&polls, 2, Int32(clamping: left * 1_000 + 1_000))
            if polls[0].revents != 0 { return }
            if polls[1].revents != 0, let signal = SignalQueue.read().first {
                throw CommandError("ended by signal \(signal)", exitCode: ExitCode.signal(signal))
            }
            if count <= 0, ContinuousClock.now >= deadline { return }
        }
    }
}

private final class ResultBox: Sendable {
    let result = Mutex<CurlResult?>(nil)
}
