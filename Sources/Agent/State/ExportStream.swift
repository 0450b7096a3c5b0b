import Glibc
package import Pipeline
package import Telemetry

/// One of the things of a run that are sent out, each from a file of its own, in its order, behind
/// a cursor of its own.
package enum ExportStream: Hashable, Sendable {
    /// Weir's own spans, folded from the journal.
    case spans
    /// What the run's children sent, and the run's output where that is sent as logs: bodies of one
    /// signal, as they came.
    case received(OTLPSignal)

    /// Where it goes.
    package var signal: OTLPSignal {
        switch self {
        case .spans: .traces
        case .received(let signal): signal
        }
    }

    /// All that goes where a signal goes, the run's own first.
    static func all(of signal: OTLPSignal) -> [ExportStream] {
        signal == .traces ? [.spans, .received(.traces)] : [.received(signal)]
    }
}

/// A stream of a run: what two exporters must not send at once.
package struct ExportKey: Hashable, Sendable {
    package var run: RunID
    package var stream: ExportStream

    package init(_ run: RunID, _ stream: ExportStream) {
        self.run = run
        self.stream = stream
    }
}

extension RunFolder {
    /// Whether there is such a file now.
    func holds(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// The file that a stream is read from.
    func path(of stream: ExportStream) -> String {
        switch stream {
        case .spans: journalPath
        case .received(let signal): receivedPath(of: signal)
        }
    }

    /// Where a stream's cursor is; for spans a missing one means: never to be sent.
    func cursorPath(of stream: ExportStream) -> String {
        switch stream {
        case .spans: exportPath
        case .received(let signal): receivedPath + "/\(signal.rawValue).export"
        }
    }
}
