package import Journal
package import Pipeline
import Synchronization
import Telemetry

/// Writes what happens to one run to Weir's own log, on the engine's thread; the log itself is
/// written elsewhere.
package final class RunLogListener: RunListener {
    private let log: AgentLog
    private let fold = Mutex(RunLogFold())
    private let run: RunID
    /// What happened before is in the log of whoever ran the run then.
    private let since = RunClock.wallNow

    package init(_ log: AgentLog, of run: RunID) {
        self.log = log
        self.run = run
    }

    package func offer(_ events: [RecordedEvent]) {
        let level = log.level
        fold.withLock { fold in
            for event in events {
                guard let record = fold.record(for: event, from: level), event.at >= since else {
                    continue
                }
                log.write(record)
            }
        }
    }

    package func offer(_ attempt: AttemptRef, lastLine: String) {}

    package func offer(notice: String) {
        log.write(.warn, notice) { $0.with("run", run.description) }
    }

    package func follow(_ journal: JournalWriter) {
        journal.onSync { [log, run] outcome in
            guard case .failed(let error) = outcome else { return }
            log.write(.error, "journal cannot be synced") {
                $0.with("run", run.description).with("error", error.description)
            }
        }
    }

    package func noteAppend(_ outcome: Result<Duration, JournalError>) {
        guard case .failure(let error) = outcome else { return }
        log.write(.error, "journal cannot be written") {
            $0.with("run", run.description).with("error", error.description)
        }
    }

    package func close() {}
}
