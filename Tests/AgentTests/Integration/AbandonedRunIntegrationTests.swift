import Agent
import Glibc
import Pipeline
import TestSupport
import Testing
import Transport

/// What `weir run` left behind the day before yesterday, and an agent that starts today.
@Suite(.timeLimit(.minutes(10)))
struct AbandonedRunIntegrationTests {
    @Test func `the agent ends it, and the collector gets its root`() async throws {
        let collector = try LoopbackCollector()
        let bench = WeirBench(endpoint: collector.endpoint)
        let state = StateFolder(path: bench.folder.path + "/state")
        let begun = RunClock.wallNow + .seconds(-48 * 3_600)
        let spec = "name: left\nsteps: {a: {run: 'true'}}\n"
        let id = RunID(startedAt: begun, random: (1, 7))
        var started = makeStart(run: id, pipeline: "left")
        started.specDigest = SHA256Digest(of: spec).description
        started.isExported = true
        do {
            _ = try state.createRun(
                started,
                at: begun,
                plan: PlanDocument(
                    pipeline: "left",
                    file: "left.yaml",
                    directory: bench.folder.path,
                    spec: spec,
                    specDigest: started.specDigest,
                    trigger: RunTrigger.cli,
                    outputs: state.outputsPath
                )
            )
        }
        // Giving the lock back empties the file, which touches it.
        var old = [timespec](
            repeating: timespec(tv_sec: Int(begun.nanoseconds / 1_000_000_000), tv_nsec: 0),
            count: 2
        )
        try #require(utimensat(AT_FDCWD, state.run(id).lockPath, &old, 0) == 0)

        let (agent, url) = try bench.serve()
        #expect(agent.err.contains("run \(id) (left) was left for a day"))
        let shown = try JSONValue(parsing: try await bench.get("\(url)/api/v1/runs/\(id)").body)
        #expect(shown["reason"]?.string == "agent_crash")
        #expect(try collector.stats(after: 2).spans == 2)
        let verdict = try OTLPChecker.check(collector.bodiesFile, ["--expect-runs", "1"])
        #expect(verdict.isAccepted, "\(verdict.findings)")
        bench.end(agent)
        #expect(bench.weir("show", id.description).out.contains("nobody took the run up again"))
    }
}
