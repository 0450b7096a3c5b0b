/// The signals that OTLP carries and Weir sends on; each has its own service, endpoint and limits.
package enum OTLPSignal: String, CaseIterable, Hashable, Sendable {
    case traces
    case metrics
    case logs

    /// The path of its service behind a base endpoint (OTLP/HTTP, "OTLP/HTTP Request").
    package var path: String { "v1/\(rawValue)" }
    /// As its own variables are named: `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`.
    package var variable: String { rawValue.uppercased() }
}

/// The two encodings of an OTLP body over HTTP.
package enum OTLPEncoding: String, CaseIterable, Hashable, Sendable {
    case protobuf
    case json

    /// What a request's and its answer's `Content-Type` say.
    package var mediaType: String {
        switch self {
        case .protobuf: "application/x-protobuf"
        case .json: "application/json"
        }
    }
}
