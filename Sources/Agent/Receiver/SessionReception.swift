import Pipeline
import Telemetry

/// A run's part in receiving: at the receiver that runs share, or at one of its own.
///
/// Closed when the run has ended, and by its end at the latest.
final class SessionReception {
    /// `nil`: the run is not exported, so nothing is received.
    let run: RunReception?
    private let own: Receiver?
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
        guard started.isExported else {
            (run, own) = (nil, nil)
            return
        }
        own = services == nil ? try setting.makeReceiver() : nil
        let mask = SecretMask(values: Array(stored.secrets.values))
        run = (services?.receiver ?? own)?.open(folder, stored.plan, mask: mask)
    }

    deinit {
        close()
    }

    /// What attempts are told.
    var children: ChildTelemetry? { run?.children }

    /// Takes nothing more; what was taken is durable then.
    func close() {
        run?.close()
        own?.stop()
    }
}

extension RunSetting {
    /// Takes what children send; `nil` where nothing is exported.
    package func makeReceiver() throws -> Receiver? {
        guard telemetry.export != nil else { return nil }
        return try Receiver()
    }
}
