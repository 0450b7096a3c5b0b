import Glibc
import Pipeline
import TestSupport
import Testing

/// An agent and `weir run` beside it on one state folder: each span goes out once.
@Suite(.timeLimit(.minutes(10)))
struct ExportOnceIntegrationTests {
    @Test func `a run that the agent is still sending is not sent by a run beside it`()
        async throws
    {
        let collector = try LoopbackCollector()
        let bench = WeirBench(endpoint: collector.endpoint)
        bench.environment["OTEL_EXPORTER_OTLP_TIMEOUT"] = "300000"
        bench.offer("good", "a: {run: 'true'}")
        bench.folder.write(
            "weir.yaml",
            """
            name: beside
            steps:
              a: {run: 'true'}
              b: {needs: a, run: ': > begun; until [ -e go ]; do sleep 0.01; done'}
            """
        )
        // It is the first, so what others leave unsent is for it to send, not for the agent.
        let first = bench.startRun(until: "state/export.lock", contains: "\n")
        #expect(try collector.stats(after: 2).spans == 2)
        let (agent, url) = try bench.serve()
        try collector.setMode("late:250*1,ok")
        let run = try bench.startPipeline("good")
        _ = try await bench.waitForEnd(of: run, url)
        #expect(try collector.stats(after: 5).spans == 5, "the agent's three are there")

        // The agent waits for its answer. Whoever comes now looks for what is left behind.
        bench.folder.write("go", "")
        #expect(first.wait(atMost: .seconds(60)) == 0)
        unlink(bench.folder.path + "/go")
        unlink(bench.folder.path + "/begun")
        let second = bench.startRun(until: "state/export.lock", contains: "\n")
        #expect(bench.folder.read("state/export.lock") == "\(second.pid)\n")
        // It has looked by the time that it sends its own first step.
        #expect(try collector.stats(after: 10).spans == 10)
        bench.folder.write("go", "")
        #expect(second.wait(atMost: .seconds(60)) == 0)
        let cursor = bench.folder.path + "/state/runs/\(run)/export"
        #expect(readText(cursor).contains("\"done\":false"), "the collector has not answered yet")

        agent.signal(SIGTERM)
        #expect(agent.wait(atMost: .seconds(30)) == 0)
        let received = try ReceivedSpans(collector.bodies())
        #expect(received.ids.count == 13 && received.copies == 13)
    }
}
