/// What is answered: always with a known length, never in chunks.
package struct HTTPResponse: Hashable, Sendable {
    package var status: Int
    /// `nil` sends no `Content-Type`.
    package var contentType: String?
    /// Further fields; those that frame the message or describe the connection are the encoder's.
    package var headers: HTTPFields
    package var body: [UInt8]
    /// Whether the connection ends with this answer, whatever the client wants.
    package var closesConnection = false

    package init(
        status: Int = 200,
        contentType: String? = nil,
        headers: HTTPFields = [:],
        body: [UInt8] = []
    ) {
        self.status = status
        self.contentType = contentType
        self.headers = headers
        self.body = body
    }

    package static func text(_ text: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(
            status: status,
            contentType: "text/plain; charset=utf-8",
            body: Array(text.utf8)
        )
    }

    /// `text` is JSON already.
    package static func json(_ text: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, contentType: "application/json", body: Array(text.utf8))
    }

    /// An error for people and programs (RFC 9457).
    ///
    /// The title is the same for every error of a kind, `nil` takes the status's phrase; the
    /// detail says what is wrong this time and what to do, and nothing that is secret.
    package static func problem(
        status: Int,
        title: String? = nil,
        detail: String? = nil,
        headers: HTTPFields = [:]
    ) -> HTTPResponse {
        var text = #"{"type":"about:blank","title":"#
        text += quoted(title ?? HTTPStatus.phrase(status)) + #","status":\#(status)"#
        if let detail { text += #","detail":"# + quoted(detail) }
        return HTTPResponse(
            status: status,
            contentType: "application/problem+json",
            headers: headers,
            body: Array((text + "}\n").utf8)
        )
    }
}

/// A JSON string (RFC 8259 §7).
private func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"", "\\": result += "\\\(scalar)"
        case "\u{0}"..<"\u{20}":
            let digits = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}

/// The phrases of the IANA registry that we use.
package enum HTTPStatus {
    package static func phrase(_ status: Int) -> String {
        phrases[status] ?? "Status \(status)"
    }

    private static let phrases = [
        100: "Continue", 101: "Switching Protocols", 200: "OK", 201: "Created", 202: "Accepted",
        204: "No Content", 301: "Moved Permanently", 302: "Found", 303: "See Other",
        304: "Not Modified", 307: "Temporary Redirect", 308: "Permanent Redirect",
        400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
        405: "Method Not Allowed", 406: "Not Acceptable", 408: "Request Timeout", 409: "Conflict",
        410: "Gone", 411: "Length Required", 412: "Precondition Failed", 413: "Content Too Large",
        414: "URI Too Long", 415: "Unsupported Media Type", 417: "Expectation Failed",
        421: "Misdirected Request", 422: "Unprocessable Content", 426: "Upgrade Required",
        428: "Precondition Required", 429: "Too Many Requests",
        431: "Request Header Fields Too Large", 500: "Internal Server Error",
        501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
        504: "Gateway Timeout", 505: "HTTP Version Not Supported",
    ]
}
