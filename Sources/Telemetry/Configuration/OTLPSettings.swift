/// How and where to a signal is sent: `OTEL_EXPORTER_OTLP_*`, and `OTEL_BSP_*` for spans.
///
/// Of each variable the form for the signal wins over the one for all signals.
package struct OTLPSettings: Hashable, Sendable {
    package struct Header: Hashable, Sendable {
        package var name: String
        package var value: String
    }

    /// The complete URL that is posted to.
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

    /// `nil` without an endpoint or if the signal's exporter is not `otlp`.
    init?(_ reader: inout EnvironmentReader, _ signal: OTLPSignal) {
        // Whoever turned exporting off needs no word about the rest.
        guard reader.isOTLPWanted(signal) else { return nil }
        guard let found = reader.endpoint(signal) else {
            reader.warnOfIdleExport(signal)
            return nil
        }
        endpoint = found
        headers = reader.headers(signal)
        if let milliseconds = reader.milliseconds(reader.otlp("TIMEOUT", signal)) {
            timeout = milliseconds == .zero ? nil : milliseconds
        }
        certificate = reader.text(reader.otlp("CERTIFICATE", signal))
        (clientKey, clientCertificate) = reader.clientIdentity(signal)
        reader.checkProtocolAndCompression(signal)
        reader.warnOfInsecure(signal)
        guard signal == .traces else { return }
        scheduleDelay = reader.milliseconds("OTEL_BSP_SCHEDULE_DELAY") ?? scheduleDelay
        batchSpans = reader.batchSpans() ?? batchSpans
        reader.warnOfQueue()
    }
}
