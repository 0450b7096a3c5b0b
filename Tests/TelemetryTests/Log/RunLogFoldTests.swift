import Pipeline
import TestSupport
import Testing

@testable import Telemetry

/// Which events of a run are told, how loudly, and with what.
struct RunLogFoldTests {
    private func texts(_ script: RunScript, from level: LogLevel = .debug) -> [String] {
        var fold = RunLogFold()
        return script.events.compactMap { event in
            fold.record(for: event, from: level).map { record in
                let ids = ["run", "pipeline", "trace_id", "span_id"]
                let rest = record.fields.filter { !ids.contains($0.key) }
                var short = LogRecord(record.level, record.message, at: record.at)
                for field in rest {
                    switch field.value {
                    case .text(let text): short = short.with(field.key, text)
                    case .integer(let number): short = short.with(field.key, number)
                    case .duration(let duration): short = short.with(field.key, duration)
                    }
                }
                return String(LogFormat.logfmt.text(short).dropFirst(36))
            }
        }
    }

    private var failing: RunScript {
        var script = RunScript(pipeline: "daily", steps: 1)
        script.ready(0, "load")
        script.starts(1, "load")
        script.ends(2, "load", AttemptEnd(.exit, exitCode: 75))
        script.add(2, .retryScheduled(step: "load", next: 2, until: RunScript.at(4.5)))
        script.starts(4.5, "load", 2)
        script.ends(6, "load", 2, AttemptEnd(.exit, exitCode: 1))
        script.finishes(6, "load", .exit, attempts: 2)
        script.add(6, .runStopping(.failed(step: "load")))
        script.ends(6, run: RunEnd(.exit, step: "load"))
        return script
    }

    @Test func `a run that fails, at every level`() {
        let all = texts(failing)
        let info = [
            #"level=info msg="run started" trigger=cli steps=1"#,
            #"level=warn msg="attempt finished" step=load attempt=1 result=failure reason=exit error="exit 75" duration=1.0"#,
            #"level=info msg="retry scheduled" step=load attempt=2 in=2.5"#,
            #"level=warn msg="attempt finished" step=load attempt=2 result=failure reason=exit error="exit 1" duration=1.5"#,
            #"level=warn msg="step finished" step=load result=failure reason=exit attempts=2 duration=6.0"#,
            #"level=warn msg="run is stopping" why="load failed""#,
            #"level=error msg="run finished" result=failure reason=exit step=load duration=6.0"#,
        ]
        #expect(texts(failing, from: .info) == info)
        #expect(all.filter { !$0.hasPrefix("level=debug") } == info)
        #expect(all.count == info.count + 5)
        #expect(texts(failing, from: .error) == [info[6]])
    }

    @Test func `every record has the ids of its run and of the span it belongs to`() throws {
        var fold = RunLogFold()
        for event in failing.events {
            let told = fold.record(for: event, from: .debug)
            let record = try #require(told)
            let fields = Dictionary(
                record.fields.map { ($0.key, $0.value) },
                uniquingKeysWith: { first, _ in first }
            )
            #expect(fields["run"] == .text(RunScript.run.description))
            #expect(fields["trace_id"] == .text(RunScript.run.description))
            let path: SpanPath =
                switch (fields["step"], fields["attempt"]) {
                case (.text(let step), .integer(let number)):
                    .attempt(AttemptRef(step: step, number: Int(number)))
                case (.text(let step), _) where record.message != "run finished": .step(step)
                default: .run
                }
            #expect(fields["span_id"] == .text(path.spanID(in: RunScript.run).description))
        }
    }

    @Test func `what goes well is told in two lines, a cancelled run warns`() {
        var script = RunScript(pipeline: "daily", steps: 1)
        script.succeeds("a", from: 0, to: 1)
        script.ends(1, run: RunEnd(.success))
        #expect(texts(script, from: .info).count == 2)
        var other = RunScript(pipeline: "daily", steps: 1)
        other.ends(1, run: RunEnd(Outcome(.cancel)))
        #expect(
            texts(other, from: .warn).first?.hasPrefix(#"level=warn msg="run finished""#) == true
        )
    }
}
