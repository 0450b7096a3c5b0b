internal import Glibc

/// One client's connection: its socket, what it has sent so far, and what it has yet to take.
///
/// Used by the loop's thread alone.
final class HTTPConnection {
    /// What the connection waits for when nothing is left to write.
    enum Phase: Equatable {
        /// The next request's first byte.
        case idle
        case head
        case body
        /// The handler's answer.
        case reply
        /// The end of what the client still sends, all of it dropped.
        case linger
    }

    /// A request that was handed to the handler.
    struct Pending {
        var request: HTTPRequest
        var route: String?
        var begun: ContinuousClock.Instant
    }

    let token: UInt64
    let descriptor: FileDescriptor
    let channel: HTTPRequest.Channel
    var parser: HTTPRequestParser
    var phase = Phase.idle
    /// When the present phase began.
    var since: ContinuousClock.Instant
    /// When the present phase has lasted too long.
    var deadline: ContinuousClock.Instant
    var pending: Pending?
    /// What works out the answer, where that is a task.
    var task: Task<Void, Never>?
    /// Bytes to be written; those before `sent` are.
    private(set) var outbox: [UInt8] = []
    private(set) var sent = 0
    /// Where `sent` must come to for another `writeTimeout`.
    private var quantumEnd = 0
    var writeDeadline: ContinuousClock.Instant?
    /// Nothing more is read; closed once all is written.
    var isEnding = false
    /// The client may be shed for another one only before its first request.
    var hasBeenAnswered = false
    /// What the epoll set watches for.
    var interest = (readable: true, writable: false)
    /// What the loop counts for it.
    var countedBytes = 0

    init(
        token: UInt64,
        descriptor: consuming FileDescriptor,
        limits: HTTPLimits,
        now: ContinuousClock.Instant
    ) {
        self.token = token
        var domain: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        _ = unsafe getsockopt(descriptor.number, SOL_SOCKET, SO_DOMAIN, &domain, &size)
        channel = domain == AF_UNIX ? .unix : .internet
        self.descriptor = descriptor
        parser = HTTPRequestParser(limits: limits)
        since = now
        // The first request has no idle time: whoever connects has something to say.
        deadline = now + limits.headTimeout
    }

    var unsent: Int { outbox.count - sent }

    var heldBytes: Int { unsent + parser.heldBytes + (pending?.request.body.count ?? 0) }

    /// The earlier of what the client's reading and its sending have to keep.
    var nextDeadline: ContinuousClock.Instant {
        guard let writeDeadline else { return deadline }
        return phase == .reply || phase == .linger ? min(writeDeadline, deadline) : writeDeadline
    }

    /// Lets go of a task whose answer is here, or that nobody waits for.
    func endTask() {
        task?.cancel()
        task = nil
    }

    func enter(_ phase: Phase, at now: ContinuousClock.Instant, limits: HTTPLimits) {
        guard phase != self.phase || phase == .reply else { return }
        self.phase = phase
        since = now
        deadline =
            now
            + {
                switch phase {
                case .idle: limits.idleTimeout
                case .head: limits.headTimeout
                case .body: limits.bodyTimeout
                case .reply: limits.replyTimeout
                case .linger: limits.lingerTimeout
                }
            }()
    }

    func write(at now: ContinuousClock.Instant, limits: HTTPLimits, _ body: (inout [UInt8]) -> Void)
    {
        if unsent == 0 {
            outbox = []
            sent = 0
            writeDeadline = now + limits.writeTimeout
            quantumEnd = limits.writeQuantum
        }
        body(&outbox)
    }

    /// Notes that the client's side took `count` bytes.
    func wrote(_ count: Int, at now: ContinuousClock.Instant, limits: HTTPLimits) {
        sent += count
        if unsent == 0 {
            outbox = []
            sent = 0
            writeDeadline = nil
            // Only now does the client know that it is its turn.
            if phase == .idle, hasBeenAnswered {
                since = now
                deadline = now + limits.idleTimeout
            }
        } else if sent >= quantumEnd {
            quantumEnd = sent + limits.writeQuantum
            writeDeadline = now + limits.writeTimeout
        }
    }
}
