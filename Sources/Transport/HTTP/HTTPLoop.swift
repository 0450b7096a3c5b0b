internal import Glibc

/// The server's thread: waits for sockets, runs handlers, keeps deadlines.
///
/// A turn reads the clock once; nothing in it waits but `epoll_wait`.
final class HTTPLoop {
    let limits: HTTPLimits
    let handler: HTTPServer.Handler
    let observer: HTTPServer.Observer
    let mailbox: HTTPMailbox
    let counters: HTTPServerCounters
    let executor: HTTPExecutor
    var queue: EpollQueue
    var listeners: ListenerList
    var connections: [UInt64: HTTPConnection] = [:]
    var now = ContinuousClock.now
    var heldBytes = 0
    /// Connections that are at their end and wait for the client's.
    var lingering = 0
    var readBuffer = [UInt8](repeating: 0, count: 64 << 10)
    /// No deadline is before this one; the loop looks at all of them when it has come.
    private var nextScan: ContinuousClock.Instant?
    /// Without a descriptor to accept with, the loop stops listening until here.
    var acceptPause: ContinuousClock.Instant?
    private var chore: HTTPChore?
    private var stopDeadline: ContinuousClock.Instant?
    private var nextToken: UInt64 = 1 << 32
    private var date = (second: Int64(-1), text: "")

    var isStopping: Bool { stopDeadline != nil }

    /// Tokens below 2^32 are listeners; this one is the mailbox.
    static let bellToken = UInt64(UInt32.max)
    /// Deadlines this near to each other share a scan.
    private static let granularity = Duration.milliseconds(20)
    private static let firstWordAfterStop = Duration.seconds(1)

    init(
        listeners: consuming ListenerList,
        limits: HTTPLimits,
        mailbox: HTTPMailbox,
        counters: HTTPServerCounters,
        observer: @escaping HTTPServer.Observer,
        handler: @escaping HTTPServer.Handler
    ) throws(SystemError) {
        self.limits = limits
        self.handler = handler
        self.observer = observer
        self.mailbox = mailbox
        executor = HTTPExecutor(mailbox)
        self.counters = counters
        self.listeners = listeners
        queue = try EpollQueue()
        try queue.add(mailbox.bell.number, token: HTTPLoop.bellToken)
        for index in 0..<self.listeners.count {
            try queue.add(self.listeners.number(index), token: UInt64(index))
        }
    }

    func run() {
        while true {
            if let stopDeadline, connections.isEmpty || now >= stopDeadline { break }
            var events: [EpollQueue.Event] = []
            let until = [nextScan, acceptPause, stopDeadline, chore?.due].compactMap { $0 }.min()
            queue.wait(timeout: until.map { max(.zero, $0 - .now) }) { events.append($0) }
            now = .now
            for event in events { handle(event) }
            expire()
            doChore()
        }
        for connection in Array(connections.values) { close(connection) }
        listeners.removeAll()
        for job in mailbox.close() { executor.run(job) }
    }

    /// The `Date` of this second.
    func dateText() -> String {
        let second = Int64(time(nil))
        if second != date.second { date = (second, HTTPDate.text(seconds: second)) }
        return date.text
    }

    func makeToken() -> UInt64 {
        nextToken += 1
        return nextToken
    }

    private func handle(_ event: EpollQueue.Event) {
        if event.token == HTTPLoop.bellToken {
            takeMail()
        } else if event.token < HTTPLoop.bellToken {
            accept(from: Int(event.token))
        } else if let connection = connections[event.token] {
            if event.isReadable, connection.interest.readable {
                read(connection)
            } else if event.isHangup {
                close(connection)
            } else if event.isWritable {
                proceed(connection)
            }
        }
    }

    private func takeMail() {
        mailbox.bell.clear()
        let delivery = mailbox.take()
        for (token, response) in delivery.replies {
            guard let connection = connections[token], connection.pending != nil else {
                counters.update { $0.lostReplies += 1 }
                continue
            }
            answer(connection, response)
            proceed(connection)
        }
        for job in delivery.jobs { executor.run(job) }
        if let chore = delivery.chore { self.chore = chore }
        if let deadline = delivery.deadline { stop(by: deadline) }
    }

    /// After all that waited: who is asked for a sign of life gives it when the rest is done.
    private func doChore() {
        guard let chore, chore.due <= now else { return }
        self.chore?.due = now + chore.interval
        chore.body()
    }

    /// Lets go of everybody who waits for nothing, and takes nobody new.
    ///
    /// Who has just connected has a question, and nobody else to ask: it may take a moment to come.
    private func stop(by deadline: ContinuousClock.Instant) {
        if !isStopping {
            for index in 0..<listeners.count { queue.remove(listeners.number(index)) }
            listeners.removeAll()
            acceptPause = nil
        }
        stopDeadline = deadline
        for connection in Array(connections.values) where connection.unsent == 0 {
            guard [.idle, .head, .linger].contains(connection.phase) else { continue }
            if connection.hasBeenAnswered || connection.phase == .linger {
                close(connection)
            } else {
                let moment = connection.since + HTTPLoop.firstWordAfterStop
                connection.deadline = min(connection.deadline, moment)
                watch(connection.deadline)
            }
        }
    }

    // MARK: - Deadlines

    /// To be called with every deadline that is set.
    func watch(_ deadline: ContinuousClock.Instant) {
        let rounded = max(deadline, now + HTTPLoop.granularity)
        nextScan = min(nextScan ?? rounded, rounded)
    }

    private func expire() {
        if let pause = acceptPause, now >= pause { resumeAccepting() }
        guard let scan = nextScan, now >= scan else { return }
        nextScan = nil
        for connection in Array(connections.values) {
            if connection.nextDeadline <= now { timeOut(connection) }
        }
        for connection in connections.values { watch(connection.nextDeadline) }
    }

    private func timeOut(_ connection: HTTPConnection) {
        let isWriting = connection.writeDeadline.map { $0 <= now } ?? false
        let isExpected = connection.phase == .idle && connection.hasBeenAnswered
        if isWriting || !isExpected && connection.phase != .linger {
            counters.update { $0.timedOut += 1 }
        }
        let hasBegun = connection.phase == .head || connection.phase == .body
        if isWriting || connection.isEnding {
            close(connection)
        } else if hasBegun {
            fail(connection, HTTPFailure(408, "the request took too long to arrive"))
            proceed(connection)
        } else if connection.phase == .reply {
            connection.isEnding = true
            let detail = "the answer took too long; try again"
            answer(connection, .problem(status: 503, detail: detail, headers: ["Retry-After": "5"]))
            proceed(connection)
        } else {
            close(connection)
        }
    }
}
