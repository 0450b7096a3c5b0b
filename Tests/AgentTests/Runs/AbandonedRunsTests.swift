import Glibc
import Journal
import Pipeline
import Telemetry
import TestSupport
import Testing

@testable import Agent

/// Runs of people whose process is gone for more than a day.
struct AbandonedRunsTests {
    let fixture = StateFixture()
    let syncer: SyncThread
    /// A lock's last touch cannot be put back by its owner, so the clock is put forward.
    private let dayLater = RunClock.wallNow + AbandonedRuns.age + .seconds(60)

    init() throws {
        syncer = try SyncThread()
    }

    private static let spec = "name: daily\nsteps: {a: {run: 'true'}, b: {needs: a, run: 'true'}}\n"

    @discardableResult
    private func make(_ suffix: UInt64, trigger: String = RunTrigger.cli) throws -> OwnedRun {
        var started = makeRunStart(1, suffix: suffix)
        started.trigger = trigger
        started.stepCount = 2
        var document = makePlanDocument()
        document.spec = Self.spec
        started.specDigest = SHA256Digest(of: Self.spec).description
        let run = try fixture.state.createRun(started, at: instant(1), plan: document)
        try run.append([
            .stepReady(step: "a", after: nil),
            .attemptStarted(AttemptRef(step: "a", number: 1)),
        ])
        return run
    }

    private func abandoned(_ state: StateFolder? = nil) -> AbandonedRuns {
        AbandonedRuns(in: state ?? fixture.state, environment: [:], syncer: syncer, exporter: nil)
    }

    private func events(_ folder: RunFolder) throws -> [RecordedEvent] {
        var events: [RecordedEvent] = []
        let report = try folder.events { event in
            if case .known(let recorded) = event { events.append(recorded) }
        }
        #expect(report.verdict == .complete)
        return events
    }

    @Test func `ends where its process died, with every span's root`() throws {
        let folder = try make(1).folder
        var runs = abandoned()
        let results = try runs.end(at: dayLater)
        #expect(results.map(\.run) == [folder.id])
        #expect(results.first?.fault == nil)
        let events = try events(folder)
        let diedAt = try #require(events.last).at
        #expect(dayLater - diedAt > AbandonedRuns.age, "not when it was found")
        #expect(
            events.dropFirst(3).map(\.event) == [
                .runStopping(.abandoned),
                .attemptFinished(
                    AttemptRef(step: "a", number: 1),
                    AttemptEnd(Outcome(.agentCrash))
                ),
                .stepFinished(step: "a", StepEnd(Outcome(.agentCrash), attempts: 1)),
                .stepFinished(
                    step: "b",
                    StepEnd(Outcome(.dependency), attempts: 0, because: "a")
                ),
                .runFinished(
                    RunEnd(
                        Outcome(.agentCrash),
                        message: "its process was gone, and nobody took the run up again"
                    )
                ),
            ]
        )
        let spans = SpanFold.spans(of: events)
        let ids = Set(spans.map(\.spanID))
        #expect(spans.count == 4)
        #expect(spans.count { $0.parentID == nil } == 1)
        #expect(spans.allSatisfy { span in span.parentID.map(ids.contains) ?? true })
        let report = try #require(fixture.directory.read("state/runs/\(folder.id)/report.json"))
        #expect(report.contains(#""reason":"agent_crash""#))
        #expect(throws: StateError.self) { try folder.takeUp { _ in } }
    }

    @Test func `what it left running is ended first`() throws {
        let folder = try make(1).folder
        let left = Subprocess(
            ["/bin/sleep", "600"],
            environment: ["WEIR_RUN_ID": folder.id.description]
        )
        while (try? String(contentsOf: left.pid))?.contains("WEIR_RUN_ID") != true {}
        var runs = abandoned()
        #expect(try runs.end(at: dayLater).count == 1)
        // Ended, and reaped as a stray child of ours.
        #expect(kill(left.pid, 0) == -1 && errno == ESRCH)
    }

    @Test func `a day is waited for, from the last sign of life`() throws {
        let folder = try make(1).folder
        var runs = abandoned()
        #expect(try runs.end(at: RunClock.wallNow + (AbandonedRuns.age - .seconds(60))).isEmpty)
        #expect(try folder.summary().state == .interrupted)
        #expect(try runs.end(at: dayLater).map(\.run) == [folder.id], "and looked at again")
    }

    @Test func `agents' own, finished ones and those that somebody runs are left alone`() throws {
        try make(1, trigger: RunTrigger.api)
        try make(2).append([.runFinished(RunEnd(Outcome(.cancel)))], from: 4)
        var running: OwnedRun? = try make(3)
        var runs = abandoned()
        #expect(try runs.end(at: dayLater).isEmpty)
        let id = try #require(running?.folder.id)
        running = nil
        #expect(try runs.end(at: dayLater).map(\.run) == [id])
    }

    @Test func `what cannot be ended is said, and not tried again every hour`() throws {
        let folder = try make(1).folder
        unlink(folder.planPath)
        var runs = abandoned()
        let results = try runs.end(at: dayLater)
        #expect(results.map(\.run) == [folder.id])
        #expect(results.first?.fault?.contains("plan.json") == true)
        #expect(try runs.end(at: dayLater).isEmpty)
        #expect(try folder.summary().state == .interrupted)
    }

    @Test func `what has ended is not read again`() throws {
        try make(1).append([.runFinished(RunEnd(Outcome(.cancel)))], from: 4)
        try make(2)
        let storage = CrashingStorage()
        var runs = abandoned(fixture.through(storage))
        #expect(try runs.end(at: dayLater).count == 1)
        let before = storage.operations.count
        #expect(try runs.end(at: dayLater + .seconds(3_600)).isEmpty)
        #expect(storage.operations.count == before)
    }
}

extension String {
    /// What a process was given as its environment.
    fileprivate init(contentsOf pid: Int32) throws {
        guard let file = fopen("/proc/\(pid)/environ", "r") else {
            throw TestSupportError("no process \(pid)")
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = fread(&bytes, 1, bytes.count, file)
        self = String(decoding: bytes[..<count], as: UTF8.self)
    }
}
