package import Journal
package import Pipeline
import Synchronization
package import Transport

/// Sends runs' spans to a collector, on a thread of its own (`weir-export`).
///
/// The journals are its queue: it tails them, and remembers no more than how far each has been
/// sent. Whatever the collector does, no call here waits for it but `finish`, and that for as long
/// as it is told.
package final class SpanExporter: Sendable {
    private let engine: ExportEngine
    private let thread: CurlThread
    private let endpoint: String
    private let summary = Mutex<ExportSummary?>(nil)

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - settings: Where the spans go.
    ///   - state: Where runs that others left are looked for; `nil`: nowhere.
    ///   - random: Uniform in 0..<1, for the jitter of delays.
    /// - Throws: `CurlFailure` when the system has no descriptor or thread to give.
    package init(
        _ settings: ExportSettings,
        backlog state: StateFolder?,
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) throws(CurlFailure) {
        let engine = try ExportEngine(settings, backlog: state, random: random)
        self.engine = engine
        endpoint = settings.shownEndpoint
        thread = try CurlThread(name: "weir-export") { engine.turn(on: $0) }
    }

    /// How it stands, a turn ago at most.
    package var statistics: ExportStatistics { engine.published.withLock { $0 } }

    /// Follows a run of this process from its first line to its last, behind what is synced.
    package func follow(_ folder: RunFolder, _ journal: JournalWriter) {
        // Not the writer itself: its file is open for as long as it lives.
        let mark = journal.syncedMark
        follow(folder) { mark.bytes }
        let thread = thread
        journal.onSync { _ in thread.wake() }
    }

    /// Follows a run up to the byte that `watermark` gives, asked anew in each turn.
    package func follow(_ folder: RunFolder, before watermark: @escaping @Sendable () -> Int) {
        engine.mail.withLock { $0.runs.append((folder, watermark)) }
        thread.wake()
    }

    /// Follows a run no further: it was interrupted, and whoever takes it up sends the rest.
    package func leave(_ run: RunID) {
        engine.mail.withLock { mail in
            mail.runs.removeAll { $0.0.id == run }
            mail.left.append(run)
        }
        thread.wake()
    }

    /// More of a followed journal is synced.
    package func noteSynced() {
        thread.wake()
    }

    /// Lets the last spans go out while the caller still has something else to do.
    package func beginFinish(_ ending: ExportEnding = .atExit) {
        engine.mail.withLock { $0.ending = ending }
        thread.wake()
    }

    /// Sends what can be sent within `limit`, then ends the thread; says how it stands.
    ///
    /// At an exit it returns as soon as this process's runs are settled, or the collector has
    /// refused: what is left goes out with the next start.
    @discardableResult
    package func finish(
        _ ending: ExportEnding = .atExit,
        within limit: Duration = .seconds(2)
    ) -> ExportSummary {
        if let summary = summary.withLock({ $0 }) { return summary }
        beginFinish(ending)
        _ = engine.finished.wait(atMost: limit)
        // A thread that does not end holds the engine: only what it has published can be told.
        let hasEnded = thread.shutDown(within: .zero)
        var last = hasEnded ? engine.core.withLock { $0.close() } : statistics
        // A run that the thread never got to look at.
        if engine.mail.withLock({ !$0.runs.isEmpty }) { last.isDrained = false }
        let made = ExportSummary(last, endpoint: endpoint)
        summary.withLock { $0 = made }
        return made
    }
}

/// What the exporter's thread and its callers share.
private final class ExportEngine: Sendable {
    struct Mail {
        var runs: [(RunFolder, @Sendable () -> Int)] = []
        var left: [RunID] = []
        var ending: ExportEnding?
    }

    /// Used by the thread alone while it lives.
    let core: Mutex<ExportCore>
    /// Held for an instant only, whoever holds it.
    let mail = Mutex(Mail())
    let published = Mutex(ExportStatistics())
    let finished: EventDescriptor

    init(
        _ settings: ExportSettings,
        backlog state: StateFolder?,
        random: @escaping @Sendable () -> Double
    ) throws(CurlFailure) {
        guard let finished = EventDescriptor() else {
            throw CurlFailure(.other, message: "no descriptor for the exporter")
        }
        self.finished = finished
        core = Mutex(ExportCore(settings, backlog: state, at: .now, random: random))
    }

    func turn(on thread: CurlThread) -> ContinuousClock.Instant? {
        let mail = self.mail.withLock { mail in
            defer { (mail.runs, mail.left) = ([], []) }
            return mail
        }
        return core.withLock { core in
            for run in mail.left { core.reading.leave(run) }
            for (folder, watermark) in mail.runs { core.reading.follow(folder, before: watermark) }
            core.ending = mail.ending
            let next = core.turn(at: .now) { id, request in
                thread.submit(request) { result in
                    self.core.withLock { $0.take(result, for: id, at: .now) }
                }
            }
            let statistics = core.statistics
            published.withLock { $0 = statistics }
            if core.isFinished(at: .now) { finished.signal() }
            return next
        }
    }
}
