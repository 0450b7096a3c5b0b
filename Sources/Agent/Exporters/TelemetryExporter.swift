package import Journal
package import Pipeline
import Synchronization
package import Telemetry
package import Transport

/// Sends what runs and their children have to tell to collectors, on a thread of its own
/// (`weir-export`).
///
/// The runs' files are its queue: it tails them, and remembers no more than how far each has been
/// sent. Whatever a collector does, no call here waits for it but `finish`, and that for as long
/// as it is told.
package final class TelemetryExporter: Sendable {
    /// The signals that have somewhere to go.
    package let signals: Set<OTLPSignal>
    private let engine: ExportEngine
    private let thread: CurlThread
    private let endpoints: [OTLPSignal: String]
    private let summary = Mutex<ExportSummary?>(nil)

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - settings: Where each signal goes.
    ///   - state: Where runs that others left are looked for; `nil`: nowhere.
    ///   - random: Uniform in 0..<1, for the jitter of delays.
    /// - Throws: `CurlFailure` when the system has no descriptor or thread to give.
    package init(
        _ settings: [OTLPSignal: ExportSettings],
        backlog state: StateFolder?,
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) throws(CurlFailure) {
        let engine = try ExportEngine(settings, backlog: state, random: random)
        self.engine = engine
        signals = Set(settings.keys)
        endpoints = settings.mapValues(\.shownEndpoint)
        thread = try CurlThread(
            name: "weir-export",
            liveTransfers: settings.count * ExportOutbox.capacity
        ) { engine.turn(on: $0) }
    }

    /// How each signal stands, a turn ago at most.
    package var statistics: [OTLPSignal: ExportStatistics] { engine.published.withLock { $0 } }

    /// Follows a run of this process from its first line to its last, behind what is synced.
    package func follow(_ folder: RunFolder, _ journal: JournalWriter) {
        // Not the writer itself: its file is open for as long as it lives.
        let mark = journal.syncedMark
        follow(ExportSource(folder, .spans, before: { mark.bytes }))
        let thread = thread
        journal.onSync { _ in thread.wake() }
    }

    /// Follows a stream up to the byte that its watermark gives, asked anew in each turn.
    package func follow(_ source: ExportSource) {
        engine.mail.withLock { $0.sources.append(source) }
        thread.wake()
    }

    /// Follows a run no further: it was interrupted, and whoever takes it up sends the rest.
    package func leave(_ run: RunID) {
        engine.mail.withLock { mail in
            mail.sources.removeAll { $0.key.run == run }
            mail.left.append(run)
        }
        thread.wake()
    }

    /// More of a followed journal is synced.
    package func noteSynced() {
        thread.wake()
    }

    /// Has the thread call `answer` in its next turn.
    ///
    /// - Returns: False when too many wait for that already.
    func ping(_ answer: @escaping @Sendable () -> Void) -> Bool {
        let isTaken = engine.mail.withLock { mail in
            guard mail.pings.count < 16 else { return false }
            mail.pings.append(answer)
            return true
        }
        if isTaken { thread.wake() }
        return isTaken
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
        // What the thread never got to look at.
        for source in engine.mail.withLock({ $0.sources }) {
            last[source.stream.signal]?.isDrained = false
        }
        let made = ExportSummary(last, endpoints: endpoints)
        summary.withLock { $0 = made }
        return made
    }
}

/// What the exporter's thread and its callers share.
private final class ExportEngine: Sendable {
    struct Mail {
        var sources: [ExportSource] = []
        var left: [RunID] = []
        var ending: ExportEnding?
        var pings: [@Sendable () -> Void] = []
    }

    /// Used by the thread alone while it lives.
    let core: Mutex<ExportCore>
    /// Held for an instant only, whoever holds it.
    let mail = Mutex(Mail())
    let published = Mutex<[OTLPSignal: ExportStatistics]>([:])
    let finished: EventDescriptor

    init(
        _ settings: [OTLPSignal: ExportSettings],
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
            defer { (mail.sources, mail.left, mail.pings) = ([], [], []) }
            return mail
        }
        defer { for answer in mail.pings { answer() } }
        return core.withLock { core in
            for run in mail.left { core.leave(run) }
            for source in mail.sources { core.follow(source) }
            core.ending = mail.ending
            let next = core.turn(at: .now) { ticket, request in
                thread.submit(request) { result in
                    self.core.withLock { $0.take(result, for: ticket, at: .now) }
                }
            }
            let statistics = core.statistics
            published.withLock { $0 = statistics }
            if core.isFinished(at: .now) { finished.signal() }
            return next
        }
    }
}
