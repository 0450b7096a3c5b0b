internal import Synchronization

/// What a handler gives for a request: an answer, or the promise of one.
package struct HTTPReply: Sendable {
    enum Kind: Sendable {
        case now(HTTPResponse)
        case later(@Sendable (HTTPResponder) -> Void)
        case task(@Sendable () async -> HTTPResponse)
    }

    /// What the request is counted under, `/api/v1/runs/{id}`: never the path itself, of which
    /// there is no end.
    package var route: String?
    let kind: Kind

    /// The answer, unless it comes later.
    package var response: HTTPResponse? {
        guard case .now(let response) = kind else { return nil }
        return response
    }

    /// The answer is here.
    package static func now(_ response: HTTPResponse) -> HTTPReply {
        HTTPReply(kind: .now(response))
    }

    /// The answer comes from elsewhere; `begin` is called once, on the server's thread, and must
    /// not wait.
    package static func later(_ begin: @escaping @Sendable (HTTPResponder) -> Void) -> HTTPReply {
        HTTPReply(kind: .later(begin))
    }

    /// The answer is worked out by a task of the server's own thread.
    ///
    /// The task is cancelled when the client is gone, or has waited too long. It must not block,
    /// and it may await whatever does not need Swift's pool.
    package static func task(_ body: @escaping @Sendable () async -> HTTPResponse) -> HTTPReply {
        HTTPReply(kind: .task(body))
    }
}

/// The right to answer one request, once, from any thread.
///
/// Dropped without an answer it answers 500; if the client is gone meanwhile nothing happens.
package final class HTTPResponder: Sendable {
    private let deliver: Mutex<(@Sendable (HTTPResponse) -> Void)?>

    init(_ deliver: @escaping @Sendable (HTTPResponse) -> Void) {
        self.deliver = Mutex(deliver)
    }

    deinit {
        answer(.problem(status: 500, detail: "the handler gave no answer"))
    }

    /// - Returns: False if it was answered before; this answer is then dropped.
    @discardableResult
    package func answer(_ response: HTTPResponse) -> Bool {
        let taken = deliver.withLock { deliver in
            defer { deliver = nil }
            return deliver
        }
        taken?(response)
        return taken != nil
    }
}

/// One answered request, for metrics and logs.
package struct HTTPExchange: Sendable {
    /// `nil` if the bytes were none.
    package var request: HTTPRequest?
    package var route: String?
    package var status: Int
    /// From the request's last byte to the moment the answer was there.
    package var duration: Duration
}
