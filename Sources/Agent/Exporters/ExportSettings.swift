import Telemetry
package import Transport

/// Where one signal goes and how, fixed when the exporter starts.
package struct ExportSettings: Sendable {
    /// The whole URL that is posted to.
    package var url: String
    /// Added to each request; their values may be credentials.
    package var headers: [CurlRequest.Header]
    /// Of one request; zero means no limit.
    package var timeout: Duration
    package var tls: CurlTLS
    /// Weir's own version, for User-Agent.
    package var version: String
    /// How long a span may wait for company while its run goes on.
    package var linger: Duration
    /// The most spans in one request.
    package var batchSpans: Int
    package var delays: ExportGate.Delays
    /// How often the state folder is searched for runs that others left unsent.
    package var backlogInterval: Duration

    package init(
        url: String,
        headers: [CurlRequest.Header] = [],
        timeout: Duration = .seconds(10),
        tls: CurlTLS = CurlTLS(),
        version: String,
        linger: Duration = .seconds(1),
        batchSpans: Int = 512,
        delays: ExportGate.Delays = ExportGate.Delays(),
        backlogInterval: Duration = .seconds(60)
    ) {
        self.url = url
        self.headers = headers
        self.timeout = timeout
        self.tls = tls
        self.version = version
        self.linger = linger
        self.batchSpans = batchSpans
        self.delays = delays
        self.backlogInterval = backlogInterval
    }

    /// The endpoint as it may be shown: without user, password, query and fragment, any of which
    /// may be a secret.
    package var shownEndpoint: String {
        let plain = url.prefix { $0 != "?" && $0 != "#" }
        guard let scheme = plain.firstRange(of: "://") else { return String(plain) }
        let rest = plain[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" }
        let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] }
        return String(
            plain[..<scheme.upperBound] + (host ?? authority) + rest[authority.endIndex...]
        )
    }

    func request(_ piece: ExportPiece) -> CurlRequest {
        // OTLP, "User-Agent": a distribution may put its own product token in front. What the
        // user sets comes last and wins.
        let own = [
            CurlRequest.Header("Content-Type", piece.encoding.mediaType),
            CurlRequest.Header("User-Agent", "weir/\(version) OTel-OTLP-Exporter-Swift/\(version)"),
        ]
        let names = Set(headers.map { $0.name.lowercased() }).subtracting(["content-type"])
        return CurlRequest(
            url: url,
            headers: own.filter { !names.contains($0.name.lowercased()) } + headers,
            body: piece.bytes,
            timeout: timeout,
            tls: tls
        )
    }
}
