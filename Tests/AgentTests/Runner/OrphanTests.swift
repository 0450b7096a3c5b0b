import Glibc
import Pipeline
import TestSupport
import Testing

@testable import Agent

/// What a crashed owner of a run left behind.
@Suite(.timeLimit(.minutes(10)))
struct OrphanTests {
    let folder = TemporaryDirectory()

    @Test func `what starts something else when it is asked to end does not outlive its run`()
        throws
    {
        let run = RunID(startedAt: instant(1), random: (7, 0xABBA))
        let script = """
            trap 'sleep 600 & echo $! > next; exit 0' TERM
            : > ready
            while :; do sleep 0.02; done
            """
        let left = Subprocess(
            ["/bin/bash", "-c", script],
            environment: ["WEIR_RUN_ID": run.description, "PATH": "/usr/bin:/bin"],
            directory: folder.path
        )
        while folder.read("ready") == nil {
            try #require(left.wait(atMost: .milliseconds(2)) == nil)
        }
        #expect(endOrphans(of: run, known: []) >= 2)
        let next = try #require(Int32(folder.read("next")?.filter { !$0.isWhitespace } ?? ""))
        let state = statFields(of: next)?.first
        #expect(state == nil || state == "Z", "process \(next) goes on: \(state ?? "")")
        #expect(endOrphans(of: run, known: []) == 0)
    }

    @Test func `what shows no environment ends with the run's group, and lives outside of it`()
        throws
    {
        let run = RunID(startedAt: instant(1), random: (7, 0xABBB))
        // It says itself that it is there, so that nothing of its mother's is left in it.
        let bareScript = "echo $$ > bare; : > ready; read line < hold"
        let script = "mkfifo hold; env -i /bin/sh -c '\(bareScript)' & wait"
        let left = Subprocess(
            ["/bin/bash", "-c", script],
            environment: ["WEIR_RUN_ID": run.description, "PATH": "/usr/bin:/bin"],
            directory: folder.path
        )
        let stranger = Subprocess(["/bin/sleep", "600"], environment: [:])
        while folder.read("ready") == nil {
            try #require(left.wait(atMost: .milliseconds(2)) == nil)
        }
        let bare = try #require(Int32(folder.read("bare")?.filter { !$0.isWhitespace } ?? ""))
        #expect(endOrphans(of: run, known: []) == 2)
        let state = statFields(of: bare)?.first
        #expect(state == nil || state == "Z", "process \(bare) goes on: \(state ?? "")")
        #expect(stranger.wait(atMost: .zero) == nil)
    }
}
