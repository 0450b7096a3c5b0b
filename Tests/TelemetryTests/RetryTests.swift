import Pipeline
import Telemetry
import TestSupport
import Testing

/// A run that repeats another one, in every fold.
struct RetryTests {
    static let source = LinkedRun(
        run: RunID(high: 5, low: 6),
        trace: TraceID(high: 7, low: 8)
    )
    /// The run that the retried one itself took `collect` from.
    static let oldest = LinkedRun(run: RunID(high: 3, low: 4), trace: TraceID(high: 9, low: 10))

    private func retried(limits: SpanLimits = SpanLimits()) -> RunScript {
        var started = makeStart(run: RunScript.run, pipeline: "daily-reports")
        started.stepCount = 5
        started.retryOf = Self.source
        started.spanLimits = limits
        var script = RunScript()
        script.add(0, .runStarted(started))
        let collect = ReusedStep(from: Self.oldest, directory: "/outputs/collect")
        script.add(0, .stepReused(step: "collect", collect))
        script.add(0, .outputReused(step: "collect", key: "count", value: "3"))
        script.finishes(0, "collect", Outcome(.reused), attempts: 0)
        for step in ["fetch", "clean"] {
            script.add(0, .stepReused(step: step, ReusedStep(from: Self.source)))
            script.finishes(0, step, Outcome(.reused), attempts: 0)
        }
        script.finishes(0, "index", Outcome(.condition), attempts: 0, because: "load")
        script.succeeds("load", from: 0, to: 3, after: "clean")
        script.ends(3, run: RunEnd(.success))
        return script
    }

    @Test func `the snapshot holds what stands, and where it is from`() throws {
        let run = Runs.folded(retried(), plan: Runs.dailyPlan)
        #expect(run.inconsistencies.isEmpty)
        let collect = try #require(run.step("collect"))
        #expect(collect.reused == ReusedStep(from: Self.oldest, directory: "/outputs/collect"))
        #expect(collect.outputs.map(\.key) == ["count"])
        #expect(collect.outcome == Outcome(.reused))
        #expect(run.counts.ok == 4)
        #expect(run.counts.skipped == 1)
        #expect(run.criticalPath?.steps == ["load"])
        let late = RecordedEvent(
            sequence: 99,
            at: RunScript.at(4),
            event: .stepReused(step: "load", ReusedStep(from: Self.source))
        )
        var cut = RunSnapshot(plan: Runs.dailyPlan)
        for event in retried().events.dropLast() { cut.apply(event) }
        #expect(cut.apply(late)?.problem.isReuseOfWhatHasEnded == true)
    }

    @Test func `spans link to the run that did the work, and a reused step has no length`() throws {
        let spans = retried().spans
        let root = try #require(spans.last)
        #expect(root.links == [link(Self.source, .run, .retry)])
        #expect(root.attributes[.retryOf] == .text(Self.source.run.description))
        let collect = try #require(spans.first { $0.name == "collect" })
        #expect(collect.links == [link(Self.oldest, .step("collect"), .reuse)])
        #expect(collect.start == collect.end)
        #expect(collect.status == .unset)
        #expect(collect.attributes[.taskRunResult] == .text("success"))
        #expect(collect.attributes[.stepReason] == .text("reused"))
        #expect(collect.attributes[.stepAttempts] == .integer(0))
        #expect(spans.first { $0.name == "load" }?.links == [])
        #expect(spans.count == 1 + 5 + 1)
        let bare = retried(limits: SpanLimits(linkCount: 0)).spans
        #expect(bare.last?.links == [])
        #expect(bare.last?.droppedLinks == 1)
    }

    private func link(
        _ source: LinkedRun,
        _ path: SpanPath,
        _ kind: SpanLink.Kind
    ) -> SpanLink {
        var attributes = SpanAttributes(of: .link, limits: SpanLimits())
        attributes.set(.linkKind, kind.rawValue)
        return SpanLink(
            traceID: source.trace,
            spanID: path.spanID(in: source.run),
            attributes: attributes
        )
    }

    @Test func `a link stands in the document as OTLP has it`() throws {
        var batch = OTLPBatchBuilder()
        for span in retried().spans { _ = batch.add(span, of: OTLPResource([])) }
        let taken = batch.take()
        let bytes = try #require(taken).bytes
        let text = String(decoding: bytes, as: UTF8.self)
        let id = SpanPath.run.spanID(in: Self.source.run)
        let kind = #"{"key":"weir.link.kind","value":{"stringValue":"retry"}}"#
        let link = #"{"traceId":"\#(Self.source.trace)","spanId":"\#(id)","attributes":[\#(kind)]}"#
        #expect(text.contains(#""links":[\#(link)]"#))
    }

    @Test func `metrics count a reused step and no attempt of it`() {
        var meters = MeteredScripts()
        meters.apply(retried())
        let step = #"pipeline="daily-reports",step="collect""#
        let count = "weir_step_duration_seconds_count{\(step),result=\"success\"}"
        #expect(meters.value(count) == "1")
        #expect(meters.value("weir_step_attempts_total{\(step),result=\"success\"}") ?? "0" == "0")
        let runs = #"weir_runs_total{pipeline="daily-reports",result="success"}"#
        #expect(meters.value(runs) == "1")
    }

    @Test func `every face says what was reused and what was left out`() {
        let run = Runs.folded(retried(), plan: Runs.dailyPlan)
        let style = TerminalStyle.plain
        let show = ShowText.lines(run, style: style).joined(separator: "\n")
        #expect(show.contains("retry of  \(Self.source.run)"))
        #expect(show.contains("4 ok (3 reused) · 1 left out"))
        #expect(show.contains("reused from run \(Self.oldest.run)"))
        #expect(show.contains("only load was asked for"))
        var plain = PlainLines()
        let lines = retried().events.compactMap { plain.line(for: $0) }.joined(separator: "\n")
        #expect(lines.contains("a retry of \(Self.source.run)"))
        #expect(lines.contains("collect ok (reused from an earlier run)"))
        #expect(lines.contains("index skipped (only load was asked for)"))
        let report = String(decoding: RunReport.json(run), as: UTF8.self)
        #expect(report.contains(#""retry_of":"\#(Self.source.run)""#))
        #expect(report.contains(#""reused_from":"\#(Self.oldest.run)""#))
        var feed = ProgressFeed()
        let messages = retried().events.compactMap { feed.message(for: $0) }
        #expect(messages.count { $0.outcome?.reason == .reused } == 3)
        #expect(messages.first?.message == "started, a retry of \(Self.source.run)")
    }

    @Test func `a plan shows what is cached`() {
        var plan = Runs.dailyPlan
        plan.steps[0].cache = CachePolicy(inputs: ["*.csv"], ttl: .seconds(3_600))
        let text = PlanText.lines(plan, style: .plain).joined(separator: "\n")
        #expect(text.contains("1h, *.csv"))
        let json = String(decoding: PlanJSON.json(plan), as: UTF8.self)
        #expect(json.contains(#""cache":{"inputs":["*.csv"],"ttl_seconds":3600"#))
        #expect(json.ranges(of: #""cache""#).count == 1)
    }

    @Test func `the advice says what a retry would do`() throws {
        let failed = try #require(RetryAdvice.advice(Runs.failed(), Runs.dailyPlan))
        #expect(failed.command == "weir retry d901")
        #expect(failed.effect == "load and what follows, reusing 3 steps")
        var script = RunScript(pipeline: "daily-reports", steps: 5)
        for step in ["collect", "fetch"] {
            script.starts(0, step)
            script.finishes(1, step, .exit)
        }
        script.ends(2, run: RunEnd(.exit, step: "collect"))
        let whole = RetryAdvice.advice(Runs.folded(script), Runs.dailyPlan)
        #expect(whole?.effect == "all of it once more, in a new run")
        let good = Runs.folded(retried(), plan: Runs.dailyPlan)
        #expect(RetryAdvice.advice(good, Runs.dailyPlan) == nil)
    }
}

extension RunInconsistency.Problem {
    fileprivate var isReuseOfWhatHasEnded: Bool {
        if case .step("load", isIn: .finished, what: "is reused") = self { true } else { false }
    }
}
