#if DEBUG
import Glibc
import Journal
import Pipeline
import TestSupport
import Testing

@testable import Agent

/// The built binary, killed while it deletes runs.
@Suite(.timeLimit(.minutes(10)))
struct GcKillTests {
    /// `weir gc` that dies at a boundary; its end.
    private func gc(_ bench: RetentionFixture, boundary: Int) throws -> Int32 {
        let environment = [
            "PATH": "/usr/bin:/bin", "WEIR_STATE_DIR": bench.state.path,
            "WEIR_FAIL_POINT": String(boundary),
        ]
        let process = Subprocess(
            [weirBinary, "gc", "--keep-runs", "0"],
            environment: environment,
            directory: bench.state.path
        )
        return try #require(process.wait(atMost: .seconds(60)), "boundary \(boundary)")
    }

    @Test func `killed at every write, sync and rename, no count is lost and none counts twice`()
        throws
    {
        var boundary = 0
        var isOver = false
        while !isOver {
            boundary += 1
            try #require(boundary < 1_000, "the fail point is never passed")
            let bench = RetentionFixture()
            try bench.make(1, trigger: RunTrigger.api)
            #expect(bench.successes(try bench.startAgent()) == 1)
            try bench.make(2, trigger: RunTrigger.api)
            let left = try bench.leaveOutputs(of: try bench.make(3, trigger: RunTrigger.api))
            isOver = try gc(bench, boundary: boundary) == 0
            for id in try bench.state.runIDs() {
                #expect(try bench.state.run(id).events { _ in }.verdict == .complete)
            }
            #expect(bench.successes(try bench.startAgent()) == 3, "boundary \(boundary)")
            #expect(try bench.collect().remarks.isEmpty, "boundary \(boundary)")
            #expect(try bench.names().isEmpty, "boundary \(boundary)")
            #expect(!bench.exists(left), "boundary \(boundary)")
            #expect(bench.successes(try bench.startAgent()) == 3, "boundary \(boundary)")
        }
        print("killed at \(boundary - 1) boundaries")
        #expect(boundary > 10)
    }
}
#endif
