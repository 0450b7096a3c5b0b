import Journal
import Pipeline
import Telemetry

/// Reads one run's journal up to a watermark and folds it into spans.
///
/// It always folds from the first line, so that the spans are the same whoever sends them and
/// whenever; those behind the cursor are not given again. While it lives it has the journal's lock,
/// so that one exporter at a time sends the run, whoever runs it. Confined to the exporter's thread.
final class ExportTail {
    /// What the next event came to.
    enum Step {
        /// Its spans, maybe none, and the cursor once they are settled.
        case event(ExportCursor)
        /// Nothing more lies before the watermark for now.
        case nothing
    }

    /// What came of opening one.
    enum Opening {
        case tail(ExportTail)
        /// The run has nothing to send.
        case nothing
        /// Another exporter is at it.
        case elsewhere
    }

    let folder: RunFolder
    /// Whether another process left this run unsent.
    let isBacklog: Bool
    private(set) var resource = OTLPResource([])
    /// Everything that will ever be sent of this run has been given out.
    private(set) var isDone = false
    private let watermark: @Sendable () -> Int
    private let cursor: ExportCursor
    private var reader: JournalReader
    private var fold = SpanFold()

    /// Begins at the first line, unless another exporter has the run.
    ///
    /// - Throws: `ExportProblem.storage`
    static func open(
        _ folder: RunFolder,
        isBacklog: Bool,
        before watermark: @escaping @Sendable () -> Int
    ) throws(ExportProblem) -> Opening {
        guard try unsentCursor(folder) != nil else { return .nothing }
        var reader: JournalReader
        do throws(ExportProblem) {
            reader = try Self.reader(of: folder)
        } catch {
            // Deleted, too old to wait any longer.
            if folder.isGone { return .nothing }
            throw error
        }
        do {
            guard try reader.lock() else { return .elsewhere }
        } catch {
            throw .storage(error.description)
        }
        // Only now: whoever had it has moved the cursor.
        guard let cursor = try unsentCursor(folder) else { return .nothing }
        return .tail(ExportTail(folder, isBacklog, watermark, cursor, reader))
    }

    private static func reader(of folder: RunFolder) throws(ExportProblem) -> JournalReader {
        do {
            return try JournalReader(folder.journalPath, in: folder.storage)
        } catch {
            throw .storage(error.description)
        }
    }

    private init(
        _ folder: RunFolder,
        _ isBacklog: Bool,
        _ watermark: @escaping @Sendable () -> Int,
        _ cursor: ExportCursor,
        _ reader: consuming JournalReader
    ) {
        self.folder = folder
        self.isBacklog = isBacklog
        self.watermark = watermark
        self.cursor = cursor
        self.reader = reader
    }

    /// Nothing more is read; what was read may still be on its way, so the lock stays.
    func finish() {
        isDone = true
        reader.finish()
        fold = SpanFold()
    }

    private static func unsentCursor(_ folder: RunFolder) throws(ExportProblem) -> ExportCursor? {
        try cursor(of: folder).flatMap { $0.isDone ? nil : $0 }
    }

    /// How far the run has been sent; `nil`: it never is to be.
    static func cursor(of folder: RunFolder) throws(ExportProblem) -> ExportCursor? {
        do throws(StateError) {
            return try folder.exportCursor()
        } catch .damagedFile {
            // From the start, then: the same spans to the byte, so a second copy does no harm.
            return ExportCursor(sequence: 0, isDone: false)
        } catch {
            throw .storage(error.description)
        }
    }

    /// Takes the next event and appends its unsent spans.
    func next(into spans: inout [FinishedSpan]) throws(ExportProblem) -> Step {
        guard !isDone else { return .nothing }
        let event: RecordedEvent
        do {
            guard let line = try reader.next(before: watermark()) else {
                try checkIntact()
                return .nothing
            }
            event = try RunEventCodec.decode(line)
        } catch let problem as ExportProblem {
            throw problem
        } catch {
            throw .storage("\(folder.journalPath): \(error)")
        }
        if case .runStarted(let started) = event.event {
            resource = OTLPResource(started.resource)
            // A run sampled out is journaled and measured, and nothing of it is exported.
            isDone = !started.trace.isSampled
        }
        if case .runFinished = event.event { isDone = true }
        let count = spans.count
        fold.apply(event, into: &spans)
        if event.sequence <= cursor.sequence { spans.removeSubrange(count...) }
        return .event(ExportCursor(sequence: event.sequence, isDone: isDone))
    }

    /// A torn tail is a line being written, or what a crash left; anything worse is the end.
    private func checkIntact() throws(ExportProblem) {
        guard case .corrupt(let damage) = reader.report.verdict else { return }
        throw .storage("\(folder.journalPath) is corrupt: \(damage)")
    }
}
