import Journal
import Pipeline
import Telemetry

/// Reads one run's journal and folds it into spans.
///
/// It always folds from the first line, so that the spans are the same whoever sends them and
/// whenever; those behind the cursor are not given again.
final class SpanTail: ExportTail {
    let source: ExportSource
    private(set) var isDone = false
    private var resource = OTLPResource([])
    private let cursor: ExportCursor
    private var reader: JournalReader
    private var fold = SpanFold()

    static func open(_ source: ExportSource) throws(ExportProblem) -> ExportOpening {
        guard try source.start() != nil else { return .nothing }
        var reader: JournalReader
        do throws(ExportProblem) {
            reader = try Self.reader(of: source.folder)
        } catch {
            // Deleted, too old to wait any longer.
            if source.folder.isGone { return .nothing }
            throw error
        }
        do {
            if source.isLocked, try !reader.lock() { return .elsewhere }
        } catch {
            throw .storage(error.description)
        }
        // Only now: whoever had it has moved the cursor.
        guard let cursor = try source.start() else { return .nothing }
        return .tail(SpanTail(source, cursor, reader))
    }

    private static func reader(of folder: RunFolder) throws(ExportProblem) -> JournalReader {
        do {
            return try JournalReader(folder.journalPath, in: folder.storage)
        } catch {
            throw .storage(error.description)
        }
    }

    private init(_ source: ExportSource, _ cursor: ExportCursor, _ reader: consuming JournalReader)
    {
        self.source = source
        self.cursor = cursor
        self.reader = reader
    }

    func finish() {
        isDone = true
        reader.finish()
        fold = SpanFold()
    }

    func next(_ take: SpanTaker) throws(ExportProblem) -> ExportStep {
        guard !isDone, let event = try nextEvent() else { return .nothing }
        if case .runStarted(let started) = event.event {
            resource = OTLPResource(started.resource)
            // A run sampled out is journaled and measured, and nothing of it is exported.
            isDone = !started.trace.isSampled
        }
        if case .runFinished = event.event { isDone = true }
        let isSent = event.sequence <= cursor.sequence
        fold.apply(event) { [resource] span in if !isSent { take(span, resource) } }
        return .line(.none, ExportCursor(sequence: event.sequence, isDone: isDone))
    }

    private func nextEvent() throws(ExportProblem) -> RecordedEvent? {
        let path = source.folder.journalPath
        do {
            guard let line = try reader.next(before: source.watermark()) else {
                try checkIntact(reader.report, path)
                return nil
            }
            return try RunEventCodec.decode(line)
        } catch let problem as ExportProblem {
            throw problem
        } catch {
            throw .storage("\(path): \(error)")
        }
    }
}

extension ExportTail {
    /// A torn tail is a line being written, or what a crash left; anything worse is the end.
    func checkIntact(_ report: JournalReport, _ path: String) throws(ExportProblem) {
        guard case .corrupt(let damage) = report.verdict else { return }
        throw .storage("\(path) is corrupt: \(damage)")
    }
}
