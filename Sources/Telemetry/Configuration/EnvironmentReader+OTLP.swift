/// What the variables of the OTLP exporter say, for one signal at a time.
extension EnvironmentReader {
    /// The name of the variable to read: the signal's own if it is set.
    func otlp(_ name: String, _ signal: OTLPSignal) -> String {
        let specific = "OTEL_EXPORTER_OTLP_\(signal.variable)_" + name
        return text(specific) == nil ? "OTEL_EXPORTER_OTLP_" + name : specific
    }

    mutating func isOTLPWanted(_ signal: OTLPSignal) -> Bool {
        let variable = "OTEL_\(signal.variable)_EXPORTER"
        guard let value = word(variable) else { return true }
        var isWanted = false
        var isKnown = false
        for name in listMembers(value).map({ String(Substring($0)).lowercased() }) {
            switch name {
            case "otlp": isWanted = true
            case "none": isKnown = true
            // What this asks for is what Weir does with its own.
            case "prometheus" where signal == .metrics: isKnown = true
            case "console", "zipkin", "jaeger", "otlp/stdout":
                isKnown = true
                warn(variable, .notSupportedYet(value: name, instead: "it is left out"))
            default: malformed(variable, name, "an exporter", "it is left out")
            }
        }
        return isWanted || !isKnown
    }

    mutating func endpoint(_ signal: OTLPSignal) -> String? {
        let specific = "OTEL_EXPORTER_OTLP_\(signal.variable)_ENDPOINT"
        let general = "OTEL_EXPORTER_OTLP_ENDPOINT"
        let expected = "an http or https URL with a host"
        if let url = word(specific) {
            if let endpoint = OTLPEndpoint.signal(url) { return endpoint }
            warn(specific, .malformedHidden(expected: expected, instead: "it is left out"))
        }
        guard let url = word(general) else { return nil }
        if let endpoint = OTLPEndpoint.base(url, appending: signal.path) { return endpoint }
        warn(general, .malformedHidden(expected: expected, instead: "nothing is sent there"))
        return nil
    }

    /// A list that is malformed anywhere is not used at all: half of the credentials would be sent
    /// in vain.
    mutating func headers(_ signal: OTLPSignal) -> [OTLPSettings.Header] {
        let variable = otlp("HEADERS", signal)
        guard let text = text(variable) else { return [] }
        let pairs = BaggageList.parse(text)
        guard let pairs, pairs.allSatisfy({ $0.key.utf8.allSatisfy(Baggage.isTokenByte) }) else {
            let expected = "a list of the form key=value,key2=value2, percent-encoded"
            warn(variable, .malformedHidden(expected: expected, instead: "no header is sent"))
            return []
        }
        return pairs.map { OTLPSettings.Header(name: $0.key, value: $0.value) }
    }

    mutating func clientIdentity(
        _ signal: OTLPSignal
    ) -> (key: String?, certificate: String?) {
        let key = otlp("CLIENT_KEY", signal)
        let certificate = otlp("CLIENT_CERTIFICATE", signal)
        switch (text(key), text(certificate)) {
        case (let keyFile?, let certificateFile?): return (keyFile, certificateFile)
        case (_?, nil): warn(key, .withoutEffect(because: "\(certificate) is not set"))
        case (nil, _?): warn(certificate, .withoutEffect(because: "\(key) is not set"))
        case (nil, nil): break
        }
        return (nil, nil)
    }

    mutating func checkProtocolAndCompression(_ signal: OTLPSignal) {
        let transport = otlp("PROTOCOL", signal)
        switch word(transport)?.lowercased() {
        case nil, "http/json": break
        case "grpc"?, "http/protobuf"?:
            warn(
                transport,
                .notSupportedYet(value: word(transport), instead: "http/json is sent")
            )
        case let value?: malformed(transport, value, "a protocol", "http/json is sent")
        }
        let compression = otlp("COMPRESSION", signal)
        switch word(compression)?.lowercased() {
        case nil, "none": break
        case "gzip"?:
            warn(compression, .notSupportedYet(value: "gzip", instead: "requests are plain"))
        case let value?: malformed(compression, value, "gzip or none", "requests are plain")
        }
    }

    mutating func batchSpans() -> Int? {
        let variable = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE"
        guard let count = count(variable) else { return nil }
        guard (1...TraceLimits.batchSpans).contains(count) else {
            let expected = "from 1 to \(TraceLimits.batchSpans)"
            malformed(variable, String(count), expected, "\(TraceLimits.batchSpans) is used")
            return nil
        }
        return count
    }

    mutating func warnOfQueue() {
        if word("OTEL_BSP_MAX_QUEUE_SIZE") != nil {
            let because = "spans wait in the runs' journals, so there is no queue to fill"
            warn("OTEL_BSP_MAX_QUEUE_SIZE", .withoutEffect(because: because))
        }
        if word("OTEL_BSP_EXPORT_TIMEOUT") != nil {
            let because = "OTEL_EXPORTER_OTLP_TIMEOUT bounds each request"
            warn("OTEL_BSP_EXPORT_TIMEOUT", .withoutEffect(because: because))
        }
    }

    mutating func warnOfInsecure(_ signal: OTLPSignal) {
        let variable = otlp("INSECURE", signal)
        if word(variable) != nil {
            warn(variable, .withoutEffect(because: "the scheme of the endpoint decides"))
        }
    }

    /// What is set for sending a signal while no endpoint is.
    mutating func warnOfIdleExport(_ signal: OTLPSignal) {
        // Without a general endpoint other signals may have one: what is general is theirs.
        let others = OTLPSignal.allCases.contains { text($0.endpointVariable) != nil }
        let general = signal == .traces && !others ? KnownVariables.sharedExport : []
        for variable in KnownVariables.export(of: signal) + general where word(variable) != nil {
            // An endpoint that cannot be read has its own warning.
            guard !variable.hasSuffix("_ENDPOINT") else { continue }
            let what = signal == .traces ? "spans are" : "\(signal.rawValue) are"
            warn(variable, .withoutEffect(because: "no endpoint is set, so \(what) not sent"))
        }
    }
}

extension OTLPSignal {
    fileprivate var endpointVariable: String { "OTEL_EXPORTER_OTLP_\(variable)_ENDPOINT" }
}
