import Glibc
import Pipeline
import TestSupport
import Testing

/// `weir run` and its companions through the built binary.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct RunIntegrationTests {
    let bench = WeirBench()

    @Test func `a run ends with its summary, and is listed, shown and logged`() throws {
        bench.pipeline("steps: {a: {run: echo hello}, b: {needs: a, run: echo world >&2}}")
        let run = bench.weir("run")
        #expect(run.code == 0, "\(run.err)")
        #expect(run.out.contains("✓ weir succeeded"))
        #expect(run.out.contains("2 ok"))
        #expect(bench.weir("logs", "last", "a").out == "hello\n")
        #expect(bench.weir("logs", "weir").out == "a │ hello\nb │ world\n")
        #expect(bench.weir("runs").out.contains("success"))
        let report = try JSONValue(parsing: Array(bench.weir("show", "last", "--json").out.utf8))
        #expect(report["result"]?.string == "success")
        #expect(report["steps"]?.array?.count == 2)
        let list = try JSONValue(parsing: Array(bench.weir("runs", "--json").out.utf8))
        #expect(list.array?.count == 1)
    }

    @Test func `progress as JSON is one message a line, complete at the end`() throws {
        bench.pipeline("steps: {a: {run: 'true'}, b: {needs: a, run: exit 3}}")
        let run = bench.weir("run", "--progress", "json")
        #expect(run.code == 1)
        let messages = try run.out.split(separator: "\n").map { line in
            try JSONValue(parsing: Array(line.utf8))
        }
        #expect(messages.contains { $0["type"]?.string == "stage_start" })
        #expect(messages.last?["type"]?.string == "complete")
        #expect(messages.last?["result"]?.string == "failure")
    }

    @Test func `a failure says what, where, why and what to do`() {
        bench.pipeline(
            "steps: {load: {run: 'echo no such table >&2; exit 2'}, x: {needs: load, run: 'true'}}"
        )
        let run = bench.weir("run")
        #expect(run.code == 1)
        #expect(run.out.contains("✗ weir failed after"))
        #expect(run.out.contains("step load, exit 2"))
        #expect(run.out.contains("    no such table"))
        #expect(
            run.out.contains("0 ok · 1 failed · 1 skipped (needs load) · nothing to undo")
                || run.out.contains("1 failed · 1 skipped (needs load) · nothing to undo")
        )
        #expect(run.out.contains("weir logs"))
    }

    @Test func `what a run waits for is explained while it runs, and after it`() throws {
        bench.pipeline(
            """
            workers: 1
            steps:
              hold: {run: ': > up; until [ -e go ]; do sleep 0.01; done; exit 4'}
              free: {run: 'true'}
              last: {needs: hold, run: 'true'}
            """
        )
        let process = bench.start(["run", "--progress", "plain"])
        while bench.folder.read("up") == nil {
            try #require(process.wait(atMost: .milliseconds(2)) == nil)
        }
        let live = bench.weir("explain").out
        #expect(live.hasPrefix("1 of 1 worker busy: hold ("))
        #expect(live.contains("\n  free waits for a worker for "))
        #expect(live.contains("\n  last waits for hold (runs, "))
        bench.folder.write("go", "")
        #expect(process.wait(atMost: .seconds(60)) == 1)
        let ended = bench.weir("explain", "last").out
        #expect(ended.hasPrefix("weir failed: step hold, exit 4\n"))
        #expect(ended.contains("  last did not run: needs hold\n"))
        let json = try JSONValue(parsing: Array(bench.weir("explain", "--json").out.utf8))
        #expect(json["steps"]?.array?.count == 2)
        #expect(bench.weir("explain", "nothing").code != 0)
    }

    @Test func `a step that falls silent is ended, one that speaks is not`() throws {
        bench.pipeline(
            """
            failure: continue
            steps:
              silent: {run: 'echo begun; sleep 60', idle_timeout: 300ms}
              deaf: {run: 'trap "" TERM; echo begun; while :; do sleep 0.05; done', idle_timeout: 300ms, grace: 100ms}
              speaks: {run: 'for n in 1 2 3 4 5 6 7 8; do echo $n; sleep 0.05; done', idle_timeout: 300ms}
            """
        )
        let run = bench.weir("run")
        #expect(run.code == 124, "\(run.out)\(run.err)")
        #expect(run.out.contains("no output for too long"))
        let report = try JSONValue(parsing: Array(bench.weir("show", "last", "--json").out.utf8))
        let steps = try #require(report["steps"]?.array)
        #expect(steps.map { $0["reason"]?.string } == ["idle_timeout", "idle_timeout", "exit"])
        #expect(steps.map { $0["result"]?.string } == ["timeout", "timeout", "success"])
    }

    @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143))])
    func `a signal cancels and the exit status says which`(signal: Int32, code: Int32) {
        bench.pipeline(
            "steps: {a: {run: 'trap \"echo bye; exit 0\" TERM; echo up > up; sleep 60 & wait'}}"
        )
        let process = bench.startRun(until: "up", contains: "up")
        process.signal(signal)
        #expect(process.wait(atMost: .seconds(8)) == code)
        #expect(bench.weir("logs", "last", "a").out == "bye\n")
        #expect(bench.weir("runs").out.contains("cancellation"))
    }

    @Test func `a second signal does not wait for a step that will not listen`() {
        bench.pipeline(
            "steps: {a: {run: 'trap \"\" TERM; echo up > up; while :; do sleep 1; done'}}"
        )
        let process = bench.startRun(until: "up", contains: "up")
        process.signal(SIGINT)
        #expect(process.wait(atMost: .milliseconds(300)) == nil)
        process.signal(SIGINT)
        #expect(process.wait(atMost: .seconds(5)) == 130)
    }

    @Test func `cancel works from another process, resume of a live run is refused`() {
        bench.pipeline("steps: {a: {run: 'echo up > up; sleep 60'}}")
        let process = bench.startRun(until: "up", contains: "up")
        let resume = bench.weir("resume", "last")
        #expect(resume.code == 3)
        #expect(resume.err.contains("is being run by process \(process.pid)"))
        let cancel = bench.weir("cancel", "last")
        #expect(cancel.code == 0)
        #expect(process.wait(atMost: .seconds(8)) == 130)
        #expect(bench.weir("cancel", "last").code == 1)
    }

    @Test func `a request that is none is refused aloud`() throws {
        bench.pipeline("steps: {a: {run: 'echo up > up; sleep 1'}}")
        let process = bench.startRun(until: "up", contains: "up")
        let lock = try #require(bench.files().keys.first { $0.hasSuffix("/lock") })
        let inbox = bench.folder.path + "/" + lock.replacing("/lock", with: "/inbox/")
        bench.folder.write("cancel", "please")
        // The first step does not wait for the inbox.
        while rename(bench.folder.path + "/cancel", inbox + "cancel") != 0 {
            try #require(process.wait(atMost: .milliseconds(5)) == nil)
        }
        #expect(process.wait(atMost: .seconds(20)) == 0)
        #expect(process.err.contains("request `cancel` in the run's inbox is refused"))
    }

    @Test func `resuming what has ended changes nothing and says how it ended`() {
        bench.pipeline("steps: {a: {run: exit 4}}")
        #expect(bench.weir("run").code == 1)
        let before = bench.files().filter { $0.key.hasSuffix("journal.jsonl") }
        let resume = bench.weir("resume", "last")
        #expect(resume.code == 1)
        #expect(resume.out.contains("exit 4"))
        #expect(bench.files().filter { $0.key.hasSuffix("journal.jsonl") } == before)
    }

    @Test func `a resume reads the stored plan, never today's file`() {
        bench.pipeline(
            "steps: {a: {run: 'echo up > up; [ -e go ] || sleep 60'}, b: {needs: a, run: echo old}}"
        )
        let process = bench.startRun(until: "up", contains: "up")
        process.killHard()
        bench.pipeline("steps: {a: {run: exit 1}}")
        bench.folder.write("go", "")
        #expect(bench.weir("resume", "last").code == 0)
        #expect(bench.weir("logs", "last", "b").out == "old\n")
    }

    @Test func `parameters, workdir and folders reach the steps`() {
        bench.pipeline(
            """
            params: {day: {type: date, default: "2026-01-02"}, n: {type: integer, minimum: 1}}
            env: {GREETING: "day ${params.day}"}
            steps:
              a: {run: 'echo "$GREETING $WEIR_PARAM_N" > "$WEIR_DIR/f"; pwd', workdir: sub}
              b: {needs: a, exec: [cat, "${steps.a.dir}/f"]}
            """
        )
        mkdir(bench.folder.path + "/sub", 0o700)
        #expect(bench.weir("run", "--param", "n=0").code == 2)
        #expect(bench.weir("run", "--param", "m=1").err.contains("m"))
        #expect(bench.weir("run", "--param", "n=5").code == 0)
        #expect(bench.weir("logs", "last", "b").out == "day 2026-01-02 5\n")
        #expect(bench.weir("logs", "last", "a").out.hasSuffix("/sub\n"))
    }

    @Test func `after many steps there is no zombie and no descriptor more`() throws {
        let count = "ls /proc/$PPID/fd | wc -l; ps --ppid $PPID -o stat= | grep -c Z || true"
        // The run's inbox is opened while its very first step begins.
        var text = "workers: 1\nsteps:\n  - {name: zero, run: 'true'}\n"
        text += "  - {name: first, run: '\(count)'}\n"
        for number in 1...60 { text += "  - {name: s\(number), run: 'setsid true & true'}\n" }
        bench.pipeline(text + "  - {name: last, run: 'sleep 2.5; \(count)'}\n")
        #expect(bench.weir("run").code == 0)
        func counts(_ step: String) -> [Int] {
            bench.weir("logs", "last", step).out.split(separator: "\n").compactMap { Int($0) }
        }
        let (first, last) = (counts("first"), counts("last"))
        try #require(first.count == 2 && last.count == 2)
        // What is synced while the run begins is open for that long.
        #expect(last[0] <= first[0], "descriptors")
        #expect(first[1] == 0 && last[1] == 0, "zombies")
    }

    @Test func `a step that prints a gigabyte is kept bounded`() {
        bench.pipeline("steps: {a: {run: head -c 1073741824 /dev/zero}}")
        #expect(bench.weir("run").code == 0)
        let bytes = bench.files().filter { $0.key.contains("/logs/") }.values.map(\.utf8.count)
        #expect(bytes.reduce(0, +) <= 2 * 32 << 20)
        #expect(bytes.reduce(0, +) >= 32 << 20)
    }
}
