import Agent
import Glibc
import Pipeline
import Synchronization
import Telemetry
import TestSupport
import Testing

/// Who listens to a run of an agent may still read its journal when all is told.
@Suite(.timeLimit(.minutes(10)))
struct RunHostLockIntegrationTests {
    private final class Witness: RunListener {
        let folder = Mutex<RunFolder?>(nil)
        let owner = Mutex<Int32?>(nil)

        func offer(_ events: [RecordedEvent]) {}
        func offer(_ attempt: AttemptRef, lastLine: String) {}
        func offer(notice: String) {}

        func close() {
            let folder = folder.withLock { $0 }
            let pid = try? folder?.ownerPID()
            owner.withLock { $0 = pid }
        }
    }

    @Test func `the lock is held until the last listener has closed`() throws {
        let directory = TemporaryDirectory()
        let state = StateFolder(path: directory.path + "/state")
        try state.prepare()
        let environment = ["PATH": "/usr/bin:/bin", "OTEL_TRACES_EXPORTER": "none"]
        let setting = RunSetting(
            environment: environment,
            telemetry: OTelConfiguration(environment: environment),
            resource: []
        )
        let witness = Witness()
        let host = try RunHost(setting, in: state, children: ChildRegistry(sweeps: false)) { id in
            witness.folder.withLock { $0 = state.run(id) }
            return [witness]
        }
        let spec = "name: p\nsteps: {a: {run: 'true'}}\n"
        let plan = try #require(PipelineReader.read(Array(spec.utf8), file: "p.yaml").plan)
        let run = try host.start(
            NewRun(
                id: RunID(startedAt: RunClock.wallNow, random: (1, 1)),
                plan: plan,
                document: PlanDocument(
                    pipeline: "p",
                    file: "p.yaml",
                    directory: directory.path,
                    spec: spec,
                    specDigest: SHA256Digest(of: Array(spec.utf8)).description,
                    trigger: RunTrigger.api,
                    outputs: state.outputsPath
                ),
                params: [],
                secrets: [:],
                scheduledAt: RunClock.wallNow
            )
        )
        #expect(host.stop() == nil)
        #expect(try run.outcome?.get() == RunEnd(.success))
        #expect(witness.owner.withLock { $0 } == getpid())
        #expect(try run.folder.ownerPID() == nil)
    }
}
