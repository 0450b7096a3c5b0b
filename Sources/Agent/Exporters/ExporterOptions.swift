package import Telemetry
import Transport

/// Where spans go and how, fixed when the exporter starts.
package struct ExporterOptions: Sendable {
    /// What OpenTelemetry's variables say.
    package var settings: ExportSettings
    /// Weir's own, for User-Agent.
    package var version: String
    package var delays: ExportGate.Delays
    /// How often the state folder is searched for runs that others left unsent.
    package var backlogInterval: Duration

    package init(
        _ settings: ExportSettings,
        version: String,
        delays: ExportGate.Delays = ExportGate.Delays(),
        backlogInterval: Duration = .seconds(60)
    ) {
        self.settings = settings
        self.version = version
        self.delays = delays
        self.backlogInterval = backlogInterval
    }

    /// The endpoint as it may be shown: without user, password, query and fragment, any of which
    /// may be a secret.
    package var shownEndpoint: String {
        let plain = settings.endpoint.prefix { $0 != "?" && $0 != "#" }
        guard let scheme = plain.firstRange(of: "://") else { return String(plain) }
        let rest = plain[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" }
        let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] }
        return String(
            plain[..<scheme.upperBound] + (host ?? authority) + rest[authority.endIndex...]
        )
    }

    func request(_ body: [UInt8]) -> CurlRequest {
        // OTLP, "User-Agent": a distribution may put its own product token in front. What the
        // user sets wins.
        let own = [
            CurlRequest.Header("Content-Type", "application/json"),
            CurlRequest.Header("User-Agent", "weir/\(version) OTel-OTLP-Exporter-Swift/\(version)"),
        ]
        let theirs = settings.headers.map { CurlRequest.Header($0.name, $0.value) }
        let names = Set(theirs.map { $0.name.lowercased() })
        return CurlRequest(
            url: settings.endpoint,
            headers: own.filter { !names.contains($0.name.lowercased()) } + theirs,
            body: body,
            timeout: settings.timeout ?? .zero,
            tls: CurlTLS(
                authorityFile: settings.certificate,
                certificateFile: settings.clientCertificate,
                keyFile: settings.clientKey
            )
        )
    }
}
