import Agent
import Glibc
import Journal
import Pipeline
import TestSupport
import Testing
import Transport

/// What is deleted without being asked for, and what goes on with a damaged journal.
@Suite(.timeLimit(.minutes(10)))
struct RetentionIntegrationTests {
    let bench = WeirBench()
    private var state: StateFolder { StateFolder(path: bench.folder.path + "/state") }

    /// Runs of a person that ended 31 days ago.
    private func makeOldRuns(_ count: Int) throws {
        let begun = RunClock.wallNow + .seconds(-31 * 86_400)
        for number in 1...count {
            let id = RunID(startedAt: begun + .seconds(number), random: (1, UInt64(number)))
            let document = PlanDocument(
                pipeline: "old",
                file: "old.yaml",
                directory: bench.folder.path,
                spec: "steps: {a: {run: 'true'}}\n",
                specDigest: "00",
                trigger: RunTrigger.cli,
                outputs: state.outputsPath
            )
            let started = makeStart(run: id, pipeline: "old")
            let owned = try state.createRun(started, at: begun, plan: document)
            var codec = RunEventCodec()
            var line: [UInt8] = []
            let end = RunEvent.runFinished(RunEnd(.success))
            try codec.encode(RecordedEvent(sequence: 2, at: begun, event: end), into: &line)
            try owned.journal.append(line)
        }
    }

    @Test func `the end of a run deletes ten, and whoever asks the rest`() throws {
        try makeOldRuns(12)
        bench.pipeline("steps: {a: {run: 'true'}}\n")
        let run = bench.weir("run")
        #expect(run.code == 0)
        #expect(run.err == "")
        #expect(try state.runIDs().count == 3)
        #expect(bench.weir("exec", "--", "/bin/true").code == 0)
        #expect(try state.runIDs().count == 2)
        #expect(bench.weir("gc").out.contains("kept 2 runs\n  2 within the limits"))
    }

    @Test func `an agent deletes at its start, by its own limits`() throws {
        try makeOldRuns(3)
        var (agent, _) = try bench.serve("--keep-age", "40d")
        bench.end(agent)
        #expect(try state.runIDs().count == 3)
        (agent, _) = try bench.serve("--keep-age", "40d", "--keep-runs", "1")
        while try state.runIDs().count > 1 {
            try #require(agent.wait(atMost: .milliseconds(5)) == nil)
        }
        bench.end(agent)
    }

    // MARK: - A damaged journal

    /// A run that was killed while its second step ran; its folder.
    private func interruptedRun() throws -> RunFolder {
        bench.pipeline(
            """
            steps:
              a: {run: 'echo a >> marks'}
              b:
                needs: a
                run: 'echo b >> marks; until [ -e go ]; do sleep 0.01; done'
              c: {needs: b, run: 'echo c >> marks'}
            """
        )
        bench.startRun(until: "marks", contains: "b").killHard()
        bench.folder.write("go", "")
        return try state.resolve("last")
    }

    /// Changes a byte in that line of the journal.
    private func damage(_ folder: RunFolder, line: Int) throws {
        let name = "state/runs/\(folder.id)/journal.jsonl"
        var lines = try #require(bench.folder.read(name)).split(
            separator: "\n",
            omittingEmptySubsequences: false
        )
        try #require(lines.count > line + 1)
        lines[line - 1] = Substring(lines[line - 1].replacing(#""seq":"#, with: #""seQ":"#))
        bench.folder.write(name, lines.joined(separator: "\n"))
    }

    @Test(arguments: 2...5)
    func `a damaged journal is gone on with when its loss is accepted`(line: Int) throws {
        let folder = try interruptedRun()
        try damage(folder, line: line)
        let refused = bench.weir("resume", folder.id.description)
        #expect(refused.code == 3)
        #expect(refused.err.contains("weir resume \(folder.id) --accept-loss"))
        let resumed = bench.weir("resume", "last", "--accept-loss", "--progress", "plain")
        #expect(resumed.code == 0, "\(resumed.err)")
        // The end of `a` is in line 5, or behind the damage.
        #expect(resumed.err.contains("may run a second time"))
        #expect(resumed.err.contains("a, b, c"))
        #expect(resumed.err.contains("journal.jsonl.damaged-1"))
        #expect(bench.folder.read("marks") == "a\nb\na\nb\nc\n")
        let shown = bench.weir("show", folder.id.description, "--json").out
        #expect(shown.contains(#""result":"success""#))
        #expect(shown.contains(#""recoveries":1"#))
        #expect(bench.weir("resume", folder.id.description).code == 0)
    }

    @Test func `steps that ended before the damage do not run again`() throws {
        let folder = try interruptedRun()
        let journal = try #require(bench.folder.read("state/runs/\(folder.id)/journal.jsonl"))
        let lines = journal.split(separator: "\n")
        let end = try #require(lines.firstIndex { $0.contains("step_finished") })
        try damage(folder, line: end + 2)
        let resumed = bench.weir("resume", "last", "--accept-loss")
        #expect(resumed.code == 0, "\(resumed.err)")
        #expect(resumed.err.contains("what is lost: b, c"))
        #expect(bench.folder.read("marks") == "a\nb\nb\nc\n")
    }

    @Test func `without its first line a run cannot be resumed at all`() throws {
        let folder = try interruptedRun()
        try damage(folder, line: 1)
        for words in [["resume"], ["resume", "--accept-loss"]] {
            let process = bench.start(words + [folder.id.description])
            #expect(process.wait(atMost: .seconds(30)) == 3)
            #expect(process.err.contains("cannot be resumed"))
        }
        #expect(bench.folder.read("marks") == "a\nb\n")
        #expect(bench.weir("gc", "--keep-runs", "0").err.contains(folder.id.description))
    }
}
