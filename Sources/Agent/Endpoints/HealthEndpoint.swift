import Journal
import Pipeline
import Synchronization
import Transport

/// `/healthz`, `/livez` and `/readyz`: answered from memory, so that they answer when nothing else
/// does (G5).
///
/// Liveness is progress: a loop that has not turned for a minute will not turn again. Readiness is
/// whether a run could begin now.
final class HealthEndpoint: Sendable {
    private let desk: AgentDesk
    /// Loops without which no run begins; those that only read or make durable; those that a
    /// collector may hold up.
    private let (began, disk, network): ([LoopPing], [LoopPing], [LoopPing])
    /// The scheduler's, once there is one.
    private let scheduled = Mutex<LoopPing?>(nil)
    private let folder: FolderProbe

    /// Beyond this a loop counts as stuck: a disk may stand still for seconds.
    static let deadAfter = Duration.seconds(60)
    private static let lateAfter = Duration.seconds(10)
    /// A run's end waits for what its steps left behind: the grace, and what a SIGKILL takes.
    private static let engineLateAfter = Duration.seconds(30)

    init(_ desk: AgentDesk) {
        self.desk = desk
        let services = desk.host.services
        began = [LoopPing("work") { desk.work.submit($0) }]
        disk = [
            LoopPing("read") { desk.reading.submit($0) },
            LoopPing("sync") { services.syncer.ping($0) },
        ]
        network =
            services.exporter.map { exporter in
                [LoopPing("export") { exporter.ping($0) }]
            } ?? []
        folder = FolderProbe(desk)
    }

    private var vital: [LoopPing] { began + [scheduled.withLock { $0 }].compactMap(\.self) }

    /// Without it no run begins by itself.
    func watch(_ scheduler: Scheduler) {
        let ping = LoopPing("schedule") { [weak scheduler] in scheduler?.ping($0) ?? false }
        scheduled.withLock { $0 = ping }
    }

    struct Check: Sendable {
        var name: String
        /// What is wrong; `nil`: nothing.
        var fault: String?
    }

    var routes: [HTTPRoute] {
        [
            HTTPRoute(.get, "/healthz") { _, _ in .now(.text("ok\n").asHealth) },
            HTTPRoute(.get, "/livez") { [self] request, _ in
                .now(HealthAnswer("livez", liveness(), request).response)
            },
            HTTPRoute(.get, "/livez/{check}") { [self] request, parameters in
                .now(HealthAnswer("livez", liveness(), request).response(of: parameters["check"]))
            },
            HTTPRoute(.get, "/readyz") { [self] request, _ in
                .now(HealthAnswer("readyz", readiness(), request).response)
            },
            HTTPRoute(.get, "/readyz/{check}") { [self] request, parameters in
                .now(HealthAnswer("readyz", readiness(), request).response(of: parameters["check"]))
            },
        ]
    }

    /// How late each loop is; of the engines the latest, while there are any.
    var lags: [(loop: String, lag: Duration)] {
        var lags = (vital + disk + network).map { (loop: $0.loop, lag: $0.lag()) }
        if let engines = engines.map(\.lag).max() { lags.append((loop: "engine", lag: engines)) }
        return lags
    }

    /// Whether runs begin and go on; a collector or a reader that stands still does not matter.
    ///
    /// A disk that stands still for a minute stops these as well.
    func liveness(after limit: Duration = deadAfter) -> [Check] {
        vital.map { check("loop-\($0.loop)", $0.lag(), after: limit) }
            + [engineCheck(after: limit)]
    }

    func readiness() -> [Check] {
        var checks = (vital + disk).map {
            check("loop-\($0.loop)", $0.lag(), after: Self.lateAfter)
        }
        checks.append(engineCheck(after: Self.engineLateAfter))
        let isDraining = desk.isDraining
        checks.append(Check(name: "drain", fault: isDraining ? "shutting down" : nil))
        checks.append(Check(name: "state", fault: folder.fault()))
        checks.append(Check(name: "journal", fault: desk.host.revival.fault))
        return checks
    }

    private func check(_ name: String, _ lag: Duration, after limit: Duration) -> Check {
        guard lag > limit else { return Check(name: name) }
        return Check(name: name, fault: "has not turned for \(lag.components.seconds) s")
    }

    private var engines: [(run: HostedRun, lag: Duration)] {
        desk.host.active.map { ($0, $0.lag) }
    }

    /// Every run has an engine of its own: the latest is named.
    private func engineCheck(after limit: Duration) -> Check {
        guard let latest = engines.max(by: { $0.lag < $1.lag }) else {
            return Check(name: "loop-engine")
        }
        var check = check("loop-engine", latest.lag, after: limit)
        if let fault = check.fault { check.fault = "of run \(latest.run.id) \(fault)" }
        return check
    }
}

/// Whether the state folder can be written, looked at by a thread that may wait for it.
private final class FolderProbe: Sendable {
    private struct State {
        var fault: String?
        var probedAt: ContinuousClock.Instant?
        var isProbing = false
    }

    private let desk: AgentDesk
    private let state = Mutex(State())
    private static let interval = Duration.seconds(5)

    init(_ desk: AgentDesk) {
        self.desk = desk
    }

    /// What the last look found; a new one is begun when that is some seconds old.
    func fault(at now: ContinuousClock.Instant = .now) -> String? {
        let (fault, isDue) = state.withLock { state in
            let age = state.probedAt.map { now - $0 } ?? .seconds(3_600)
            let isDue = age >= Self.interval && !state.isProbing
            if isDue { state.isProbing = true }
            return (state.fault, isDue)
        }
        guard isDue else { return fault }
        let isTaken = desk.work.submit { [weak self] in self?.probe() }
        if !isTaken { state.withLock { $0.isProbing = false } }
        return fault
    }

    private func probe() {
        let fault = desk.host.revival.room.fault()
        state.withLock { state in
            state.fault = fault
            state.probedAt = .now
            state.isProbing = false
        }
    }
}
