import Glibc
import Pipeline
import TestSupport
import Testing

/// `--overlap`, between processes of the command line and an agent.
@Suite(.timeLimit(.minutes(10)))
struct OverlapIntegrationTests {
    let bench = WeirBench()

    /// A run that goes on until the file `go` is there.
    private let text = """
        name: busy
        steps:
          a: {run: 'echo "$WEIR_RUN_ID" >> marks; until [ -e go ]; do sleep 0.01; done'}

        """

    private var marks: [String] {
        (bench.folder.read("marks") ?? "").split(separator: "\n").map(String.init)
    }

    @Test func `skip begins nothing while another goes on, and says so`() {
        bench.pipeline(text)
        let first = bench.startRun(until: "marks", contains: "\n")
        let skipped = bench.weir("run", "--overlap", "skip")
        #expect(skipped.code == 0)
        #expect(skipped.err == "weir: skipped: another run of busy goes on\n")
        #expect(skipped.out.isEmpty)
        bench.folder.write("go", "")
        #expect(first.wait(atMost: .seconds(30)) == 0)
        #expect(bench.weir("run", "--overlap", "skip").code == 0)
        #expect(marks.count == 2)
    }

    @Test func `a run that was killed holds nobody up`() {
        bench.pipeline(text)
        let first = bench.startRun(until: "marks", contains: "\n")
        first.killHard()
        _ = first.wait()
        bench.folder.write("go", "")
        #expect(bench.weir("run", "--overlap", "skip").code == 0)
        #expect(marks.count == 2)
    }

    @Test func `queue waits for the other to end`() {
        bench.pipeline(text)
        let first = bench.startRun(until: "marks", contains: "\n")
        let second = bench.start(["run", "--overlap", "queue", "--progress", "none"])
        #expect(second.wait(atMost: .milliseconds(300)) == nil)
        #expect(marks.count == 1)
        bench.folder.write("go", "")
        #expect(first.wait(atMost: .seconds(30)) == 0)
        #expect(second.wait(atMost: .seconds(30)) == 0)
        #expect(marks.count == 2)
    }

    @Test func `replace ends the other as superseded`() {
        bench.pipeline(text)
        let first = bench.startRun(until: "marks", contains: "\n")
        let old = marks[0]
        let second = bench.start(["run", "--overlap", "replace", "--progress", "none"])
        #expect(first.wait(atMost: .seconds(30)) == 130)
        #expect(first.out.contains("superseded by run"))
        bench.folder.write("go", "")
        #expect(second.wait(atMost: .seconds(30)) == 0)
        let shown = bench.weir("show", old, "--json").out
        #expect(shown.contains(#""reason":"superseded""#), "\(shown)")
        #expect(marks.count == 2)
    }

    @Test func `exec, run and an agent know of each other`() async throws {
        bench.offer(
            "busy",
            "a: {run: 'echo x >> ../marks; until [ -e ../go ]; do sleep 0.01; done'}"
        )
        let (agent, url) = try bench.serve()
        let run = try bench.startPipeline("busy", "--overlap", "skip")
        while marks.isEmpty { try #require(agent.wait(atMost: .milliseconds(5)) == nil) }
        let refused = bench.weir("start", "busy", "--overlap", "skip")
        #expect(refused.err.contains("another run of busy goes on"), "\(refused.err)")
        let skipped = bench.weir("exec", "--name", "busy", "--overlap", "skip", "--", "false")
        #expect(skipped.code == 0 && skipped.err.contains("skipped"))
        let other = bench.weir("exec", "--name", "idle", "--overlap", "skip", "--", "false")
        #expect(other.code == 1, "a pipeline of another name is another matter")
        let queued = try await bench.post(
            "\(url)/api/v1/pipelines/busy/runs",
            #"{"overlap": "queue"}"#,
            []
        )
        #expect(bench.text(queued).contains("not supported yet"))
        bench.folder.write("go", "")
        #expect(try await bench.waitForEnd(of: run, url)["result"] == .string("success"))
        bench.end(agent)
    }
}
