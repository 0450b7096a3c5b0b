import Journal
import Telemetry

/// Reads one stream of a run up to a watermark, for one exporter at a time.
///
/// While it lives it has the lock of the stream's file. Confined to the exporter's thread.
protocol ExportTail: AnyObject {
    var source: ExportSource { get }
    /// Everything that will ever be sent of the stream has been given out.
    var isDone: Bool { get }

    /// Takes the next line and gives what of it is unsent.
    func next() throws(ExportProblem) -> ExportStep
    /// Nothing more is read; what was read may still be on its way, so the lock stays.
    func finish()
}

/// What the next line of a stream came to.
enum ExportStep {
    /// Nothing more lies before the watermark for now.
    case nothing
    /// What of the line is to be sent, and the cursor once that is settled.
    case line(ExportCargo, ExportCursor)
}

/// What a line gives to be sent.
enum ExportCargo {
    case none
    case spans([FinishedSpan], OTLPResource)
    case piece(ExportPiece)
}

/// What came of opening a stream.
enum ExportOpening {
    case tail(any ExportTail)
    /// There is nothing to send.
    case nothing
    /// Another exporter is at it.
    case elsewhere
}

/// A stream to be sent, and how far it may be read.
package struct ExportSource: Sendable {
    package let folder: RunFolder
    package let stream: ExportStream
    /// Whether another process left it unsent.
    let isBacklog: Bool
    /// Where the part of the file ends that a power cut leaves alone.
    let watermark: @Sendable () -> Int
    /// Whether nothing follows behind the watermark; the journal tells that itself.
    let isOver: @Sendable () -> Bool
    /// False to send all of it, whatever has been sent before, and to leave the cursor alone.
    let usesCursor: Bool

    package init(
        _ folder: RunFolder,
        _ stream: ExportStream,
        isBacklog: Bool = false,
        usesCursor: Bool = true,
        before watermark: @escaping @Sendable () -> Int,
        isOver: @escaping @Sendable () -> Bool = { false }
    ) {
        self.folder = folder
        self.stream = stream
        self.isBacklog = isBacklog
        self.usesCursor = usesCursor
        self.watermark = watermark
        self.isOver = isOver
    }

    package var key: ExportKey { ExportKey(folder.id, stream) }

    /// Begins at the first line, unless another exporter has it.
    ///
    /// - Throws: `ExportProblem.storage`
    func open() throws(ExportProblem) -> ExportOpening {
        switch stream {
        case .spans: try SpanTail.open(self)
        case .received: try ReceivedTail.open(self)
        }
    }

    /// How far it has been sent; `nil`: all of it, or it never is to be.
    func unsentCursor() throws(ExportProblem) -> ExportCursor? {
        let beginning = ExportCursor(sequence: 0, isDone: false)
        guard usesCursor else { return beginning }
        do throws(StateError) {
            let cursor = try folder.exportCursor(of: stream)
            if cursor?.isDone == true { return nil }
            // Nobody says beforehand whether a run's children will send anything.
            return stream == .spans ? cursor : cursor ?? beginning
        } catch .damagedFile {
            // From the start, then: the same bytes, so a second copy does no harm.
            return beginning
        } catch {
            throw .storage(error.description)
        }
    }

    /// Remembers how far it has been sent.
    func settle(_ cursor: ExportCursor) throws(StateError) {
        guard usesCursor else { return }
        try folder.setExportCursor(cursor, of: stream)
    }
}
