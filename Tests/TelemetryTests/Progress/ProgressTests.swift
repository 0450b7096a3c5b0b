import Pipeline
import Telemetry
import TestSupport
import Testing

struct ProgressTests {
    @Test func `tells a run line by line`() {
        var lines = PlainLines(utcOffset: 0)
        let text = Runs.failedScript().events.compactMap { lines.line(for: $0) }
        #expect(
            text == [
                "23:10:00 daily-reports started, run 7f3c000000000001112233445566d901 "
                    + "(5 steps, 2 workers)",
                "23:10:00 collect attempt 1 started",
                "23:10:00 fetch attempt 1 started",
                "23:10:20 collect ok after 20s",
                "23:10:20 clean attempt 1 started",
                "23:11:02 fetch ok after 1m02s",
                "23:11:50 clean ok after 1m30s",
                "23:11:50 load attempt 1 started",
                "23:12:30 load attempt 1 failed (exit 2), again in 10s",
                "23:12:40 load attempt 2 started",
                "23:13:20 load attempt 2 failed (exit 2), again in 10s",
                "23:13:30 load attempt 3 started",
                "23:14:10 load failed (exit 2) after 2m20s, attempt 3",
                "23:14:10 daily-reports is stopping: load failed",
                "23:14:10 index skipped (needs load)",
            ]
        )
    }

    @Test func `tells a crash and what goes on after it`() {
        var script = RunScript(pipeline: "daily", steps: 1)
        script.ready(0, "load")
        script.starts(1, "load")
        script.add(60, .runResumed(RunResumed(recovery: 1, diedAt: RunScript.at(5))))
        script.ends(60, "load", AttemptEnd(Outcome(.agentCrash), endedAt: RunScript.at(5)))
        script.starts(61, "load", 2)
        script.ends(62, "load", 2)
        script.finishes(62, "load", attempts: 2)
        var lines = PlainLines(utcOffset: 0)
        let text = script.events.compactMap { lines.line(for: $0) }.dropFirst()
        #expect(
            text == [
                "23:10:01 load attempt 1 started",
                "23:11:00 daily resumed (recovery 1), Weir was ended at 23:10:05",
                "23:11:00 load attempt 1 is lost (Weir was ended while it ran)",
                "23:11:01 load attempt 2 started",
                "23:11:02 load ok after 1m01s, attempt 2",
            ]
        )
    }

    @Test func `names the program that could not be started`() {
        var script = RunScript(pipeline: "daily", steps: 1)
        script.ready(0, "load")
        script.starts(0, "load", pid: nil)
        let why = "cannot start `pgload`: No such file or directory\nlooked in /usr/bin"
        script.ends(0, "load", AttemptEnd(Outcome(.launch), message: why))
        script.finishes(0, "load", Outcome(.launch))
        var lines = PlainLines(utcOffset: 0)
        #expect(
            script.events.compactMap { lines.line(for: $0) }.last == "23:10:00 load ended in an "
                + "error (cannot start `pgload`: No such file or directory) after 0s"
        )
    }

    @Test func `maps every event to one message or none`() {
        var script = RunScript(pipeline: "daily", steps: 3)
        script.ready(0, "a")
        script.starts(0, "a", 1, part: .condition)
        script.ends(1, "a", 1, part: .condition)
        script.starts(1, "a", 1)
        script.ends(2, "a", 1, AttemptEnd(Outcome(.exit), exitCode: 75))
        script.add(2, .retryScheduled(step: "a", next: 2, until: RunScript.at(3.2)))
        script.starts(4, "a", 2)
        script.add(5, .outputSet(AttemptRef(step: "a", number: 2), key: "k", value: "v"))
        script.ends(5, "a", 2)
        script.finishes(5, "a", attempts: 2)
        script.add(5, .runStopping(.cancelled(by: "weir cancel", isForced: false)))
        script.finishes(5, "b", Outcome(.dependency), attempts: 0, because: "x")
        script.ends(6, run: RunEnd(Outcome(.cancel)))
        var feed = ProgressFeed()
        let kinds = script.events.map { feed.message(for: $0)?.kind }
        #expect(
            kinds == [
                .status, nil, nil, nil, nil, .stageStart, nil, .error, .progress, .progress, nil,
                nil, nil, .stageComplete, .status, .stageComplete, .complete,
            ]
        )
    }

    @Test func `writes a message as one flat object`() throws {
        var feed = ProgressFeed()
        let messages = Runs.failedScript().events.compactMap { feed.message(for: $0) }
        let error = try #require(messages.first { $0.kind == .error })
        #expect(
            error.json == """
                {"type":"error","run":"7f3c000000000001112233445566d901",\
                "pipeline":"daily-reports","seq":20,"at":"2026-03-09T23:12:30Z",\
                "step":"load","attempt":1,"result":"failure","reason":"exit",\
                "message":"exit 2: psql:load.sql:14: ERROR:  relation \\"reports\\" does not exist"}
                """
        )
        #expect(
            messages.last?.json == """
                {"type":"complete","run":"7f3c000000000001112233445566d901",\
                "pipeline":"daily-reports","seq":32,"at":"2026-03-09T23:14:12Z",\
                "step":"load","result":"failure","reason":"exit","done":5,"total":5}
                """
        )
        #expect(!messages.contains { $0.json.contains("\n") })
    }

    @Test func `sends nothing before the run's start`() {
        var feed = ProgressFeed()
        let event = RunEvent.stepFinished(step: "a", StepEnd(.success, attempts: 1))
        let recorded = RecordedEvent(sequence: 9, at: RunScript.at(0), event: event)
        #expect(feed.message(for: recorded) == nil)
    }

    @Test func `sends nothing twice`() {
        var feed = ProgressFeed()
        let events = Runs.failedScript().events
        let once = events.compactMap { feed.message(for: $0) }
        #expect(once.count > 10)
        #expect(events.compactMap { feed.message(for: $0) }.isEmpty)
    }
}
