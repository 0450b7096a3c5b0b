import Glibc
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
    private let pings: [LoopPing]
    private let folder: FolderProbe

    /// Beyond this a loop counts as stuck: a disk may stand still for seconds.
    private static let deadAfter = Duration.seconds(60)
    private static let lateAfter = Duration.seconds(10)

    init(_ desk: AgentDesk) {
        self.desk = desk
        pings = [
            LoopPing("work") { desk.work.submit($0) },
            LoopPing("read") { desk.reading.submit($0) },
        ]
        folder = FolderProbe(desk)
    }

    struct Check: Sendable {
        var name: String
        /// What is wrong; `nil`: nothing.
        var fault: String?
    }

    var routes: [HTTPRoute] {
        [
            HTTPRoute(.get, "/healthz") { _, _ in .now(.text("ok\n")) },
            HTTPRoute(.get, "/livez") { [self] request, _ in
                .now(answer(liveness(), request))
            },
            HTTPRoute(.get, "/readyz") { [self] request, _ in
                .now(answer(readiness(), request))
            },
        ]
    }

    /// How late each loop is.
    var lags: [(loop: String, lag: Duration)] { pings.map { ($0.loop, $0.lag()) } }

    func liveness() -> [Check] {
        pings.map { check($0, after: Self.deadAfter) }
    }

    func readiness() -> [Check] {
        var checks = pings.map { check($0, after: Self.lateAfter) }
        let isDraining = desk.isDraining
        checks.append(Check(name: "drain", fault: isDraining ? "shutting down" : nil))
        checks.append(Check(name: "state", fault: folder.fault()))
        return checks
    }

    private func check(_ ping: LoopPing, after limit: Duration) -> Check {
        let lag = ping.lag()
        let name = "loop-\(ping.loop)"
        guard lag > limit else { return Check(name: name) }
        return Check(name: name, fault: "has not turned for \(lag.components.seconds) s")
    }

    /// The form that Kubernetes' own components use: `[+]name ok`, `[-]name failed: why`.
    private func answer(_ checks: [Check], _ request: HTTPRequest) -> HTTPResponse {
        let isGood = checks.allSatisfy { $0.fault == nil }
        let isVerbose = request.target.query.contains { $0.name == "verbose" }
        guard isVerbose || !isGood else { return .text("ok\n") }
        var text = ""
        for check in checks {
            text +=
                check.fault.map { "[-]\(check.name) failed: \($0)\n" } ?? "[+]\(check.name) ok\n"
        }
        text += isGood ? "ok\n" : "failed\n"
        return .text(text, status: isGood ? 200 : 503)
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
        let path = desk.state.runsPath
        let fault =
            unsafe access(path, W_OK | X_OK) == 0 ? nil : "\(path): \(systemErrorText(errno))"
        state.withLock { state in
            state.fault = fault
            state.probedAt = .now
            state.isProbing = false
        }
    }
}
