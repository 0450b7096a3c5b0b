import Glibc
import Pipeline
import TestSupport
import Testing
import Transport

/// Runs that begin by themselves, on an agent of the built binary.
@Suite(.timeLimit(.minutes(10)))
struct ScheduleIntegrationTests {
    let bench = WeirBench()

    @Test func `a slot begins a run that knows its instant, in its zone`() async throws {
        bench.offer(
            "tick",
            "a: {run: 'echo \"$WEIR_SCHEDULED_AT\" >> marks'}\nschedule: {every: 1s, timezone: Asia/Kathmandu}"
        )
        let start = Double(time(nil))
        let (agent, url) = try bench.serve()
        let marks = try bench.waitForMarks(2, agent)
        #expect(marks.allSatisfy { $0.hasSuffix("+05:45") })
        let runs = try bench.scheduledRuns()
        #expect(runs.allSatisfy { $0.trigger == "schedule" })
        let text = try await bench.text("\(url)/metrics")
        #expect(text.contains(#"weir_schedule_delay_seconds_count{pipeline="tick"}"#))
        #expect(text.contains(#"weir_schedule_missed_total{pipeline="tick",policy="skip"} 0"#))
        func instant(_ metric: String) throws -> Double {
            try #require(Exposition(text).value(metric + #"{pipeline="tick"}"#))
        }
        let next = try instant("weir_schedule_next_timestamp_seconds")
        #expect(next == next.rounded() && next > start)
        // A success later than that is overdue, by what a run takes.
        #expect(try instant("weir_run_success_deadline_timestamp_seconds") > start + 1)
        let listed = try JSONValue(parsing: try await bench.get("\(url)/api/v1/pipelines").body)
        #expect(listed.array?.first?["next_due"]?.string?.hasSuffix("Z") == true)
        bench.end(agent)
    }

    @Test func `no slot is lost and none comes twice over kills at any instant`() throws {
        bench.offer(
            "tick",
            """
            a: {run: 'true'}
            schedule: {every: 1s, catch_up: all, overlap: allow}
            """
        )
        var random = SeededRandom(seed: 7)
        for _ in 0..<12 {
            let (agent, _) = try bench.serve()
            // Not a wait for something: the instant of a kill is to be any.
            _ = agent.wait(atMost: .milliseconds(Int64.random(in: 100...1_900, using: &random)))
            agent.killHard()
            _ = agent.wait()
        }
        let (agent, _) = try bench.serve()
        let before = try bench.scheduledRuns().count
        while try bench.scheduledRuns().count < before + 2 {
            try #require(agent.wait(atMost: .milliseconds(20)) == nil)
        }
        bench.end(agent)
        let slots = try bench.scheduledRuns().map { $0.scheduledAt / 1_000_000_000 }.sorted()
        let first = try #require(slots.first)
        #expect(slots == (0..<Int64(slots.count)).map { first + $0 })
    }

    @Test func `ten thousand schedules due in one second leave the agent answering`() async throws {
        let zones = try bench.zones(100)
        for number in 0..<100 {
            let entries = zones.map { "{every: 15s, timezone: \($0)}" }.joined(separator: ", ")
            bench.offer("p\(number)", "a: {run: 'sleep 1'}\nschedule: [\(entries)]")
        }
        let (agent, url) = try bench.serve()
        var decided = 0.0
        while decided < 10_000 {
            #expect(try await bench.get("\(url)/healthz").status == 200)
            let shown = Exposition(try await bench.text("\(url)/metrics"))
            decided =
                shown.sum("weir_schedule_missed_total", where: #"policy="skip""#)
                + shown.sum("weir_schedule_delay_seconds_count", where: "pipeline=")
        }
        bench.end(agent)
    }

    @Test func `a job of somebody else's that is late shows on the agent`() async throws {
        let start = Double(time(nil))
        let (agent, url) = try bench.serve()
        let series = #"weir_run_success_deadline_timestamp_seconds{pipeline="backup"}"#
        func deadline() async throws -> Double? {
            Exposition(try await bench.text("\(url)/metrics")).value(series)
        }
        #expect(
            bench.weir("exec", "--name", "backup", "--expect-every", "1h", "--", "false").code == 1
        )
        var first: Double?
        while first == nil { first = try await deadline() }
        let due = try #require(first) - 3_600
        #expect(due >= start && due <= Double(time(nil)) + 1)
        // A failure moves nothing, a success does.
        #expect(
            bench.weir("exec", "--name", "backup", "--expect-every", "2h", "--", "true").code == 0
        )
        while try await deadline() == first {}
        #expect(try await deadline() ?? 0 >= start + 7_200)
        #expect(
            bench.weir("exec", "--name", "backup", "--expect-every", "0s", "--", "true").code == 0
        )
        while try await deadline() != nil {}
        let wrong = bench.weir("exec", "--expect-every", "daily", "--", "true")
        #expect(wrong.code == 125 && wrong.err.contains("write 90m, 1h30m, 1d"))
        bench.end(agent)
    }

    @Test func `plan tells the next runs, over a change of the clocks`() throws {
        bench.pipeline(
            """
            name: late
            schedule: {cron: "30 2 * * *", timezone: Europe/Berlin, jitter: 10m}
            steps: {a: {run: 'true'}}

            """
        )
        let plan = bench.weir("plan", "--next", "400", "--json")
        let value = try JSONValue(parsing: Array(plan.out.utf8))
        let next = try #require(value["next"]?.array).compactMap { $0["slot"]?.string }
        #expect(next.count == 400)
        // Once a year the clocks pass it over, and it runs when they have.
        #expect(next.count { $0.hasSuffix("T03:00:00+02:00") } == 1)
        #expect(next.allSatisfy { $0.contains("T02:30:00") || $0.contains("T03:00:00") })
        let text = bench.weir("plan", "--next", "2")
        #expect(text.out.contains("next runs\n") && text.out.contains("jitter"))
        #expect(
            text.out.contains("schedule cron 30 2 * * * Europe/Berlin, jitter 10m, overlap skip")
        )
        bench.pipeline("steps: {a: {run: 'true'}}\n")
        let none = bench.weir("plan", "--next", "2")
        #expect(none.code == 2 && none.err.contains("has no `schedule`"))
    }

    @Test(arguments: [
        (#"{cron: "61 * * * *"}"#, "the minute `61` is not between 0 and 59"),
        (#"{cron: "0 0 30 2 *"}"#, "never: February has no day 30"),
        ("{every: 1h, timezone: Europe/Berln}", "there is no time zone `Europe/Berln`"),
        ("{every: 1h, timezone: ../../etc/passwd}", "there is no time zone"),
        ("{every: 500ms}", "an interval must be at least 1s"),
        ("{every: 1h, within: 6h}", "`within` has no effect"),
        ("{every: 1h, cron: '@daily'}", "a schedule has one timing"),
        ("{timezone: UTC}", "the schedule does not say when"),
        ("[{every: 1h}, {every: 60m}]", "the schedule `every 1h` is given twice"),
    ])
    func `a schedule that cannot be is refused with its place`(
        _ schedule: String,
        _ message: String
    ) {
        bench.pipeline("schedule: \(schedule)\nsteps: {a: {run: 'true'}}\n")
        let outcome = bench.weir("validate")
        #expect(outcome.code == 2)
        #expect(
            outcome.err.contains("weir.yaml:1:") && outcome.err.contains(message),
            "\(outcome.err)"
        )
        #expect(outcome.err.contains("help: "))
    }
}

extension WeirBench {
    /// What the journals tell of the runs that schedules began.
    func scheduledRuns() throws -> [(pipeline: String, trigger: String, scheduledAt: Int64)] {
        // What a crash left of a run that never was has a name of its own (`.new-…`).
        let entries = files().filter { name, _ in
            name.hasSuffix("/journal.jsonl") && name.contains("/runs/") && !name.contains("/.new-")
        }
        return try entries.values.compactMap { text in
            guard let line = text.split(separator: "\n").first else { return nil }
            let start = try JSONValue(parsing: Array(line.utf8))
            guard let pipeline = start["pipeline"]?.string, let trigger = start["trigger"]?.string,
                let at = start["scheduled_at"]?.integer
            else { return nil }
            return (pipeline, trigger, at)
        }
    }

    /// Waits for so many lines in `pipelines/marks`.
    func waitForMarks(_ count: Int, _ agent: Subprocess) throws -> [String] {
        while true {
            let text = folder.read("pipelines/marks") ?? ""
            let lines = text.split(separator: "\n").map(String.init)
            if lines.count >= count { return lines }
            try #require(agent.wait(atMost: .milliseconds(5)) == nil, "\(agent.err)")
        }
    }

    /// So many names of time zones.
    func zones(_ count: Int) throws -> [String] {
        let text = try String(decoding: readAll("/usr/share/zoneinfo/zone1970.tab"), as: UTF8.self)
        return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.prefix(count)
            .map { String($0.split(separator: "\t")[2]) }
    }

    private func readAll(_ path: String) throws -> [UInt8] {
        let file = open(path, O_RDONLY)
        guard file >= 0 else { throw TestSupportError("\(path) is missing: install tzdata") }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(file, &buffer, buffer.count), count > 0 {
            bytes += buffer[..<count]
        }
        return bytes
    }
}
