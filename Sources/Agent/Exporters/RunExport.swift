import Journal
import Pipeline
package import Telemetry

/// Sends runs on somebody's request: whole ones, or all that is unsent.
package struct RunExport: Sendable {
    private let settings: [OTLPSignal: ExportSettings]
    /// The collector is not the one that runs are sent to by themselves: cursors stay.
    private let isElsewhere: Bool

    /// - Parameters:
    ///   - configuration: Where runs are sent by themselves.
    ///   - endpoint: A base URL to send to instead, without the configuration's credentials.
    /// - Throws: `NoEndpoint`.
    package init(_ configuration: OTelConfiguration, to endpoint: String?) throws(NoEndpoint) {
        var settings = configuration.exports
        if let endpoint {
            settings =
                OTelConfiguration(environment: ["OTEL_EXPORTER_OTLP_ENDPOINT": endpoint])
                .exports
            guard !settings.isEmpty else { throw NoEndpoint(given: endpoint) }
        }
        guard !settings.isEmpty else { throw NoEndpoint(given: nil) }
        self.settings = settings.mapValues { ExportSettings($0, version: WeirVersion.text) }
        isElsewhere = endpoint != nil
    }

    /// Sends runs from their first line, whatever has been sent of them.
    ///
    /// - Parameters:
    ///   - folders: Of runs that nobody runs.
    ///   - limit: How long it may take, refusals and waits for the collector included.
    /// - Returns: What became of it.
    /// - Throws: When the system has no thread or descriptor to give; what a run cannot be read for.
    package func send(_ folders: [RunFolder], within limit: Duration) throws -> ExportSummary {
        let exporter = try TelemetryExporter(settings, backlog: nil)
        for folder in folders {
            for stream in exporter.signals.flatMap(ExportStream.all) {
                if let source = try source(folder, stream) { exporter.follow(source) }
            }
        }
        return exporter.finish(.onRequest, within: limit)
    }

    /// Sends what is unsent of all runs that nobody runs.
    package func sendUnsent(of state: StateFolder, within limit: Duration) throws -> ExportSummary {
        try TelemetryExporter(settings, backlog: state).finish(.onRequest, within: limit)
    }

    private func source(_ folder: RunFolder, _ stream: ExportStream) throws -> ExportSource? {
        let path = folder.path(of: stream)
        if stream != .spans, !folder.holds(path) { return nil }
        // Whoever resumes it may add to what its children have sent.
        let hasEnded = try stream != .spans && folder.hasEnded
        let size = try folder.sync(path)
        // What is on its way to its own collector counts as sent when it is there.
        let isUnsent = try folder.unsentCursor(of: stream) != nil
        return ExportSource(
            folder,
            stream,
            extent: isUnsent && !isElsewhere ? .whole : .copy,
            before: { size },
            isOver: { hasEnded }
        )
    }
}

/// There is nowhere to send to.
package struct NoEndpoint: Error, CustomStringConvertible {
    /// What was given, if anything.
    package let given: String?

    package var description: String {
        guard let given else {
            return "no endpoint: set OTEL_EXPORTER_OTLP_ENDPOINT, or give --endpoint URL or "
                + "--file FILE"
        }
        return "--endpoint \(given) is not an http or https URL with a host"
    }
}
