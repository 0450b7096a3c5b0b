internal import Synchronization

/// An HTTP/1.1 server on a thread of its own.
///
/// One epoll set, sockets that do not block, and a handler that runs on the thread and must not
/// block: it answers at once, or later from elsewhere, or with a task, which this thread executes
/// too. Nothing needs a thread of Swift's pool, so all of it goes on when the pool is wedged (G5).
package final class HTTPServer: Sendable {
    /// Called on the server's thread for every request; gives an answer or a promise, at once.
    package typealias Handler = @Sendable (HTTPRequest) -> HTTPReply
    /// Called on the server's thread after every answer.
    package typealias Observer = @Sendable (HTTPExchange) -> Void

    /// Where it listens, with the ports that the system chose.
    package let addresses: [SocketAddress]

    private let mailbox: HTTPMailbox
    private let counters: HTTPServerCounters
    private let ended: EventDescriptor
    private let thread = Mutex<NamedThread?>(nil)

    /// Listens, and starts the thread, `threadName`: who connects after this is served.
    ///
    /// Inherited sockets come before those that are opened here.
    ///
    /// - Throws: `SystemError` when an address is taken or not ours, or the system has no
    ///   descriptor or thread to give.
    package init(
        listen addresses: [SocketAddress],
        inherited: [InheritedSocket] = [],
        limits: HTTPLimits = HTTPLimits(),
        threadName: String = "weir-http",
        onExchange observer: @escaping Observer = { _ in },
        handler: @escaping Handler
    ) throws(SystemError) {
        guard let bell = EventDescriptor(), let ended = EventDescriptor() else {
            throw SystemError("eventfd")
        }
        let (mailbox, counters) = (HTTPMailbox(bell), HTTPServerCounters())
        let listeners = try ListenerList(addresses, inherited: inherited)
        let bound = listeners.addresses
        let loop = try HTTPLoop(
            listeners: listeners,
            limits: limits,
            mailbox: mailbox,
            counters: counters,
            observer: observer,
            handler: handler
        )
        // Last of what may fail: before it there is nothing that would have to be stopped.
        let started = try NamedThread(threadName) {
            loop.run()
            ended.signal()
        }
        self.addresses = bound
        self.mailbox = mailbox
        self.counters = counters
        self.ended = ended
        thread.withLock { $0 = started }
    }

    deinit {
        stop(within: .zero)
    }

    package var statistics: HTTPServerStatistics { counters.snapshot }

    /// Has `chore` done by the server's own thread every `interval` from now on.
    ///
    /// So it is done only while the thread turns, and must not wait for anything. Of several calls
    /// the last one counts.
    /// Without a chore the thread sleeps until somebody speaks to it.
    package func repeats(every interval: Duration, _ chore: @escaping @Sendable () -> Void) {
        mailbox.post(HTTPChore(interval: interval, due: .now + interval, body: chore))
    }

    /// Has the server listen no more and close idle connections, and does not wait for it.
    ///
    /// Answers that are awaited may go out within `limit`; then the rest is closed.
    package func beginStop(within limit: Duration) {
        mailbox.end(by: .now + limit)
    }

    /// Does as `beginStop`, waits for the end and joins the thread.
    ///
    /// - Returns: False when the thread does not end, a second after it should have: a handler
    ///   is stuck, and the thread is left behind.
    @discardableResult
    package func stop(within limit: Duration) -> Bool {
        beginStop(within: limit)
        guard ended.wait(atMost: limit + .seconds(1)) else { return false }
        let taken = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        taken?.join()
        return true
    }
}
