import Agent
import Glibc
import Journal
import Pipeline
import Synchronization
import Telemetry
import TestSupport
import Testing
import Transport

/// Many runs in one process: what one leaves behind is not another's.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct RunHostIntegrationTests {
    let folder = TemporaryDirectory()
    let state: StateFolder
    let host: RunHost
    private let milestones: [Milestones]

    init() throws {
        state = StateFolder(path: folder.path + "/state")
        try state.prepare()
        let environment = ["PATH": "/usr/bin:/bin", "OTEL_TRACES_EXPORTER": "none"]
        let setting = RunSetting(
            environment: environment,
            telemetry: OTelConfiguration(environment: environment),
            resource: []
        )
        let milestones = try (0..<2).map { _ in try Milestones() }
        self.milestones = milestones
        host = try RunHost(setting, in: state, children: ChildRegistry(sweeps: false)) { id in
            // The low half of an id is what the test drew: 7 and 8 are watched.
            id.low >= 7 && id.low <= 8 ? [milestones[Int(id.low - 7)]] : []
        }
    }

    private func new(_ spec: String, random: UInt64) throws -> NewRun {
        let reading = PipelineReader.read(Array(spec.utf8), file: "p.yaml")
        let plan = try #require(reading.plan, "\(reading.rendered)")
        return NewRun(
            id: RunID(startedAt: RunClock.wallNow, random: (1, random)),
            plan: plan,
            document: PlanDocument(
                pipeline: plan.name,
                file: "p.yaml",
                directory: folder.path,
                spec: spec,
                specDigest: SHA256Digest(of: Array(spec.utf8)).description,
                trigger: "api",
                outputs: state.outputsPath
            ),
            params: [],
            secrets: [:],
            scheduledAt: RunClock.wallNow
        )
    }

    @Test func `without its state folder nothing is begun, and no other one is made`() throws {
        let spec = "name: p\nsteps: {a: {run: 'true'}}"
        let place = folder.path + "/elsewhere"
        try #require(rename(state.path, place) == 0)
        let error = #expect(throws: RunHostUnready.self) {
            try host.start(new(spec, random: 1))
        }
        #expect(error?.why.contains("No such file or directory; put it back") == true)
        #expect(access(state.path, F_OK) != 0)
        try #require(rename(place, state.path) == 0)
        let run = try host.start(new(spec, random: 1))
        #expect(host.stop() == nil)
        #expect(try run.outcome?.get() == RunEnd(.success))
        #expect(access(run.folder.reservePath, F_OK) != 0, "a run that has ended holds nothing")
    }

    @Test func `runs go on beside each other and are remembered one by one`() throws {
        // Each waits for the others' mark: none would end if they ran one after the other.
        let spec = """
            name: meet
            steps:
              mark: {run: 'touch "$WEIR_RUN_ID.here"'}
              meet:
                needs: mark
                timeout: 30s
                run: 'until [ "$(ls *.here | wc -l)" = 3 ]; do sleep 0.01; done; echo met'
            """
        let runs = try (1...3).map { try host.start(new(spec, random: $0)) }
        #expect(host.stop() == nil)
        for run in runs {
            #expect(try run.outcome?.get() == RunEnd(.success))
            #expect(run.snapshot.counts.ok == 2)
            var last: RunEvent?
            let report = try run.folder.events { event in
                if case .known(let recorded) = event { last = recorded.event }
            }
            #expect(report.verdict == .complete)
            #expect(last == .runFinished(RunEnd(.success)))
            #expect(access(run.folder.reportPath, F_OK) == 0)
        }
        #expect(host.active.isEmpty)
    }

    @Test func `what escaped one run ends with it, and another's goes on`() throws {
        let spec = """
            name: daemon
            steps:
              leave:
                run: |
                  setsid sh -c 'echo $$ > "$0.pid"; exec sleep 60' "$WEIR_RUN_ID" &
                  until [ -s "$WEIR_RUN_ID.pid" ]; do sleep 0.01; done
              stay:
                needs: leave
                run: 'until [ -e go ]; do sleep 0.01; done'
            """
        let short = spec.replacing("until [ -e go ]; do sleep 0.01; done", with: "true")
        let long = try host.start(new(spec, random: 7))
        let ended = try host.start(new(short, random: 8))
        try #require(milestones[0].stepEnded.wait(atMost: .seconds(30)))
        try #require(milestones[1].closed.wait(atMost: .seconds(30)))
        #expect(!isAlive(try pid(of: ended)))
        #expect(isAlive(try pid(of: long)))
        try #require(creat(folder.path + "/go", 0o600) >= 0)
        #expect(host.stop() == nil)
        #expect(!isAlive(try pid(of: long)))
        #expect(try long.outcome?.get() == RunEnd(.success))
    }

    @Test func `nothing is started once the host is stopped`() throws {
        _ = host.stop()
        #expect(throws: RunHostClosed.self) {
            try host.start(new("name: a\nsteps: {a: {run: 'true'}}\n", random: 1))
        }
        #expect(try state.runIDs().isEmpty)
    }

    /// What a killed agent leaves: a run that began, and nobody who runs it.
    private func leaveBehind(_ run: NewRun, trigger: String) throws {
        var start = makeStart(run: run.id)
        start.pipeline = run.plan.name
        start.stepCount = run.plan.steps.count
        start.specDigest = run.document.specDigest
        start.trigger = trigger
        _ = try state.createRun(start, at: RunClock.wallNow, plan: run.document)
    }

    @Test func `an agent takes up what an agent began, and leaves people theirs`() throws {
        let spec = "name: left\nsteps: {a: {run: 'echo done'}}\n"
        let mine = try new(spec, random: 1)
        let theirs = try new(spec, random: 2)
        try leaveBehind(mine, trigger: RunTrigger.api)
        try leaveBehind(theirs, trigger: RunTrigger.cli)
        var damaged = try new(spec, random: 3)
        damaged.document.spec += "# changed"
        try leaveBehind(damaged, trigger: RunTrigger.api)

        let (resumed, faults) = try host.resumeInterrupted()
        #expect(resumed.map(\.id) == [mine.id])
        #expect(faults.map(\.run) == [damaged.id])
        #expect(faults.first?.why.contains("plan.json") == true)
        _ = host.stop()
        #expect(try resumed[0].outcome?.get() == RunEnd(.success))
        #expect(resumed[0].snapshot.recoveries == 1)
        #expect(try state.run(theirs.id).summary().state == .interrupted)
    }

    @Test func `more runs than fit are refused, and leave nothing behind`() throws {
        let spec = "name: long\nsteps: {a: {run: 'sleep 60'}}\n"
        for number in 100..<164 { try host.start(new(spec, random: UInt64(number))) }
        #expect(throws: RunHostFull.self) { try host.start(new(spec, random: 200)) }
        #expect(try state.runIDs().count == 64)
        host.cancelAll(by: "test", isForced: true)
        _ = host.stop()
        #expect(host.active.isEmpty)
    }

    @Test func `all runs can be asked to end`() throws {
        let spec = "name: long\nsteps: {a: {run: 'sleep 60'}}\n"
        let runs = try (1...3).map { try host.start(new(spec, random: $0)) }
        host.cancelAll(by: "test", isForced: false)
        _ = host.stop()
        for run in runs { #expect(try run.outcome?.get().outcome == Outcome(.cancel)) }
    }

    private func pid(of run: HostedRun) throws -> Int32 {
        let text = try #require(folder.read("\(run.id).pid"))
        return try #require(Int32(text.filter(\.isNumber)))
    }

    private func isAlive(_ pid: Int32) -> Bool {
        guard kill(pid, 0) == 0 else { return false }
        let stat = readText("/proc/\(pid)/stat")
        return stat.split(separator: ")").last?.hasPrefix(" Z") == false
    }

    private func readText(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = fread(&buffer, 1, buffer.count, file)
        return String(decoding: buffer[..<count], as: UTF8.self)
    }
}

/// Tells when a run's first step has ended, and when nothing follows.
private final class Milestones: RunListener {
    let stepEnded: EventDescriptor
    let closed: EventDescriptor

    init() throws {
        stepEnded = try #require(EventDescriptor())
        closed = try #require(EventDescriptor())
    }

    func offer(_ events: [RecordedEvent]) {
        for event in events {
            if case .stepFinished = event.event { stepEnded.signal() }
        }
    }

    func offer(_ attempt: AttemptRef, lastLine: String) {}
    func offer(notice: String) {}
    func close() { closed.signal() }
}
