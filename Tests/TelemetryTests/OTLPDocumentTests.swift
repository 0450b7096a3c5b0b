import Pipeline
import Telemetry
import TestSupport
import Testing

/// Whole documents as they go to a collector, one for each way a run can go.
struct OTLPDocumentTests {
    @Test func `a run that succeeds`() throws {
        var script = RunScript.traced(steps: 2)
        script.ready(0, "collect")
        script.starts(0.002, "collect")
        script.ends(1.002, "collect", .success())
        script.finishes(1.002, "collect")
        script.ready(1.002, "index", after: "collect")
        script.starts(1.012, "index")
        script.ends(1.512, "index", .success(usage: .make(peakMemory: nil)))
        script.finishes(1.512, "index")
        script.ends(1.513, run: RunEnd(.success))
        try Golden.expect(script.document(), matches: "success")
    }

    @Test func `a step that succeeds at its second attempt`() throws {
        var script = RunScript.traced()
        script.ready(0, "fetch")
        script.starts(0, "fetch")
        script.ends(0.1, "fetch", .failure(75, tail: ["curl: (28) timed out"]))
        script.add(0.1, .retryScheduled(step: "fetch", next: 2, until: RunScript.at(0.85)))
        script.starts(0.85, "fetch", 2)
        script.ends(0.9, "fetch", 2, .success())
        script.finishes(0.9, "fetch", attempts: 2)
        script.ends(0.901, run: RunEnd(.success))
        try Golden.expect(script.document(), matches: "retry")
    }

    @Test func `a run that fails, with the last lines of stderr`() throws {
        var script = RunScript.traced(steps: 2)
        script.ready(0, "load")
        script.starts(0, "load")
        let tail = [
            "NOTICE:  table \"old\" does not exist, skipping",
            "psql:load.sql:14: ERROR:  relation \"reports\" does not exist",
            "LINE 1: \tSELECT * FROM reports; -- größer \u{1} als",
        ]
        script.ends(4, "load", .failure(2, tail: tail))
        script.finishes(4, "load", .exit)
        script.add(4, .runStopping(.failed(step: "load")))
        script.finishes(4, "index", Outcome(.dependency), attempts: 0, because: "load")
        script.ends(4.001, run: RunEnd(.exit, step: "load"))
        try Golden.expect(script.document(), matches: "failure")
    }

    @Test func `a step that times out and is tolerated`() throws {
        var script = RunScript.traced()
        script.ready(0, "poll")
        script.starts(0, "poll")
        let end = AttemptEnd(
            Outcome(.timeout),
            signal: 9,
            usage: .make(),
            executable: "curl",
            tail: OutputTail(lines: ["  % Total    % Received", ""], totalLines: 812)
        )
        script.ends(600, "poll", end)
        script.finishes(600, "poll", Outcome(.timeout), tolerated: true)
        script.ends(600, run: RunEnd(.success))
        try Golden.expect(script.document(), matches: "timeout")
    }

    @Test func `a program that cannot be started`() throws {
        var script = RunScript.traced()
        script.ready(0, "report")
        script.starts(0, "report", pid: nil)
        let end = AttemptEnd(
            Outcome(.launch),
            message: "no program 'reprot' in PATH",
            executable: "reprot"
        )
        script.ends(0.001, "report", end)
        script.finishes(0.001, "report", Outcome(.launch))
        script.ends(0.001, run: RunEnd(Outcome(.launch), step: "report"))
        try Golden.expect(script.document(), matches: "launch")
    }

    @Test func `a run that is cancelled, twice`() throws {
        var script = RunScript.traced(steps: 2)
        script.ready(0, "build")
        script.ready(0, "lint")
        script.starts(0, "build")
        script.add(2, .runStopping(.cancelled(by: "signal SIGINT", isForced: false)))
        script.finishes(2, "lint", Outcome(.cancel), attempts: 0)
        script.add(3, .runStopping(.cancelled(by: "signal SIGINT", isForced: true)))
        let end = AttemptEnd(Outcome(.cancel), signal: 15, usage: .make(), executable: "make")
        script.ends(3.1, "build", end)
        script.finishes(3.1, "build", Outcome(.cancel))
        script.ends(3.1, run: RunEnd(Outcome(.cancel)))
        try Golden.expect(script.document(), matches: "cancellation")
    }

    @Test func `a run that survives a crash of Weir`() throws {
        var script = RunScript.traced()
        script.ready(0, "train")
        script.starts(1, "train", part: .condition, pid: nil)
        script.add(60, .runResumed(RunResumed(recovery: 1, diedAt: RunScript.at(5))))
        let lost = AttemptEnd(Outcome(.agentCrash), endedAt: RunScript.at(5))
        script.ends(60, "train", 1, part: .condition, lost)
        script.starts(60, "train", 2, part: .condition)
        script.ends(60.1, "train", 2, part: .condition, .success())
        script.starts(60.1, "train")
        script.add(99, .runResumed(RunResumed(recovery: 2, diedAt: RunScript.at(90))))
        script.ends(99, "train", AttemptEnd(Outcome(.agentCrash), endedAt: RunScript.at(90)))
        script.starts(99, "train", 2)
        script.ends(120, "train", 2, .success())
        script.finishes(120, "train", attempts: 2)
        script.ends(120, run: RunEnd(.success))
        try Golden.expect(script.document(), matches: "crash")
    }

    @Test func `a run that continues a caller's trace`() throws {
        let incoming = IncomingContext(
            propagators: Propagator.allCases,
            environment: [
                "TRACEPARENT": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "TRACESTATE": "vendor=opaque, other=\"quoted\"",
            ]
        )
        var script = RunScript.traced(trace: TraceContext(run: RunScript.run, incoming: incoming))
        script.succeeds("deploy", from: 0, to: 3)
        script.ends(3, run: RunEnd(.success))
        try Golden.expect(script.document(), matches: "continued")
    }

    @Test func `a step whose condition says no`() throws {
        var script = RunScript.traced()
        script.ready(0, "publish")
        script.starts(0, "publish", part: .condition)
        let no = AttemptEnd(Outcome(.condition), exitCode: 1, executable: "bash")
        script.ends(0.02, "publish", 1, part: .condition, no)
        script.finishes(0.02, "publish", Outcome(.condition), attempts: 0)
        script.ends(0.02, run: RunEnd(.success))
        try Golden.expect(script.document(), matches: "condition")
    }
}
