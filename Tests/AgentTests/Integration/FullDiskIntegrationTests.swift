import Agent
import Glibc
import Pipeline
import TestSupport
import Testing

/// G6: the disk fills up while steps run, or goes away.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct FullDiskIntegrationTests {
    @Test func `weir run is interrupted, says so, and goes on when there is room`() throws {
        let bench = WeirBench()
        bench.pipeline("name: work\nworkers: 2\nsteps:\n  \(bench.fillingSteps())\n")
        let shell = bench.onSmallDisk(
            """
            (await filling; fill) &
            "$0" run --progress plain > run.out 2> run.err; echo $? > run.code
            cp state/runs/*/journal.jsonl journal.full; ls state/runs/* > names
            "$0" show last > show.out 2> show.err; echo $? > show.code
            "$0" resume last > no.out 2> no.err; echo $? > no.code
            "$0" run > new.out 2> new.err; echo $? > new.code
            ls -A state/runs | wc -l > count
            rm state/filler
            "$0" resume last > resume.out 2> resume.err; echo $? > resume.code
            cp state/runs/*/journal.jsonl journal.end; ls state/runs/* > names.end
            """
        )
        try #require(shell.wait(atMost: .seconds(120)) == 0, "\(shell.err)")
        func read(_ name: String) -> String { bench.folder.read(name) ?? "" }

        #expect(read("run.code") == "3\n")
        #expect(
            read("run.err").contains("was interrupted: the disk is full: "),
            "\(read("run.err"))"
        )
        #expect(
            read("run.out").contains("long attempt 1 is lost (the journal could not be written)")
        )
        #expect(read("run.err").contains("when there is room, go on with: weir resume "))
        #expect(!bench.isRunning("sleep 4711"))
        let events = try bench.events(in: "journal.full")
        let good = try bench.expectInterruption(events)
        #expect(!read("names").contains("reserve"), "\(read("names"))")
        #expect(read("show.code") == "0\n", "\(read("show.err"))")
        #expect(read("show.out").contains("interrupted: nobody runs it; go on with: weir resume "))

        // What cannot be remembered does not begin, and does not go on.
        #expect(read("no.code") == "3\n")
        #expect(read("no.err").contains("cannot go on yet: the disk is full: "))
        #expect(read("new.code") == "3\n")
        #expect(read("new.err").contains("nothing was run: the disk is full: "))
        #expect(read("count") == "1\n", "nothing is left of it")

        #expect(read("resume.code") == "0\n", "\(read("resume.err"))")
        bench.expectOnce(good)
        let all = try bench.events(in: "journal.end")
        #expect(all.last == .runFinished(RunEnd(.success)))
        for case .runResumed(let resumed) in all { #expect(resumed.recovery == 0) }
        #expect(!read("names.end").contains("reserve"))
    }

    @Test func `the agent is unready, and goes on by itself when there is room`() throws {
        let bench = WeirBench()
        bench.offer("work", bench.fillingSteps(".."))
        bench.offer("other", "a: {run: 'true'}")
        let shell = bench.onSmallDisk(
            """
            (await state/token; cp state/token token; await filling; fill
             await empty; cp state/runs/*/journal.jsonl journal.full; rm state/filler
             await copy; cp state/runs/$(cat run)/journal.jsonl journal.end; : > copied) &
            exec "$0" serve pipelines --listen 127.0.0.1:0
            """
        )
        let agent = try SmallDiskAgent(shell, bench)
        let run = try agent.start("work").run
        try agent.waitUntil("/readyz?verbose", 503, contains: "[-]journal failed: run \(run) waits")
        let ready = try agent.get("/readyz?verbose").body
        #expect(ready.contains("to go on: the disk is full: "), "\(ready)")
        #expect(!bench.isRunning("sleep 4711"))
        #expect(try agent.get("/healthz").status == 200)

        let refused = try agent.start("other").answer
        #expect(refused.status == 503)
        #expect(refused.header("content-type") == "application/problem+json")
        #expect(refused.body.contains("No space left on device"), "\(refused.body)")
        let metrics = try agent.get("/metrics").body
        #expect(metrics.contains("weir_ready{check=\"journal\"} 0"))
        #expect(!metrics.contains("weir_journal_errors_total 0"))
        #expect(metrics.contains("weir_journal_errors_total "))
        try agent.waitUntil("/api/v1/runs/\(run)", 200, contains: "\"journal\"")

        bench.folder.write("run", run)
        bench.folder.write("empty", "")
        try agent.waitForSuccess(of: run)
        try agent.waitUntil("/readyz", 200, contains: "ok")
        let good = try bench.expectInterruption(bench.events(in: "journal.full"))
        bench.expectOnce(good)
        bench.folder.write("copy", "")
        try agent.wait { bench.folder.read("copied") != nil }
        let all = try bench.events(in: "journal.end")
        #expect(all.last == .runFinished(RunEnd(.success)))
        for case .runResumed(let resumed) in all { #expect(resumed.recovery == 0) }
        #expect(try agent.start("other").answer.status == 202)
        #expect(shell.err.contains("run \(run) (work) is interrupted: the disk is full: "))
        #expect(shell.err.contains("run \(run) (work) goes on"))
        agent.end()
    }

    @Test func `an agent that starts on a full disk waits for room as well`() throws {
        let bench = WeirBench()
        bench.offer("work", "a: {run: ': > ../up; [ -e ../full ] || exec sleep 4713'}")
        let shell = bench.onSmallDisk(
            """
            "$0" serve pipelines --listen 127.0.0.1:0 > first 2>&1 & first=$!
            until "$0" start work > started 2>&1; do kill -0 $first || exit; sleep 0.05; done
            await up; kill -9 $first; wait $first
            cp state/token token; fill; (await empty; rm state/filler) &
            exec "$0" serve pipelines --listen 127.0.0.1:0
            """
        )
        let agent = try SmallDiskAgent(shell, bench)
        let words = (bench.folder.read("started") ?? "").split(separator: " ")
        let run = String(try #require(words.dropFirst().first))
        try agent.waitUntil("/readyz?verbose", 503, contains: "[-]journal failed: run \(run) waits")
        #expect(shell.err.contains("run \(run) cannot go on: nothing new can be remembered now: "))
        #expect(try agent.start("work").answer.status == 503)
        bench.folder.write("empty", "")
        try agent.waitForSuccess(of: run)
        try agent.waitUntil("/readyz", 200, contains: "ok")
        #expect(!bench.isRunning("sleep 4713"))
        agent.end()
    }

    @Test func `a state folder that is removed takes its runs along, and the agent says so`()
        throws
    {
        let bench = WeirBench()
        bench.offer(
            "work",
            "a: {run: ': > ../up; exec sleep 4712'}\n  b: {needs: a, run: ': > ../later'}"
        )
        let shell = bench.start(["serve", "pipelines", "--listen", "127.0.0.1:0"])
        let agent = try SmallDiskAgent(shell, bench, token: "state/token")
        let run = try agent.start("work").run
        try agent.wait { bench.folder.read("up") != nil }
        let removal = Subprocess(
            ["/bin/rm", "-rf", bench.folder.path + "/state"],
            environment: [:]
        )
        #expect(removal.wait(atMost: .seconds(30)) == 0)
        // Nothing is written meanwhile: the sign of life that is given every 5 s finds out.
        try agent.wait { shell.err.contains("run \(run) (work) is lost: ") }
        #expect(!bench.isRunning("sleep 4712"))
        #expect(bench.folder.read("later") == nil)
        #expect(shell.err.contains("what it remembered is lost; nothing of it runs any more"))
        try agent.waitUntil("/readyz?verbose", 503, contains: "[-]state failed: ")
        let ready = try agent.get("/readyz?verbose").body
        #expect(ready.contains("put it back, or end the agent and start it anew"))
        #expect(try agent.get("/healthz").status == 200)
        #expect(try agent.start("work").answer.status == 503)
        #expect(access(bench.folder.path + "/state", F_OK) != 0, "nobody makes another one")
        #expect(try agent.get("/metrics").body.contains("weir_ready{check=\"state\"} 0"))
        agent.end()
    }
}

/// An agent that is asked over its port, since its socket is where nobody outside comes.
private final class SmallDiskAgent {
    private let shell: Subprocess
    private let bench: WeirBench
    private let port: UInt16
    private let token: String

    init(_ shell: Subprocess, _ bench: WeirBench, token: String = "token") throws {
        self.shell = shell
        self.bench = bench
        let deadline = ContinuousClock.now + .seconds(60)
        while !shell.out.contains("  state: ") || bench.folder.read(token)?.isEmpty != false {
            try #require(ContinuousClock.now < deadline)
            try #require(shell.wait(atMost: .milliseconds(5)) == nil, "\(shell.err)")
        }
        let line = shell.out.split(separator: "\n").first { $0.contains("http://") }
        port = try #require(line?.split(separator: ":").last.flatMap { UInt16($0) })
        self.token = (bench.folder.read(token) ?? "").filter { $0 != "\n" }
    }

    func get(_ page: String) throws -> HTTPTestClient.Answer {
        try HTTPTestClient(port: port).get(page)
    }

    func start(_ pipeline: String) throws -> (run: String, answer: HTTPTestClient.Answer) {
        let client = try HTTPTestClient(port: port)
        client.send(
            "POST /api/v1/pipelines/\(pipeline)/runs HTTP/1.1\r\nHost: localhost\r\n"
                + "Authorization: Bearer \(token)\r\nContent-Length: 0\r\n\r\n"
        )
        let answer = try client.answer()
        let run = try? JSONValue(parsing: Array(answer.body.utf8))["run"]?.string
        return (run ?? "", answer)
    }

    func waitUntil(_ page: String, _ status: Int, contains text: String) throws {
        try wait {
            let answer = try get(page)
            return answer.status == status && answer.body.contains(text)
        }
    }

    func waitForSuccess(of run: String) throws {
        try wait {
            let shown = try get("/api/v1/runs/\(run)").body
            return try JSONValue(parsing: Array(shown.utf8))["result"]?.string == "success"
        }
    }

    /// As long as the agent runs, and at most a minute.
    func wait(until isSo: () throws -> Bool) throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while try !isSo() {
            try #require(ContinuousClock.now < deadline, "\(shell.err)")
            try #require(shell.wait(atMost: .milliseconds(20)) == nil, "\(shell.err)")
        }
    }

    func end() {
        shell.signal(SIGTERM)
        if shell.wait(atMost: .seconds(30)) == nil { shell.killHard() }
    }
}
