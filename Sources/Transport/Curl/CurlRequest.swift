/// One HTTP request, whole: nothing of it is shared with the thread that asked.
package struct CurlRequest: Sendable {
    package struct Header: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package var url: String
    package var headers: [Header]
    /// What is posted; `nil` makes it a GET.
    package var body: [UInt8]?
    /// From the first packet to the last; zero means no limit, as in OpenTelemetry's variables.
    package var timeout: Duration
    package var connectTimeout: Duration
    package var tls: CurlTLS
    /// A socket to speak through instead of the network; the URL's host is then a mere name.
    package var unixSocket: String?
    /// Bytes of an answer that are taken and kept; one that is longer is a failure.
    ///
    /// `nil` takes `CurlLimits.bodyBytes` and keeps `CurlLimits.keptBodyBytes`.
    package var answerBytes: Int?

    package init(
        url: String,
        headers: [Header] = [],
        body: [UInt8]? = nil,
        timeout: Duration = .seconds(10),
        connectTimeout: Duration = .seconds(5),
        tls: CurlTLS = CurlTLS()
    ) {
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.connectTimeout = connectTimeout
        self.tls = tls
    }
}

/// PEM files for the TLS of one request.
package struct CurlTLS: Hashable, Sendable {
    /// Verifies the server; `nil` means the system's trust.
    package var authorityFile: String?
    /// Shows who we are; needs `keyFile`.
    package var certificateFile: String?
    package var keyFile: String?

    package init(
        authorityFile: String? = nil,
        certificateFile: String? = nil,
        keyFile: String? = nil
    ) {
        self.authorityFile = authorityFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }
}

/// Every bound of the curl thread, each with its reason.
package enum CurlLimits {
    /// Enough to fill a line whose round trip is long; more only queues at the other end.
    package static let liveTransfers = 4
    /// Requests waiting for a live slot; whoever has more to say keeps it until there is room.
    package static let waitingRequests = 64
    /// What libcurl hands to the kernel at once at most, of a body as long as that.
    package static let uploadBuffer = 1 << 20
    /// What is kept of an answer: an error message or a partial success fits many times.
    package static let keptBodyBytes = 64 << 10
    /// OTLP's default response limit: a larger answer is a failure.
    package static let bodyBytes = 4 << 20
    /// A server that sends headers without end is cut off as well.
    package static let headerBytes = 256 << 10
    /// A server may not silence us for longer than this by its Retry-After.
    package static let retryAfter = Duration.seconds(15 * 60)
}
