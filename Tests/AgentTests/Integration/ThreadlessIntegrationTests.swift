import TestSupport
import Testing

/// A system that gives no threads: a stack of this size fits into no address space.
@Suite(.timeLimit(.minutes(10)))
struct ThreadlessIntegrationTests {
    @Test(arguments: ["serve pipelines --listen 127.0.0.1:0", "run", "exec -- true"])
    func `is told, and crashes nothing`(words: String) throws {
        let bench = WeirBench()
        bench.pipeline("steps: {a: {run: 'true'}}")
        bench.offer("a", "a: {run: 'true'}")
        let process = Subprocess(
            ["/bin/bash", "-c", "ulimit -s 99999999999999 && exec \(weirBinary) \(words)"],
            environment: bench.environment,
            directory: bench.folder.path
        )
        let code = try #require(process.wait(atMost: .seconds(60)))
        #expect(code == (words.hasPrefix("exec") ? 125 : 3))
        #expect(process.err.contains("thread"))
    }
}
