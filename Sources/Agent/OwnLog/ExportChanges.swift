import Pipeline
import Synchronization
import Telemetry

/// What a person should know of the export, whenever that changes.
struct ExportChanges: Sendable {
    private var problem: String?
    private var isParked = false
    private var rejected = 0

    /// Compares with the last look.
    ///
    /// - Parameters:
    ///   - statistics: As they stand.
    ///   - now: The time.
    /// - Returns: What is to be told, and whether spans still wait.
    mutating func look(
        at statistics: ExportStatistics,
        _ now: Timestamp
    ) -> (records: [LogRecord], isUnsettled: Bool) {
        var records: [LogRecord] = []
        let new = statistics.problem.map(String.init(describing:))
        let queued = statistics.own.queued + statistics.backlog.queued
        if let new, new != problem || statistics.isParked != isParked {
            let words = statistics.isParked ? "export is parked" : "collector does not take spans"
            records.append(
                LogRecord(.warn, words, at: now).with("error", new).with("queued", queued)
            )
        } else if new == nil, problem != nil {
            let accepted = statistics.own.accepted + statistics.backlog.accepted
            records.append(
                LogRecord(.info, "collector is back", at: now).with("accepted", accepted)
            )
        }
        let refused = statistics.own.rejected + statistics.backlog.rejected
        if refused > rejected {
            records.append(
                LogRecord(.error, "collector refused spans for good", at: now)
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
        let changes = Mutex(ExportChanges())
        let box = Box(changes)
        watchExport { [weak exporter] in
            guard let statistics = exporter?.statistics else { return ([], false) }
            return box.changes.withLock { $0.look(at: statistics, RunClock.wallNow) }
        }
    }

    private final class Box: Sendable {
        let changes: Mutex<ExportChanges>

        init(_ changes: consuming Mutex<ExportChanges>) {
            self.changes = changes
        }
    }
}
