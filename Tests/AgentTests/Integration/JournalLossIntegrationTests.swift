import Glibc
import TestSupport
import Testing

/// What happens when there is nowhere left to write.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct JournalLossIntegrationTests {
    @Test func `a state folder that goes away ends what runs and says so`() {
        let bench = WeirBench()
        bench.pipeline(
            "steps: {a: {run: 'echo up > up; while [ ! -e go ]; do sleep 0.05; done'}, b: {needs: a, run: sleep 47}}"
        )
        let process = bench.startRun(until: "up", contains: "up")
        rename(bench.folder.path + "/state/runs", bench.folder.path + "/elsewhere")
        for path in bench.files().keys where path.hasSuffix("journal.jsonl") {
            unlink(bench.folder.path + "/" + path)
        }
        bench.folder.write("go", "")
        // The first sync after the loss finds out; until then a step may have started.
        #expect(process.wait(atMost: .seconds(30)) == 3)
        #expect(process.err.contains("was interrupted"))
        #expect(process.err.contains("deleted"))
        let left = Subprocess(["/usr/bin/pgrep", "-xf", "sleep 47"], environment: [:])
        #expect(left.wait(atMost: .seconds(10)) == 1)
    }
}
