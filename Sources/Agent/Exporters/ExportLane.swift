import Telemetry
import Transport

/// The work for one signal, one turn at a time: read, fold, batch, send, settle, move cursors.
///
/// It holds four batches and nothing else: while those are out, nothing more is read. Time,
/// requests and randomness come from outside; it is used by one thread at a time.
struct ExportLane {
    let signal: OTLPSignal
    let settings: ExportSettings
    var ending: ExportEnding?
    var statistics = ExportStatistics()
    var outbox = ExportOutbox()
    var reading: ExportReading
    private var gate: ExportGate
    /// Uniform in 0..<1.
    private let random: @Sendable () -> Double

    init(
        _ signal: OTLPSignal,
        _ settings: ExportSettings,
        backlog: ExportBacklog?,
        random: @escaping @Sendable () -> Double
    ) {
        self.signal = signal
        self.settings = settings
        self.random = random
        gate = ExportGate(delays: settings.delays)
        reading = ExportReading(
            backlog: backlog,
            linger: settings.linger,
            batchSpans: settings.batchSpans
        )
    }

    /// Takes the answer to a request.
    mutating func take(_ result: CurlResult, for id: Int, at now: ContinuousClock.Instant) {
        statistics.count(result)
        let verdict = ExportVerdict(result, for: signal, outbox.encoding(of: id))
        let settled = outbox.settle(id, verdict)
        statistics.count(settled)
        switch verdict {
        case .accepted:
            gate.noteAnswer(at: now)
            statistics.problem = nil
        case .halve(let problem):
            gate.noteAnswer(at: now)
            statistics.problem = problem
        case .retry(let problem, let wait):
            gate.noteRefusal(at: now, wait: wait, random: random())
            statistics.problem = problem
        case .park(let problem):
            gate.park(at: now)
            statistics.problem = problem
        case .abandoned:
            statistics.problem = statistics.problem ?? .unanswered
        }
    }

    /// Does what can be done now; `submit` sends a request for the parcel of that number.
    ///
    /// - Parameters:
    ///   - now: The time.
    ///   - submit: Sends a request for the parcel of that number; false when it cannot.
    /// - Returns: When the next turn is due, if nothing happens before.
    mutating func turn(
        at now: ContinuousClock.Instant,
        submit: (Int, CurlRequest) -> Bool
    ) -> ContinuousClock.Instant? {
        moveCursors()
        reading.releaseTails(besides: outbox)
        let readOn = reading.fill(&outbox, &statistics, ending: ending, at: now)
        // A parcel without spans is settled already.
        moveCursors()
        reading.releaseTails(besides: outbox)
        let sendOn = dispatch(at: now, submit: submit)
        updateStatistics()
        if outbox.hasRoom, reading.canGoOn(ending: ending, at: now) { return now }
        return [readOn, sendOn].compactMap { $0 }.min()
    }

    /// Whether an ending exporter has nothing left to wait for.
    func isFinished(at now: ContinuousClock.Instant) -> Bool {
        guard let ending, outbox.inFlight == 0 else { return false }
        if isDrained(for: ending) { return true }
        guard case .closed = gate.passage(at: now) else { return false }
        switch ending {
        // Nobody waits at an exit for a collector that has just refused.
        case .atExit: return true
        case .onRequest: return gate.isParked
        case .everything: return false
        }
    }

    /// Lets go of files and locks; says how it stands for the last time.
    mutating func close() {
        updateStatistics()
        reading.close()
    }

    // MARK: - Sending

    private mutating func dispatch(
        at now: ContinuousClock.Instant,
        submit: (Int, CurlRequest) -> Bool
    ) -> ContinuousClock.Instant? {
        if ending == .atExit && isDrained(for: .atExit) { return nil }
        let passage = gate.passage(at: now)
        if case .closed(let until) = passage { return until }
        while let (id, piece) = outbox.next(onlyOldest: passage == .probe) {
            guard submit(id, settings.request(piece)) else {
                outbox.putBack(id)
                // The thread is ending, or full of other requests: look again.
                return now + .seconds(1)
            }
        }
        return nil
    }

    private mutating func moveCursors() {
        for mark in outbox.takeSettled() {
            do throws(StateError) {
                try mark.source.settle(mark.cursor)
                if mark.cursor.isDone { reading.forget(mark.source.key) }
            } catch {
                // Some spans may go out a second time, the same to the byte.
                statistics.problem = .storage(error.description)
            }
        }
    }

    private func isDrained(for ending: ExportEnding) -> Bool {
        switch ending {
        case .atExit: reading.isExhausted(isBacklog: false) && !outbox.holds(isBacklog: false)
        case .everything, .onRequest: reading.isExhausted && outbox.isEmpty
        }
    }

    private mutating func updateStatistics() {
        statistics.own.queued = outbox.itemCount(isBacklog: false)
        statistics.own.queued += reading.itemCount(isBacklog: false)
        statistics.backlog.queued = outbox.itemCount(isBacklog: true)
        statistics.backlog.queued += reading.itemCount(isBacklog: true)
        statistics.oldestQueued = outbox.oldest ?? reading.oldest
        statistics.isParked = gate.isParked
        statistics.isBacklogElsewhere = reading.isBacklogElsewhere
        statistics.isDrained =
            isDrained(for: .atExit) && reading.stuck == nil && !reading.isOwnElsewhere
        statistics.isBacklogDrained = isDrained(for: .everything) && !reading.isBacklogElsewhere
        if statistics.problem == .elsewhere { statistics.problem = nil }
        if reading.isOwnElsewhere { statistics.problem = statistics.problem ?? .elsewhere }
        if let stuck = reading.stuck { statistics.problem = stuck }
    }
}
