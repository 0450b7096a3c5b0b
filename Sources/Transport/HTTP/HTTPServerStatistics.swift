internal import Synchronization

/// What a server has seen, in whole numbers that only grow, but for the last two.
package struct HTTPServerStatistics: Hashable, Sendable {
    package var accepted = 0
    /// Told 503 at the limit of connections or of held bytes.
    package var rejected = 0
    /// Closed to make room for a new one.
    package var shed = 0
    /// Closed because a time-out of `HTTPLimits` was over.
    package var timedOut = 0
    package var requests = 0
    /// Requests that could not be read.
    package var failures = 0
    /// Answers that came when their client was gone.
    package var lostReplies = 0
    package var bytesRead = 0
    package var bytesWritten = 0
    /// Connections now.
    package var open = 0
    /// Bytes held now for unfinished requests and unsent answers.
    package var heldBytes = 0

    package init() {}
}

/// The loop writes, anybody reads.
final class HTTPServerCounters: Sendable {
    private let values = Mutex(HTTPServerStatistics())

    var snapshot: HTTPServerStatistics { values.withLock(\.self) }

    func update(_ change: (inout HTTPServerStatistics) -> Void) {
        values.withLock { change(&$0) }
    }
}
