/// What came of a request: an answer of any status, or none.
package enum CurlResult: Hashable, Sendable {
    case response(CurlResponse)
    case failure(CurlFailure)
}

package struct CurlResponse: Hashable, Sendable {
    package var status: Int
    /// `Retry-After`, seconds or HTTP-date, as the time left; `nil` when the server sent none.
    package var retryAfter: Duration?
    /// The body; of one without `CurlRequest.answerBytes` the first `CurlLimits.keptBodyBytes`.
    package var body: [UInt8]
    /// The bytes received, kept or not.
    package var bodyLength: Int

    package init(status: Int, retryAfter: Duration? = nil, body: [UInt8] = [], bodyLength: Int) {
        self.status = status
        self.retryAfter = retryAfter
        self.body = body
        self.bodyLength = bodyLength
    }
}

/// Why there is no answer.
package struct CurlFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What a caller may want to tell apart, and an operator to read.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// The URL, a header or a file of the request is unusable: asking again will not help.
        case request = "bad request"
        case resolve = "unknown host"
        case refused = "refused"
        case connect = "unreachable"
        case tls = "TLS failed"
        case timeout = "timed out"
        case closed = "closed the connection"
        case tooLarge = "answered too much"
        case malformed = "answered nonsense"
        /// We were asked to stop before there was an answer.
        case aborted = "not waited for"
        case other = "transfer failed"
    }

    package var kind: Kind
    /// libcurl's `CURLcode`; 0 when the request never reached it.
    package var code: Int32
    /// The status of an answer of which more came than anyone reads; 0 where there was none.
    package var status: Int
    /// libcurl's own words.
    package var message: String

    package init(_ kind: Kind, code: Int32 = 0, status: Int = 0, message: String) {
        self.kind = kind
        self.code = code
        self.status = status
        self.message = message
    }

    package var description: String {
        code == 0
            ? "\(kind.rawValue): \(message)" : "\(kind.rawValue): \(message) (curl \(code))"
    }
}
