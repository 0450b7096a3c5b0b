import Journal
import Telemetry

/// Reads what a run's children sent of one signal: each body is one request, as it came.
final class ReceivedTail: ExportTail {
    let source: ExportSource
    private(set) var isDone = false
    /// Behind the last body that was given out.
    private var cursor: ExportCursor
    private var reader: ReceivedReader
    private let path: String

    static func open(_ source: ExportSource) throws(ExportProblem) -> ExportOpening {
        guard case .received(let signal) = source.stream else { return .nothing }
        // Most runs' children send nothing: that is one look.
        let path = source.folder.receivedPath(of: signal)
        guard source.folder.holds(path) else { return .nothing }
        guard let cursor = try source.start() else { return .nothing }
        var reader = try Self.reader(of: source.folder, signal, after: cursor.sequence)
        do throws(JournalError) {
            if source.isLocked, try !reader.lock() { return .elsewhere }
        } catch {
            throw .storage(error.description)
        }
        // Only now: whoever had it has moved the cursor.
        guard let moved = try source.start() else { return .nothing }
        return .tail(ReceivedTail(source, moved, reader, path))
    }

    private static func reader(
        of folder: RunFolder,
        _ signal: OTLPSignal,
        after sequence: UInt64
    ) throws(ExportProblem) -> ReceivedReader {
        do {
            return try ReceivedReader(folder: folder, signal: signal, after: sequence)
        } catch {
            throw .storage(error.description)
        }
    }

    private init(
        _ source: ExportSource,
        _ cursor: ExportCursor,
        _ reader: consuming ReceivedReader,
        _ path: String
    ) {
        self.source = source
        self.cursor = cursor
        self.reader = reader
        self.path = path
    }

    func finish() {
        isDone = true
        reader.finish()
    }

    func next(_ take: SpanTaker) throws(ExportProblem) -> ExportStep {
        guard !isDone else { return .nothing }
        // Asked first: what comes between the two questions would never be sent.
        let isOver = source.isOver()
        do throws(ReceivedFault) {
            while let body = try reader.next(before: source.watermark()) {
                // Sent by whoever had the file between the two looks at the cursor.
                guard body.sequence > cursor.sequence else { continue }
                cursor.sequence = body.sequence
                return .line(.piece(ExportPiece(body)), cursor)
            }
        } catch {
            throw .storage(error.description)
        }
        try checkIntact(reader.report, path)
        guard isOver else { return .nothing }
        isDone = true
        cursor.isDone = true
        return .line(.none, cursor)
    }
}
