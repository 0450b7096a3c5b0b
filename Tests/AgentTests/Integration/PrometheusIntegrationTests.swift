import Glibc
import Pipeline
import Telemetry
import TestSupport
import Testing

@testable import Agent

/// A real Prometheus scrapes a real agent, as the agent's own words tell it to.
@Suite(.timeLimit(.minutes(10)), .enabled(if: hasPrometheus, "needs Tests/Tools/setup.sh test"))
struct PrometheusIntegrationTests {
    let bench = WeirBench()

    init() {
        bench.offer("good", "a: {run: 'true'}")
        bench.offer("bad", "a: {run: 'exit 3'}")
        bench.offer(
            "long",
            """
            first: {run: 'true'}
              second: {needs: first, run: ': > ../started; until [ -e ../go ]; do sleep 0.01; done'}
            """
        )
        // Never run: what it defines is shown all the same.
        bench.folder.write(
            "pipelines/scarce.yaml",
            """
            name: scarce
            pools: {db: 2}
            rate_limits: {site: 1/s}
            breakers: {site: {failures: 1}}
            steps:
              a: {run: 'true', pool: db, rate_limit: site, breaker: site, compensate: {run: 'true'}}

            """
        )
    }

    /// The snippet that the agent prints, under times that suit a test.
    private func configuration(_ agent: Subprocess) throws -> String {
        while !agent.out.contains("targets: ") {
            try #require(agent.wait(atMost: .milliseconds(5)) == nil, "\(agent.err)")
        }
        let lines = agent.out.split(separator: "\n")
        let start = try #require(lines.firstIndex(of: "for Prometheus:"))
        let snippet = lines[(start + 1)...].map { $0.dropFirst(2) }.joined(separator: "\n")
        try #require(snippet.hasPrefix("scrape_configs:\n"))
        return "global: {scrape_interval: 250ms, scrape_timeout: 250ms}\n\(snippet)\n"
    }

    private func run(_ pipeline: String, _ url: String) async throws {
        _ = try await bench.waitForEnd(of: try bench.startPipeline(pipeline), url)
    }

    @Test func `every metric arrives with its type and its help, and the runs are counted`()
        async throws
    {
        bench.offer("tick", "a: {run: 'true'}\nschedule: {every: 1s}")
        let (agent, url) = try bench.serve()
        let prometheus = try PrometheusServer(configuration: try configuration(agent))
        try prometheus.wait(for: "a scrape") { try prometheus.value("up") == 1 }
        for pipeline in ["good", "bad", "good", "bad", "good"] { try await run(pipeline, url) }

        let success = #"weir_runs_total{pipeline="good",result="success"}"#
        let failure = #"weir_runs_total{pipeline="bad",result="failure"}"#
        try prometheus.wait(for: "the runs") {
            try prometheus.value(success) == 3 && prometheus.value(failure) == 2
        }
        let asked = #"{pipeline=~"good|bad"}"#
        #expect(try prometheus.value("sum(weir_runs_total\(asked))") == 5)
        #expect(try prometheus.value("sum(weir_run_duration_seconds_count\(asked))") == 5)
        try prometheus.wait(for: "a run that began by itself") {
            let count = #"weir_schedule_delay_seconds_count{pipeline="tick"}"#
            return try prometheus.value(count) ?? 0 > 0
        }
        let exits = #"weir_attempt_failures_total{pipeline="bad",reason="exit"}"#
        #expect(try prometheus.value(exits) == 2)
        #expect(try prometheus.value("up") == 1)

        let shown = Exposition(try await bench.text("\(url)/metrics"))
        let known = Dictionary(uniqueKeysWithValues: MetricCatalog.all.map { ($0.name, $0) })
        for (name, type) in shown.types {
            #expect(type == known[name]?.kind.rawValue && shown.helps[name] == known[name]?.help)
        }
        // What there is nothing to say of: no exporter, no run, no memory above the floor.
        let silent: Set = [
            "weir_otlp_requests_total", "weir_otlp_backlog_items",
            "weir_otlp_backlog_oldest_timestamp_seconds",
            "weir_run_oldest_active_start_timestamp_seconds", "weir_step_last_peak_memory_bytes",
            "weir_steps_blocked", "weir_queue_oldest_enqueued_timestamp_seconds",
        ]
        #expect(Set(known.keys).subtracting(shown.types.keys).subtracting(silent) == [])
        try prometheus.wait(for: "all metadata") {
            let data = try prometheus.data("metadata")
            return shown.types.allSatisfy { name, type in
                let told = data[name]?.array?.first
                return told?["type"]?.string == type && told?["help"]?.string == shown.helps[name]
            }
        }
    }

    @Test
    func
        `no counter falls over kill -9 and clean restarts, and the sums are those of the journals`()
        async throws
    {
        var (agent, url) = try bench.serve()
        let address = String(try #require(url.split(separator: "/").last))
        let prometheus = try PrometheusServer(configuration: try configuration(agent))
        var process: Double?
        /// Until there is a sample of the process that runs now.
        func waitForScrape() throws {
            let former = process
            try prometheus.wait(for: "a scrape") {
                process = try prometheus.value("process_start_time_seconds")
                return process != nil && process != former
            }
        }
        try waitForScrape()
        try await run("good", url)
        try await run("bad", url)
        try prometheus.wait(for: "2 runs") { try prometheus.value("sum(weir_runs_total)") == 2 }

        // One run in the middle of a step, one that has just ended.
        let long = try bench.startPipeline("long")
        while bench.folder.read("started") == nil {
            try #require(agent.wait(atMost: .milliseconds(5)) == nil)
        }
        try await run("good", url)
        agent.killHard()
        (agent, url) = try bench.serve(listen: address)
        let active = #"weir_runs_active{pipeline="long",state="executing"}"#
        try prometheus.wait(for: "the run to go on") { try prometheus.value(active) == 1 }
        try waitForScrape()
        bench.folder.write("go", "")
        _ = try await bench.waitForEnd(of: long, url)

        try await run("bad", url)
        agent.killHard()
        (agent, url) = try bench.serve(listen: address)
        try waitForScrape()

        try await run("good", url)
        agent.signal(SIGTERM)
        #expect(agent.wait(atMost: .seconds(30)) == 0)
        (agent, url) = try bench.serve(listen: address)
        try waitForScrape()
        try await run("bad", url)

        let truth = try Truth(bench)
        #expect(truth.runs.values.reduce(0, +) == 7 && truth.recoveries == 1)
        try prometheus.wait(for: "7 runs") { try prometheus.value("sum(weir_runs_total)") == 7 }
        try expectTruth(truth, in: prometheus)
        try expectNoReset(in: prometheus)
        // A query that sees no fall anywhere would be content with everything.
        #expect(try !prometheus.query("resets(weir_runs_active[1h]) > 0").isEmpty)
        #expect(try prometheus.value("changes(process_start_time_seconds[1h])") == 3)
    }

    /// What the counters show, and by how much they rose since the first scrape.
    private func expectTruth(_ truth: Truth, in prometheus: PrometheusServer) throws {
        func counts(_ expression: String, _ labels: String...) throws -> [[String]: Double] {
            let samples = try prometheus.query("\(expression) > 0")
            let pairs = samples.map { sample in
                (labels.map { sample.labels[$0] ?? "" }, sample.value)
            }
            return Dictionary(uniqueKeysWithValues: pairs)
        }
        func rise(_ name: String) -> String {
            "last_over_time(\(name)[1h]) - min_over_time(\(name)[1h])"
        }
        let (runs, attempts) = ("weir_runs_total", "weir_step_attempts_total")
        #expect(try counts(runs, "pipeline", "result") == truth.runs)
        #expect(try counts(rise(runs), "pipeline", "result") == truth.runs)
        #expect(try counts(attempts, "pipeline", "step", "result") == truth.attempts)
        #expect(try counts(rise(attempts), "pipeline", "step", "result") == truth.attempts)
        #expect(try prometheus.value("sum(weir_run_recoveries_total)") == truth.recoveries)
    }

    /// Every counter, those of the histograms among them.
    private func expectNoReset(in prometheus: PrometheusServer) throws {
        let names = MetricCatalog.all.filter { $0.lifetime == .kept }.flatMap { metric in
            switch metric.kind {
            case .counter: [metric.name]
            case .histogram: ["_bucket", "_sum", "_count"].map { metric.name + $0 }
            case .gauge: [String]()
            }
        }
        #expect(names.count > 25)
        for name in names {
            let falls = try prometheus.query("resets(\(name)[1h]) > 0")
            #expect(falls.isEmpty, "\(name): \(falls)")
        }
    }

    /// What the journals say, counted without a metric.
    private struct Truth {
        var runs: [[String]: Double] = [:]
        var attempts: [[String]: Double] = [:]
        var recoveries = 0.0

        init(_ bench: WeirBench) throws {
            let state = StateFolder(path: bench.folder.path + "/state")
            for id in try state.runIDs() {
                var pipeline = ""
                try state.run(id).events { event in
                    guard case .known(let recorded) = event else { return }
                    switch recorded.event {
                    case .runStarted(let started): pipeline = started.pipeline
                    case .runResumed: recoveries += 1
                    case .runFinished(let end):
                        runs[[pipeline, end.outcome.result.rawValue], default: 0] += 1
                    case .attemptFinished(let attempt, let end):
                        let result = end.outcome.result.rawValue
                        attempts[[pipeline, attempt.step, result], default: 0] += 1
                    default: return
                    }
                }
            }
        }
    }

    @Test func `what goes on shows while it goes on`() async throws {
        bench.folder.write(
            "pipelines/wide.yaml",
            """
            name: wide
            workers: 3
            steps:
              a: {run: 'until [ -e ../go ]; do sleep 0.01; done'}
              b: {run: 'until [ -e ../go ]; do sleep 0.01; done'}
              c: {needs: [a, b], run: 'true'}
            """
        )
        let (agent, url) = try bench.serve()
        let prometheus = try PrometheusServer(configuration: try configuration(agent))
        let runs = try (1...2).map { _ in try bench.startPipeline("wide") }
        let oldest = try #require(RunID(hex: runs[0]))
        func expect(_ values: [String: Double]) throws {
            for (series, value) in values {
                try prometheus.wait(for: "\(series) \(value)") {
                    try prometheus.value(series) == value
                }
            }
        }
        try expect([
            #"weir_runs_active{pipeline="wide",state="executing"}"#: 2,
            #"weir_runs_active{pipeline="wide",state="pending"}"#: 0,
            #"weir_steps_active{pipeline="wide",step="a"}"#: 2,
            #"weir_steps_active{pipeline="wide",step="b"}"#: 2,
            #"weir_steps_active{pipeline="wide",step="c"}"#: 0,
            #"weir_workers{state="busy"}"#: 4, #"weir_workers{state="available"}"#: 2,
        ])
        let start = try prometheus.value(#"weir_run_oldest_active_start_timestamp_seconds"#)
        #expect(abs(try #require(start) - Double(oldest.high >> 16) / 1_000) < 1)
        bench.folder.write("go", "")
        for run in runs { _ = try await bench.waitForEnd(of: run, url) }
        try expect([
            "sum(weir_runs_active)": 0, "sum(weir_steps_active)": 0, "sum(weir_workers)": 0,
            #"weir_runs_total{pipeline="wide",result="success"}"#: 2,
        ])
        #expect(try prometheus.query("weir_run_oldest_active_start_timestamp_seconds").isEmpty)
    }

    @Test func `promtool has nothing to say, and no series stands there twice`() async throws {
        let unclosed = try promtoolFindings("# TYPE a_total counter\na_total{x=\"1\" 1\n")
        #expect(unclosed.status != 0 && unclosed.output.contains("parsing error"))
        let unnamed = try promtoolFindings("# HELP a x\n# TYPE a counter\na 1\n")
        #expect(unnamed.status != 0 && unnamed.output.contains("_total"))
        let twice = #"a_total{x="1"}"#
        #expect(Exposition("\(twice) 1\na_total 1\n\(twice) 2\n").repeated == [twice[...]])

        let (agent, url) = try bench.serve()
        for pipeline in ["good", "bad"] { try await run(pipeline, url) }
        let text = try await bench.text("\(url)/metrics")
        #expect(text.contains("weir_runs_total"))
        let found = try promtoolFindings(text)
        #expect(found.status == 0 && found.output.isEmpty, "\(found.output)")
        let exposition = Exposition(text)
        #expect(exposition.repeated.isEmpty && exposition.series.count > 100)
        agent.killHard()
    }
}

private let hasPrometheus =
    (try? prometheusProgram("prometheus")) != nil && (try? prometheusProgram("promtool")) != nil
