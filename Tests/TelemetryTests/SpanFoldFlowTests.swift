import Pipeline
import Telemetry
import TestSupport
import Testing

/// Spans of waits, of undoing and of `finally`.
struct SpanFoldFlowTests {
    private func named(_ name: String, in spans: [FinishedSpan]) throws -> FinishedSpan {
        try #require(spans.first { $0.name == name }, "no span \(name)")
    }

    @Test func `a wait with a name has a span from its beginning to what ends it`() throws {
        var script = RunScript.traced()
        script.ready(0, "load")
        script.add(0.1, .stepBlocked(step: "load", GateWait(.pool, "db")))
        script.add(0.6, .stepBlocked(step: "load", GateWait(.rateLimit, "site")))
        script.starts(0.8, "load")
        script.ends(1, "load", .success())
        script.finishes(1, "load")
        script.ends(1, run: RunEnd(.success))
        let spans = script.spans
        let pool = try named("wait pool", in: spans)
        #expect(pool.start == RunScript.at(0.1) && pool.end == RunScript.at(0.6))
        #expect(pool.attributes[.waitBlocker] == .text("pool"))
        #expect(pool.attributes[.waitName] == .text("db"))
        #expect(pool.parentID == SpanPath.step("load").spanID(in: RunScript.run))
        let path = SpanPath.wait(step: "load", number: 1)
        #expect(pool.spanID == path.spanID(in: RunScript.run))
        let limit = try named("wait rate_limit", in: spans)
        #expect(limit.start == RunScript.at(0.6) && limit.end == RunScript.at(0.8))
        #expect(limit.spanID == SpanPath.wait(step: "load", number: 2).spanID(in: RunScript.run))
    }

    @Test func `a wait of less than 10 ms has none, and keeps its number`() throws {
        var script = RunScript.traced()
        script.ready(0, "load")
        script.add(0, .stepBlocked(step: "load", GateWait(.pool, "db")))
        script.add(0.009, .stepBlocked(step: "load", GateWait(.breaker, "site")))
        script.starts(0.5, "load")
        script.ends(1, "load", .success())
        script.finishes(1, "load")
        let waits = script.spans.filter { $0.name.hasPrefix("wait ") }
        #expect(waits.map(\.name) == ["wait breaker"])
        let path = SpanPath.wait(step: "load", number: 2)
        #expect(waits.first?.spanID == path.spanID(in: RunScript.run))
    }

    @Test func `a backoff ends with its time, whoever has no worker then`() throws {
        var script = RunScript.traced()
        script.ready(0, "load")
        script.starts(0, "load")
        script.ends(1, "load", .failure(75, tail: []))
        script.add(1, .retryScheduled(step: "load", next: 2, until: RunScript.at(2)))
        script.starts(5, "load", 2)
        let backoff = try named("wait backoff", in: script.spans)
        #expect(backoff.start == RunScript.at(1) && backoff.end == RunScript.at(2))
    }

    @Test func `a wait ends with the process that waited`() throws {
        var script = RunScript.traced()
        script.ready(0, "load")
        script.add(0, .stepBlocked(step: "load", GateWait(.pool, "db")))
        script.add(9, .runResumed(RunResumed(recovery: 1, diedAt: RunScript.at(2))))
        script.add(9, .stepBlocked(step: "load", GateWait(.pool, "db")))
        script.starts(10, "load")
        let waits = script.spans.filter { $0.name == "wait pool" }
        #expect(waits.map(\.start) == [RunScript.at(0), RunScript.at(9)])
        #expect(waits.map(\.end) == [RunScript.at(2), RunScript.at(10)])
    }

    @Test func `undoing a step is the run's child and linked to the step`() throws {
        var script = RunScript.traced(steps: 2)
        script.succeeds("load", from: 0, to: 1)
        script.starts(2, "load", 1, part: .compensation)
        script.ends(3, "load", 1, part: .compensation, .failure(7, tail: ["no"]))
        let next = AttemptRef(step: "load", part: .compensation, number: 2)
        script.add(3, .retryScheduled(next, until: RunScript.at(4)))
        script.starts(4, "load", 2, part: .compensation)
        script.ends(5, "load", 2, part: .compensation, .success())
        script.add(5, .compensationFinished(step: "load", CompensationEnd(.success, attempts: 2)))
        script.ends(6, run: RunEnd(.exit, step: "index"))
        let spans = script.spans.filter { $0.name == "compensate load" }
        #expect(spans.count == 2 && Set(spans.map(\.spanID)).count == 2)
        let step = SpanPath.step("load").spanID(in: RunScript.run)
        for span in spans {
            #expect(span.parentID == SpanPath.run.spanID(in: RunScript.run))
            #expect(span.links.map(\.spanID) == [step])
        }
        #expect(spans[0].status != .unset && spans[1].status == .unset)
        let path = "step/load/compensate/attempt/2"
        #expect(SpanPath.attempt(next).text == path)
        #expect(spans[1].spanID == SpanPath.attempt(next).spanID(in: RunScript.run))
    }

    @Test func `an attempt to undo that comes again has no second span`() {
        var script = RunScript.traced(steps: 2)
        script.succeeds("load", from: 0, to: 1)
        for instant in [2.0, 4.0] {
            script.starts(instant, "load", 1, part: .compensation)
            script.ends(instant + 1, "load", 1, part: .compensation, .failure(7, tail: []))
        }
        #expect(script.spans.count { $0.name == "compensate load" } == 1)
    }

    @Test func `steps of finally have a tree of their own`() {
        let attempt = SpanPath.attempt(AttemptRef(step: "bye", number: 1))
        #expect(attempt.text(isFinal: true) == "finally/bye/attempt/1")
        let ids = [false, true].map { attempt.spanID(in: RunScript.run, isFinal: $0) }
        #expect(ids[0] != ids[1])
        #expect(SpanPath.step("bye").text(isFinal: true) == "finally/bye")
    }

    @Test func `a breaker's change is an event of the run's span`() throws {
        var script = RunScript.traced()
        script.succeeds("load", from: 0, to: 1)
        script.add(1, .breakerChanged(breaker: "site", to: .open))
        script.ends(1, run: RunEnd(.success))
        let event = try #require(script.spans.last?.events.first)
        #expect(event.name.rawValue == "weir.breaker.changed")
        #expect(event.attributes[.breakerName] == .text("site"))
        #expect(event.attributes[.breakerState] == .text("open"))
    }
}
