import Glibc
import Journal
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

    /// How far a stream has been sent; `nil`: all of it, or it never is to be.
    func unsentCursor(of stream: ExportStream) throws(StateError) -> ExportCursor? {
        let beginning = ExportCursor(sequence: 0, isDone: false)
        do throws(StateError) {
            let cursor = try exportCursor(of: stream)
            if cursor?.isDone == true { return nil }
            // Nobody says beforehand whether a run's children will send anything.
            return stream == .spans ? cursor : cursor ?? beginning
        } catch .damagedFile {
            // From the start, then: the same bytes, so a second copy does no harm.
            return beginning
        } catch {
            throw error
        }
    }

    /// Whether some of what is to be sent has not been.
    var isUnsent: Bool {
        get throws(StateError) {
            for stream in OTLPSignal.allCases.flatMap(ExportStream.all) {
                // No file: no child has sent anything.
                guard stream == .spans || holds(path(of: stream)) else { continue }
                if try unsentCursor(of: stream) != nil { return true }
            }
            return false
        }
    }

    /// Whether the run is over for good, so that its children send nothing any more.
    var hasEnded: Bool {
        get throws {
            // A power cut must not take its end back.
            _ = try sync(journalPath)
            // Of a journal that cannot be read nobody knows.
            guard case .runFinished? = (try? lastEvent())?.event else { return false }
            return true
        }
    }

    /// Makes what an owner left in a file durable before any of it is sent: a power cut must not
    /// take back what the collector has, and a resume then tell it differently.
    ///
    /// - Returns: The file's bytes.
    func sync(_ path: String) throws(StorageError) -> Int {
        let file = try storage.open(path, .read)
        defer { storage.close(file) }
        try storage.sync(file, at: path)
        return try storage.status(file, at: path).bytes
    }
}
