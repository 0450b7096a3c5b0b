/// How and where to traces are sent: `OTEL_EXPORTER_OTLP_*` and `OTEL_BSP_*`.
///
/// Of each variable the form for traces wins over the one for all signals.
package struct OTLPSettings: Hashable, Sendable {
    package struct Header: Hashable, Sendable {
        package var name: String
        package var value: String
    }

    /// The complete URL of `POST /v1/traces`.
    package var endpoint: String
    /// To be sent with every request; usually credentials, so never shown.
    package var headers: [Header] = []
    /// For one request; `nil` means no limit.
    package var timeout: Duration? = .seconds(10)
    /// A PEM file to verify the collector with; `nil` means the system's.
    package var certificate: String?
    /// PEM files with which Weir shows who it is; both or none.
    package var clientKey: String?
    package var clientCertificate: String?
    /// How long a batch that is not full may wait for more spans.
    package var scheduleDelay: Duration = .seconds(5)
    /// The most spans of a batch.
    package var batchSpans = TraceLimits.batchSpans

    package init(endpoint: String) {
        self.endpoint = endpoint
    }

    /// `nil` without an endpoint or if the exporter is not `otlp`.
    init?(_ reader: inout EnvironmentReader) {
        // Whoever turned exporting off needs no word about the rest.
        guard reader.isOTLPWanted() else { return nil }
        guard let found = reader.endpoint() else {
            reader.warnOfIdleExport()
            return nil
        }
        endpoint = found
        headers = reader.headers()
        if let milliseconds = reader.milliseconds(reader.otlp("TIMEOUT")) {
            timeout = milliseconds == .zero ? nil : milliseconds
        }
        certificate = reader.text(reader.otlp("CERTIFICATE"))
        (clientKey, clientCertificate) = reader.clientIdentity()
        reader.checkProtocolAndCompression()
        scheduleDelay = reader.milliseconds("OTEL_BSP_SCHEDULE_DELAY") ?? scheduleDelay
        batchSpans = reader.batchSpans() ?? batchSpans
        reader.warnOfQueue()
    }
}

extension EnvironmentReader {
    /// The name of the variable to read: the one for traces if it is set.
    func otlp(_ name: String) -> String {
        let specific = "OTEL_EXPORTER_OTLP_TRACES_" + name
        return text(specific) == nil ? "OTEL_EXPORTER_OTLP_" + name : specific
    }

    fileprivate mutating func isOTLPWanted() -> Bool {
        let variable = "OTEL_TRACES_EXPORTER"
        guard let value = word(variable) else { return true }
        var isWanted = false
        var isKnown = false
        for name in listMembers(value).map({ String(Substring($0)).lowercased() }) {
            switch name {
            case "otlp": isWanted = true
            case "none": isKnown = true
            case "console", "zipkin", "jaeger", "otlp/stdout":
                isKnown = true
                warn(variable, .notSupportedYet(value: name, instead: "it is left out"))
            default: malformed(variable, name, "an exporter", "it is left out")
            }
        }
        return isWanted || !isKnown
    }

    fileprivate mutating func endpoint() -> String? {
        let specific = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
        let general = "OTEL_EXPORTER_OTLP_ENDPOINT"
        let expected = "an http or https URL with a host"
        if let url = word(specific) {
            if let endpoint = OTLPEndpoint.signal(url) { return endpoint }
            warn(specific, .malformedHidden(expected: expected, instead: "it is left out"))
        }
        guard let url = word(general) else { return nil }
        if let endpoint = OTLPEndpoint.base(url, appending: "v1/traces") { return endpoint }
        warn(general, .malformedHidden(expected: expected, instead: "spans are not sent"))
        return nil
    }

    /// A list that is malformed anywhere is not used at all: half of the credentials would be sent
    /// in vain.
    fileprivate mutating func headers() -> [OTLPSettings.Header] {
        let variable = otlp("HEADERS")
        guard let text = text(variable) else { return [] }
        let pairs = BaggageList.parse(text)
        guard let pairs, pairs.allSatisfy({ $0.key.utf8.allSatisfy(Baggage.isTokenByte) }) else {
            let expected = "a list of the form key=value,key2=value2, percent-encoded"
            warn(variable, .malformedHidden(expected: expected, instead: "no header is sent"))
            return []
        }
        return pairs.map { OTLPSettings.Header(name: $0.key, value: $0.value) }
    }

    fileprivate mutating func clientIdentity() -> (key: String?, certificate: String?) {
        let (key, certificate) = (otlp("CLIENT_KEY"), otlp("CLIENT_CERTIFICATE"))
        switch (text(key), text(certificate)) {
        case (let keyFile?, let certificateFile?): return (keyFile, certificateFile)
        case (_?, nil): warn(key, .withoutEffect(because: "\(certificate) is not set"))
        case (nil, _?): warn(certificate, .withoutEffect(because: "\(key) is not set"))
        case (nil, nil): break
        }
        return (nil, nil)
    }

    fileprivate mutating func checkProtocolAndCompression() {
        let transport = otlp("PROTOCOL")
        switch word(transport)?.lowercased() {
        case nil, "http/json": break
        case "grpc"?, "http/protobuf"?:
            warn(
                transport,
                .notSupportedYet(value: word(transport), instead: "http/json is sent")
            )
        case let value?: malformed(transport, value, "a protocol", "http/json is sent")
        }
        let compression = otlp("COMPRESSION")
        switch word(compression)?.lowercased() {
        case nil, "none": break
        case "gzip"?:
            warn(compression, .notSupportedYet(value: "gzip", instead: "requests are plain"))
        case let value?: malformed(compression, value, "gzip or none", "requests are plain")
        }
    }

    fileprivate mutating func batchSpans() -> Int? {
        let variable = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE"
        guard let count = count(variable) else { return nil }
        guard (1...TraceLimits.batchSpans).contains(count) else {
            let expected = "from 1 to \(TraceLimits.batchSpans)"
            malformed(variable, String(count), expected, "\(TraceLimits.batchSpans) is used")
            return nil
        }
        return count
    }

    fileprivate mutating func warnOfQueue() {
        if word("OTEL_BSP_MAX_QUEUE_SIZE") != nil {
            let because = "spans wait in the runs' journals, so there is no queue to fill"
            warn("OTEL_BSP_MAX_QUEUE_SIZE", .withoutEffect(because: because))
        }
        if word("OTEL_BSP_EXPORT_TIMEOUT") != nil {
            let because = "OTEL_EXPORTER_OTLP_TIMEOUT bounds each request"
            warn("OTEL_BSP_EXPORT_TIMEOUT", .withoutEffect(because: because))
        }
        for variable in ["OTEL_EXPORTER_OTLP_INSECURE", "OTEL_EXPORTER_OTLP_TRACES_INSECURE"]
        where word(variable) != nil {
            warn(variable, .withoutEffect(because: "the scheme of the endpoint decides"))
        }
    }

    /// What is set for sending while no endpoint is.
    fileprivate mutating func warnOfIdleExport() {
        for variable in KnownVariables.export where word(variable) != nil {
            // An endpoint that cannot be read has its own warning.
            guard !variable.hasSuffix("_ENDPOINT") else { continue }
            warn(variable, .withoutEffect(because: "no endpoint is set, so spans are not sent"))
        }
    }
}
