import Journal
import Telemetry

/// Reads one stream of a run up to a watermark, for one exporter at a time.
///
/// While it lives it has the lock of the stream's file. Confined to the exporter's thread.
protocol ExportTail: AnyObject {
    var source: ExportSource { get }
    /// Everything that will ever be sent of the stream has been given out.
    var isDone: Bool { get }

    /// Takes the next line and gives what of it is unsent, spans one by one.
    func next(_ take: SpanTaker) throws(ExportProblem) -> ExportStep
    /// Nothing more is read; what was read may still be on its way, so the lock stays.
    func finish()
}

/// Is told of each span that a line gives, and of what it belongs to; it may be copied, or not.
typealias SpanTaker = (borrowing FinishedSpan, OTLPResource) -> Void

/// What the next line of a stream came to.
enum ExportStep {
    /// Nothing more lies before the watermark for now.
    case nothing
    /// What of the line is to be sent, and the cursor once that is settled.
    case line(ExportCargo, ExportCursor)
}

/// What a line gives to be sent.
enum ExportCargo {
    /// Nothing but the spans that were given already.
    case none
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

/// What of a stream is sent, and what becomes of its cursor.
package enum ExportExtent: Sendable {
    /// What lies behind the cursor, which moves on.
    case rest
    /// All of it; the cursor moves on with what lies behind it.
    case whole
    /// All of it, for somebody else: cursor and lock are none of its business.
    case copy
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
    let extent: ExportExtent

    package init(
        _ folder: RunFolder,
        _ stream: ExportStream,
        isBacklog: Bool = false,
        extent: ExportExtent = .rest,
        before watermark: @escaping @Sendable () -> Int,
        isOver: @escaping @Sendable () -> Bool = { false }
    ) {
        self.folder = folder
        self.stream = stream
        self.isBacklog = isBacklog
        self.extent = extent
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

    /// Whether only one exporter may be at it at a time.
    var isLocked: Bool { extent != .copy }

    /// Behind what it is to be sent; `nil`: nothing is to be sent.
    func start() throws(ExportProblem) -> ExportCursor? {
        let beginning = ExportCursor(sequence: 0, isDone: false)
        switch extent {
        case .rest: return try unsentCursor()
        case .whole: return try unsentCursor().map { _ in beginning }
        case .copy: return beginning
        }
    }

    /// How far it has been sent; `nil`: all of it, or it never is to be.
    func unsentCursor() throws(ExportProblem) -> ExportCursor? {
        do throws(StateError) {
            return try folder.unsentCursor(of: stream)
        } catch {
            throw .storage(error.description)
        }
    }

    /// Remembers how far it has been sent.
    func settle(_ cursor: ExportCursor) throws(StateError) {
        switch extent {
        case .rest: try folder.setExportCursor(cursor, of: stream)
        case .whole:
            guard let known = try folder.unsentCursor(of: stream) else { return }
            guard cursor.isDone || cursor.sequence > known.sequence else { return }
            try folder.setExportCursor(cursor, of: stream)
        case .copy: break
        }
    }
}
