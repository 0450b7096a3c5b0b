import Pipeline
import Synchronization
import Telemetry

/// What a person should know of the export of one signal, whenever that changes.
struct ExportChanges: Sendable {
    private var problem: String?
    private var isParked = false
    private var rejected = 0
    private let signal: OTLPSignal

    init(of signal: OTLPSignal) {
        self.signal = signal
    }

    /// Compares with the last look.
    ///
    /// - Parameters:
    ///   - statistics: As they stand.
    ///   - now: The time.
    /// - Returns: What is to be told, and whether something still waits.
    mutating func look(
        at statistics: ExportStatistics,
        _ now: Timestamp
    ) -> (records: [LogRecord], isUnsettled: Bool) {
        var records: [LogRecord] = []
        let new = statistics.problem.map(String.init(describing:))
        let queued = statistics.own.queued + statistics.backlog.queued
        if let new, new != problem || statistics.isParked != isParked {
            let words =
                statistics.isParked ? "export is parked" : "collector does not take \(signal.items)"
            records.append(
                LogRecord(.warn, words, at: now).with("signal", signal.rawValue)
                    .with("error", new).with("queued", queued)
            )
        } else if new == nil, problem != nil {
            let accepted = statistics.own.accepted + statistics.backlog.accepted
            records.append(
                LogRecord(.info, "collector is back", at: now)
                    .with("signal", signal.rawValue).with("accepted", accepted)
            )
        }
        let refused = statistics.own.rejected + statistics.backlog.rejected
        if refused > rejected {
            records.append(
                LogRecord(.error, "collector refused \(signal.items) for good", at: now)
                    .with("signal", signal.rawValue)
                    .with("count", refused - rejected)
            )
        }
        (problem, isParked, rejected) = (new, statistics.isParked, refused)
        return (records, new != nil || queued > 0)
    }
}

extension AgentLog {
    /// Has the export of these services looked after.
    func watch(_ services: RunServices) {
        guard let exporter = services.exporter else { return }
        let box = Box(exporter.signals.sorted { $0.rawValue < $1.rawValue })
        watchExport { [weak exporter] in
            guard let statistics = exporter?.statistics else { return ([], false) }
            return box.look(at: statistics, RunClock.wallNow)
        }
    }

    private final class Box: Sendable {
        private let lanes: Mutex<[(signal: OTLPSignal, changes: ExportChanges)]>

        init(_ signals: [OTLPSignal]) {
            lanes = Mutex(signals.map { ($0, ExportChanges(of: $0)) })
        }

        func look(
            at statistics: [OTLPSignal: ExportStatistics],
            _ now: Timestamp
        ) -> (records: [LogRecord], isUnsettled: Bool) {
            lanes.withLock { lanes in
                var all: (records: [LogRecord], isUnsettled: Bool) = ([], false)
                for index in lanes.indices {
                    guard let lane = statistics[lanes[index].signal] else { continue }
                    let (records, isUnsettled) = lanes[index].changes.look(at: lane, now)
                    all = (all.records + records, all.isUnsettled || isUnsettled)
                }
                return all
            }
        }
    }
}
