import Glibc
import Pipeline
import TestSupport
import Testing
import Transport

/// `weir logs` and the agent's way to the same.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct LogsIntegrationTests {
    let bench = WeirBench()

    @Test func `both streams, times, the end of a log, and one stream alone`() throws {
        bench.pipeline(
            "steps: {a: {run: 'echo one; echo two >&2; printf three'}, b: {needs: a, run: echo b}}"
        )
        #expect(bench.weir("run").code == 0)
        let plain = bench.weir("logs", "last", "a").out
        // Which of two streams is read first is nobody's promise.
        for part in ["one\n", "two\n", "three"] { #expect(plain.contains(part)) }
        #expect(plain.utf8.count == "one\ntwo\nthree".utf8.count)
        #expect(bench.weir("logs", "last", "a", "--stdout").out == "one\nthree")
        #expect(bench.weir("logs", "last", "a", "--stderr").out == "two\n")
        #expect(bench.weir("logs", "--tail", "1", "--stdout").out == "a │ three\nb │ b\n")
        let timed = bench.weir("logs", "last", "b", "-t").out
        #expect(timed.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z b\n/) != nil)
        let lines = bench.weir("logs", "--json").out.split(separator: "\n")
        let values = try lines.map { try JSONValue(parsing: Array($0.utf8)) }
        #expect(
            values.map { $0["stream"]?.string }.sorted { ($0 ?? "") < ($1 ?? "") } == [
                "stderr", "stdout", "stdout", "stdout",
            ]
        )
        let report = try JSONValue(parsing: Array(bench.weir("show", "--json").out.utf8))
        #expect(values.allSatisfy { $0["run"]?.string == report["run"]?.string })
        let unknown = bench.weir("logs", "last", "nope")
        #expect(unknown.code == 3)
        #expect(unknown.err.contains("it has a, b"))
        #expect(bench.weir("logs", "last", "--tail", "x").code == 2)
    }

    @Test func `following shows what comes, a retry and later steps, and ends with the run`() throws
    {
        bench.pipeline(
            """
            steps:
              a:
                retry: {attempts: 2, backoff: 10ms..20ms}
                run: 'echo "begun $WEIR_ATTEMPT" | tee -a up; [ $WEIR_ATTEMPT = 2 ] || exit 1; while ! [ -e go ]; do sleep 0.05; done; printf "half "; sleep 0.3; echo whole'
              b: {needs: a, run: echo last >&2}
            """
        )
        let run = bench.startRun(until: "up", contains: "begun 2")
        let logs = bench.start(["logs", "-f"])
        while !logs.out.contains("a #2 │ begun 2\n") {
            try #require(logs.wait(atMost: .milliseconds(10)) == nil, "\(logs.err)")
        }
        bench.folder.write("go", "")
        #expect(logs.wait(atMost: .seconds(60)) == 0, "\(logs.err)")
        #expect(run.wait(atMost: .seconds(60)) == 0)
        #expect(
            logs.out == "a    │ begun 1\na #2 │ begun 2\na #2 │ half whole\nb    │ last\n"
                || logs.out == "a │ begun 1\na #2 │ begun 2\na #2 │ half whole\nb │ last\n",
            "\(logs.out)"
        )
    }

    @Test func `following goes through an agent as well`() throws {
        bench.offer(
            "slow",
            """
            a: {run: 'echo begun; while ! [ -e go ]; do sleep 0.05; done; printf "half "; sleep 0.3; echo whole'}
              b: {needs: a, run: echo last >&2}
            """
        )
        let (agent, url) = try bench.serve()
        let run = try bench.startPipeline("slow")
        let logs = bench.start(["logs", run, "-f", "--agent", url])
        while !logs.out.contains("begun\n") {
            try #require(logs.wait(atMost: .milliseconds(10)) == nil, "\(logs.err)")
        }
        bench.folder.write("pipelines/go", "")
        #expect(logs.wait(atMost: .seconds(60)) == 0, "\(logs.err)")
        #expect(logs.out == "a │ begun\na │ half whole\nb │ last\n")
        bench.end(agent)
    }

    @Test func `the beginning of a line is in the log before its end`() throws {
        bench.pipeline("steps: {a: {run: 'printf \"half \"; sleep 0.5; echo whole'}}")
        #expect(bench.weir("run").code == 0)
        let log = try #require(bench.files().first { $0.key.hasSuffix("a.1.cri.log") }).value
        #expect(log.contains(" stdout P half \n"))
        #expect(bench.weir("logs", "last", "a").out == "half whole\n")
    }

    @Test func `following ends when asked, and says when a run was interrupted`() throws {
        bench.pipeline("steps: {a: {run: 'echo up | tee -a up; sleep 60'}}")
        let run = bench.startRun(until: "up", contains: "up")
        let asked = bench.start(["logs", "-f", "last", "a"])
        let other = bench.start(["logs", "--follow", "last", "a"])
        for logs in [asked, other] {
            while logs.out != "up\n" {
                try #require(logs.wait(atMost: .milliseconds(10)) == nil, "\(logs.err)")
            }
        }
        asked.signal(SIGINT)
        #expect(asked.wait(atMost: .seconds(20)) == 130)
        run.killHard()
        #expect(other.wait(atMost: .seconds(20)) == 3)
        #expect(other.err.contains("weir resume"))
        bench.pipeline("steps: {}")
        let resumed = bench.start(["resume", "last"])
        while bench.folder.read("up") != "up\nup\n" {
            try #require(resumed.wait(atMost: .milliseconds(10)) == nil, "\(resumed.err)")
        }
        let again = bench.start(["logs", "-f", "last"])
        while !again.out.contains("a #2 │ up") {
            try #require(again.wait(atMost: .milliseconds(10)) == nil, "\(again.err)")
        }
        resumed.signal(SIGINT)
        #expect(resumed.wait(atMost: .seconds(20)) == 130)
        #expect(again.wait(atMost: .seconds(20)) == 0)
        #expect(again.out.contains("a    │ up") || again.out.contains("up\n"))
    }

    @Test func `following a run of an agent outlives the agent`() throws {
        bench.offer(
            "wait",
            "a: {run: 'echo up; while ! [ -e \(bench.folder.path)/go ]; do sleep 0.05; done'}"
        )
        let (agent, _) = try bench.serve()
        let run = try bench.startPipeline("wait")
        let logs = bench.start(["logs", "-f", run])
        while logs.out != "up\n" {
            try #require(logs.wait(atMost: .milliseconds(10)) == nil, "\(logs.err)")
        }
        agent.killHard()
        let (next, _) = try bench.serve()
        while !logs.out.contains("a #2 │ up\n") {
            try #require(logs.wait(atMost: .milliseconds(10)) == nil, "\(logs.err)")
        }
        bench.folder.write("go", "")
        #expect(logs.wait(atMost: .seconds(60)) == 0, "\(logs.err)")
        bench.end(next)
    }

    @Test func `what goes to a collector is read by a foreign decoder, which can refuse`() throws {
        let (proof, proved) = try OTLPChecker.checkLogs("--self-test")
        #expect(proved == 0, "\(proof)")
        let golden = "/../../TelemetryTests/Golden/logs.json"
        let folder = String(#filePath.dropLast("/LogsIntegrationTests.swift".count))
        let (findings, status) = try OTLPChecker.checkLogs(folder + golden)
        #expect(status == 0, "\(findings)")
    }

    @Test func `a reader that leaves ends it quietly`() {
        bench.pipeline("steps: {a: {run: 'seq 1 200000'}}")
        #expect(bench.weir("run").code == 0)
        let words = "\(weirBinary) logs last a | head -n 2; echo ${PIPESTATUS[0]}"
        let shell = Subprocess(
            ["/bin/bash", "-c", words],
            environment: bench.environment,
            directory: bench.folder.path
        )
        #expect(shell.wait(atMost: .seconds(60)) == 0)
        #expect(shell.out == "1\n2\n0\n")
        #expect(shell.err.isEmpty)
    }

    @Test func `logs of an older version are shown`() throws {
        bench.pipeline("steps: {a: {run: echo new}}")
        #expect(bench.weir("run").code == 0)
        let file = try #require(bench.files().keys.first { $0.hasSuffix("a.1.cri.log") })
        bench.folder.write(file.replacing(".cri.log", with: ".log"), "old\nlines")
        unlink(bench.folder.path + "/" + file)
        #expect(bench.weir("logs", "last", "a").out == "old\nlines")
        #expect(bench.weir("logs", "-t").out == "old\nlines\n")
    }

    @Test func `an agent gives a step's log, bounded, and refuses what it cannot do`() async throws
    {
        bench.offer("hello", "a: {run: 'seq 1 5; printf end', retry: {attempts: 2}}")
        let (agent, url) = try bench.serve()
        let run = try bench.startPipeline("hello")
        _ = try await bench.waitForEnd(of: run, url)
        let path = "\(url)/api/v1/runs/\(run)/steps"
        let whole = try await bench.get("\(path)/a/logs")
        #expect(bench.text(whole) == "1\n2\n3\n4\n5\nend")
        #expect(whole.status == 200)
        #expect(try await bench.text("\(path)/a/logs?attempt=1&tail=2") == "5\nend")
        for (target, status) in [
            ("a/logs?attempt=2", 404), ("b/logs", 404), ("a/logs?follow=1", 400),
            ("a/logs?tail=-1", 400), ("a/logs?frob=1", 400),
        ] {
            #expect(try await bench.get("\(path)/\(target)").status == status, "\(target)")
        }
        #expect(try await bench.get("\(url)/api/v1/runs/nope/steps/a/logs").status == 404)
        bench.end(agent)
    }
}
