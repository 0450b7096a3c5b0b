import Pipeline
import Synchronization
import Telemetry

/// A run's part in receiving: at the receiver that runs share, or at one of its own.
///
/// Closed when the run has ended, and by its end at the latest.
final class SessionReception {
    /// `nil`: the run is not exported, so nothing is received.
    let run: RunReception?
    private let own: Receiver?
    /// Sends what steps print; `nil`: nobody asked for that.
    let lines: OutputLogs?
    /// Shared with the exporter, which may outlive this.
    private let standing = Standing()

    private final class Standing: Sendable {
        /// The run has ended for good: no resume brings more.
        let isOver = Atomic(false)
        let followed = Mutex<Set<OTLPSignal>>([])
    }

    /// Whose children are whose, where runs share the process.
    let registry: ChildRegistry?

    /// - Parameters:
    ///   - setting: Whether this process exports, and what.
    ///   - services: What is shared with other runs.
    ///   - folder: The run's, whose lock this process has.
    ///   - stored: Its steps and its secrets.
    ///   - started: Whether the run is exported.
    /// - Throws: When the system has no port, descriptor or thread to give.
    init(
        _ setting: RunSetting,
        _ services: RunServices?,
        _ folder: RunFolder,
        _ stored: StoredPlan,
        _ started: RunStarted
    ) throws {
        registry = services?.children
        // What is sampled out is spans: metrics and logs of children are nobody's but theirs.
        guard started.isExported || !started.trace.isSampled else {
            (run, own, lines) = (nil, nil, nil)
            return
        }
        own = services == nil ? try setting.makeReceiver() : nil
        let mask = SecretMask(values: Array(stored.secrets.values))
        run = (services?.receiver ?? own)?.open(folder, stored.plan, mask: mask)
        let sendsOutput = setting.sendsOutput && setting.telemetry.exports[.logs] != nil
        do {
            lines = try sendsOutput ? run.map { try OutputLogs($0, started) } : nil
        } catch {
            // Nobody else will: what throws here has no end of its own.
            run?.close()
            own?.stop()
            throw error
        }
    }

    deinit {
        close()
    }

    /// What attempts are told.
    var children: ChildTelemetry? { run?.children }

    /// Has what comes sent on, from each signal's first body on.
    func follow(by exporter: TelemetryExporter?) {
        guard let run, let exporter else { return }
        let listener: @Sendable () -> Void = { [standing, weak run] in
            guard let run else { return }
            for signal in exporter.signals where run.synced(signal) > 0 {
                let isNew = standing.followed.withLock { $0.insert(signal).inserted }
                guard isNew else { continue }
                exporter.follow(
                    ExportSource(
                        run.folder,
                        .received(signal),
                        before: { run.synced(signal) },
                        isOver: { standing.isOver.load(ordering: .acquiring) && run.isClosed }
                    )
                )
            }
            exporter.noteSynced()
        }
        run.onSync(listener)
        // What a crash left may have been durable before anybody listened.
        listener()
    }

    /// Takes nothing more; what was taken is durable then.
    ///
    /// - Parameter isOver: The run has ended: nobody will take it up again.
    func close(isOver: Bool = false) {
        if isOver { standing.isOver.store(true, ordering: .releasing) }
        lines?.close()
        run?.close()
        own?.stop()
    }
}

extension RunSetting {
    /// Takes what children send; `nil` where nothing is exported.
    package func makeReceiver() throws -> Receiver? {
        let signals = Set(telemetry.exports.keys)
        return signals.isEmpty ? nil : try Receiver(signals: signals)
    }
}
