import Pipeline
import Telemetry
import Transport

/// How long an ending exporter goes on.
package enum ExportEnding: Hashable, Sendable {
    /// For this process's own runs, and only while the collector takes what it is given.
    case atExit
    /// For all runs, delays that the collector asked for included.
    case everything
    /// For all runs, as somebody asked for who waits: what repetition does not heal ends it.
    case onRequest
}

/// The exporter's lanes, one for each signal that has somewhere to go, and what they share.
///
/// No lane waits for another: a collector that takes traces and no logs gets the traces.
struct ExportCore {
    private(set) var lanes: [ExportLane]

    /// What a request was for.
    struct Ticket: Hashable, Sendable {
        var signal: OTLPSignal
        var id: Int
    }

    init(
        _ settings: [OTLPSignal: ExportSettings],
        backlog state: StateFolder?,
        at now: ContinuousClock.Instant,
        random: @escaping @Sendable () -> Double
    ) {
        let lock = BacklogLock()
        lanes = OTLPSignal.allCases.compactMap { signal in
            guard let settings = settings[signal] else { return nil }
            let backlog = state.map { state in
                ExportBacklog(state, of: signal, lock, at: now, interval: settings.backlogInterval)
            }
            return ExportLane(signal, settings, backlog: backlog, random: random)
        }
    }

    var ending: ExportEnding? {
        didSet { for index in lanes.indices { lanes[index].ending = ending } }
    }

    /// Follows a stream in the lane it belongs to; without one it is not sent.
    mutating func follow(_ source: ExportSource) {
        withLane(source.stream.signal) { $0.reading.follow(source) }
    }

    mutating func leave(_ run: RunID) {
        for index in lanes.indices { lanes[index].reading.leave(run) }
    }

    /// Takes the answer to a request.
    mutating func take(_ result: CurlResult, for ticket: Ticket, at now: ContinuousClock.Instant) {
        withLane(ticket.signal) { $0.take(result, for: ticket.id, at: now) }
    }

    /// Does what can be done now in every lane.
    ///
    /// - Returns: When the next turn is due, if nothing happens before.
    mutating func turn(
        at now: ContinuousClock.Instant,
        submit: (Ticket, CurlRequest) -> Bool
    ) -> ContinuousClock.Instant? {
        var next: [ContinuousClock.Instant] = []
        for index in lanes.indices {
            let signal = lanes[index].signal
            let due = lanes[index].turn(at: now) { id, request in
                submit(Ticket(signal: signal, id: id), request)
            }
            if let due { next.append(due) }
        }
        return next.min()
    }

    /// Whether an ending exporter has nothing left to wait for.
    func isFinished(at now: ContinuousClock.Instant) -> Bool {
        lanes.allSatisfy { $0.isFinished(at: now) }
    }

    var statistics: [OTLPSignal: ExportStatistics] {
        Dictionary(uniqueKeysWithValues: lanes.map { ($0.signal, $0.statistics) })
    }

    /// Lets go of files and locks, and says how it stands.
    mutating func close() -> [OTLPSignal: ExportStatistics] {
        for index in lanes.indices { lanes[index].close() }
        return statistics
    }

    private mutating func withLane(_ signal: OTLPSignal, _ body: (inout ExportLane) -> Void) {
        guard let index = lanes.firstIndex(where: { $0.signal == signal }) else { return }
        body(&lanes[index])
    }
}
