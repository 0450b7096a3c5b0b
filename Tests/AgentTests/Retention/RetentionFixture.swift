import Glibc
import Journal
import Pipeline
import Telemetry
import TestSupport

@testable import Agent

/// A state folder with runs of people and of agents, and what agents count there.
struct RetentionFixture {
    let fixture = StateFixture(in: "/dev/shm")
    private let memory = TemporaryDirectory(in: "/dev/shm")
    var state: StateFolder { fixture.state }
    /// A minute after the last run.
    let now = instant(10_060)

    static let none = RetentionLimits(runs: 0, age: .seconds(1_000_000_000), bytes: .max)
    static let all = RetentionLimits(runs: 1_000_000, age: .seconds(1_000_000_000), bytes: .max)

    /// A run that has begun and, unless said otherwise, ended at `second`; nobody runs it.
    @discardableResult
    func make(
        _ second: Int64,
        trigger: String = RunTrigger.cli,
        isExported: Bool = false,
        endsAt end: Int64?? = .none,
        change: (inout RunStarted) -> Void = { _ in }
    ) throws -> RunFolder {
        var started = makeRunStart(second, suffix: UInt64(second) << 8, isExported: isExported)
        started.trigger = trigger
        change(&started)
        let owned = try state.createRun(started, at: instant(second), plan: makePlanDocument())
        let end: Int64? = end ?? second
        if let end { try owned.append([.runFinished(RunEnd(.success))], at: end) }
        if end != nil { try owned.folder.writeReport(Array("{}".utf8)) }
        return owned.folder
    }

    /// What a step left for others, with a file in it; its path below the state folder.
    @discardableResult
    func leaveOutputs(of run: RunFolder, step: String = "a") throws -> String {
        let first = try run.firstEvent()
        let name = StepOutputs.folderName(of: run.id, startedAt: first.at)
        let path = "outputs/daily/\(step)/\(name)"
        var folder = state.path
        for part in path.split(separator: "/") {
            folder += "/\(part)"
            mkdir(folder, 0o700)
        }
        fixture.directory.write("state/\(path)/result", "done")
        return path
    }

    func exists(_ path: String) -> Bool { access(state.path + "/" + path, F_OK) == 0 }

    /// Names in `runs/`.
    func names() throws -> [String] { try entries(of: state.runsPath).sorted() }

    func collect(
        _ limits: RetentionLimits = RetentionFixture.none,
        in state: StateFolder? = nil,
        atMost most: Int = .max,
        isDry: Bool = false
    ) throws -> RetentionReport {
        try RunCollector(in: state ?? self.state)
            .collect(limits, at: now, atMost: most, isDry: isDry)
    }

    /// An agent that has just started; runs that ended successfully, as it shows them.
    func startAgent() throws -> AgentMetrics {
        let work = try WorkThread("weir-work")
        defer { work.stop() }
        let token = try AgentToken(in: state)
        let shown = ShownTotals(of: token, ["XDG_RUNTIME_DIR": memory.path])
        let metrics = AgentMetrics(in: state, work: work, shown: shown)
        try metrics.absorb()
        return metrics
    }

    func successes(_ metrics: AgentMetrics) -> UInt64 {
        metrics.registry.counter(MetricCatalog.runsTotal, ["daily", "success"]).value
    }
}
