/// The methods that some resource may have; any other is 501.
package enum HTTPMethod: String, Sendable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case options = "OPTIONS"
}

/// One request, whole: read, checked and decoded.
package struct HTTPRequest: Hashable, Sendable {
    /// How the client has reached us.
    package enum Channel: Hashable, Sendable {
        /// Over TCP, as whatever runs on this machine can, a page in a browser too.
        case internet
        /// Through a socket in the file system, which has an owner and a mode.
        case unix
    }

    package var channel = Channel.internet
    package var method: HTTPMethod
    package var target: HTTPTarget
    /// 0 or 1, for HTTP/1.0 and HTTP/1.1; a later minor version counts as 1.
    package var minorVersion: Int
    package var headers: HTTPFields
    /// Chunks are joined; empty without a body.
    package var body: [UInt8]
    /// Whether the client said how long the body is, be it 0.
    package var declaresBody: Bool
    /// Whether the client wants to go on using the connection (RFC 9112 §9.3).
    package var keepsAlive: Bool

    /// Percent-decoded, `*` for `OPTIONS *`.
    package var path: String { target.path }

    /// What the client calls us: the authority of an absolute target, or else the field `Host`.
    package var host: String { target.authority ?? headers["Host"] ?? "" }

    package init(
        method: HTTPMethod,
        target: HTTPTarget,
        minorVersion: Int = 1,
        headers: HTTPFields = [:],
        body: [UInt8] = [],
        declaresBody: Bool = false,
        keepsAlive: Bool = true
    ) {
        self.method = method
        self.target = target
        self.minorVersion = minorVersion
        self.headers = headers
        self.body = body
        self.declaresBody = declaresBody
        self.keepsAlive = keepsAlive
    }
}
