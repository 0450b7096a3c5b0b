import Glibc
import Pipeline
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import Agent
@testable import Transport

/// The scheduler's thread, in this process.
@Suite(.timeLimit(.minutes(10)))
struct SchedulerTests {
    private let folder = TemporaryDirectory()
    private var state: StateFolder { StateFolder(path: folder.path + "/state") }

    private func makeHost(_ ended: EventDescriptor) throws -> RunHost {
        let environment = ["PATH": "/usr/bin:/bin"]
        let setting = RunSetting(
            environment: environment,
            telemetry: OTelConfiguration(environment: environment),
            resource: []
        )
        return try RunHost(
            setting,
            in: state,
            children: ChildRegistry(sweeps: false),
            onFree: { _ in ended.signal() }
        )
    }

    private func makeScheduler(
        _ host: RunHost,
        _ pipelines: PipelineFolder,
        _ registry: MetricRegistry = MetricRegistry()
    ) throws -> Scheduler {
        let ids = Mutex<UInt64>(0)
        return try Scheduler(
            host,
            in: state,
            pipelines: pipelines,
            environment: [:],
            meters: ScheduleMeters(registry),
            log: nil,
            newID: {
                let low = ids.withLock { ids in
                    ids += 1
                    return ids
                }
                return RunID(startedAt: RunClock.wallNow, random: (7, low))
            }
        )
    }

    private func offer(_ schedule: String) throws -> PipelineFolder {
        mkdir(folder.path + "/p", 0o700)
        folder.write("p/tick.yaml", "schedule: \(schedule)\nsteps: {a: {exec: [\"true\"]}}\n")
        return try PipelineFolder(folder.path + "/p")
    }

    @Test func `it sleeps until a slot is due, begins it, and ends when asked`() throws {
        try state.prepare()
        let ended = try #require(EventDescriptor())
        let host = try makeHost(ended)
        let registry = MetricRegistry()
        let scheduler = try makeScheduler(host, try offer("{every: 1s}"), registry)
        // What is due next is known before anything else happens.
        #expect(scheduler.standing.nextDue["tick"] != nil)
        try #require(ended.wait(atMost: .seconds(60)))
        let answered = try #require(EventDescriptor())
        #expect(scheduler.ping { answered.signal() })
        #expect(answered.wait(atMost: .seconds(60)))
        scheduler.stop()
        scheduler.stop()
        #expect(scheduler.ping {}, "one that has ended is not late")
        _ = host.stop()
        let runs = try state.runIDs()
        #expect(!runs.isEmpty)
        let count = registry.snapshot(of: MetricCatalog.scheduleDelay, ["tick"])?.count
        #expect(count == UInt64(runs.count))
    }

    @Test func `other definitions wake it up`() throws {
        try state.prepare()
        let ended = try #require(EventDescriptor())
        let host = try makeHost(ended)
        let scheduler = try makeScheduler(host, try offer("{every: 30d}"))
        scheduler.load(try offer("{every: 1s}"))
        #expect(ended.wait(atMost: .seconds(60)))
        scheduler.stop()
        _ = host.stop()
    }

    @Test func `a folder that changes is told once it is quiet, each by itself`() throws {
        let told = try #require(EventDescriptor())
        let counts = Mutex((one: 0, other: 0))
        mkdir(folder.path + "/one", 0o700)
        mkdir(folder.path + "/other", 0o700)
        let watch = try FolderWatch([
            (
                folder.path + "/one",
                { @Sendable in
                    counts.withLock { $0.one += 1 }
                    told.signal()
                }
            ), (folder.path + "/other", { @Sendable in counts.withLock { $0.other += 1 } }),
        ])
        for number in 0..<20 { folder.write("one/\(number)", "x") }
        #expect(told.wait(atMost: .seconds(60)))
        watch.stop()
        watch.stop()
        let found = counts.withLock { $0 }
        #expect(found.one >= 1 && found.one < 20 && found.other == 0)
        #expect(throws: SystemError.self) { try FolderWatch([("/nonexistent", { @Sendable in })]) }
    }
}
