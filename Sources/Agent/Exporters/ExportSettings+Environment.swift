package import Telemetry
import Transport

extension ExportSettings {
    /// What the standard variables ask for.
    package init(_ settings: OTLPSettings, version: String) {
        self.init(
            url: settings.endpoint,
            headers: settings.headers.map { CurlRequest.Header($0.name, $0.value) },
            timeout: settings.timeout ?? .zero,
            tls: CurlTLS(
                authorityFile: settings.certificate,
                certificateFile: settings.clientCertificate,
                keyFile: settings.clientKey
            ),
            version: version,
            linger: settings.scheduleDelay,
            batchSpans: settings.batchSpans
        )
    }
}
