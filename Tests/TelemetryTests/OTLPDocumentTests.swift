import Pipeline
import Telemetry
import Testing

/// Whole documents as they go to a collector, one for each way a run can go.
struct OTLPDocumentTests {
    private func document(_ script: EventScript) throws -> [UInt8] {
        guard case .runStarted(let started) = script.events.first?.event else { return [] }
        let resource = OTLPResource(started.resource)
        var builder = OTLPBatchBuilder()
        for span in SpanFold.spans(of: script.events) {
            #expect(builder.add(span, of: resource) == .added)
        }
        let batch = builder.take()
        return try #require(batch).bytes
    }

    @Test func `a run that succeeds`() throws {
        var script = EventScript(.make(stepCount: 2))
        script.ready(0, "collect")
        script.start(2, "collect")
        script.end(1_002, "collect", .success())
        script.finish(1_002, "collect", StepEnd(.success, attempts: 1))
        script.ready(1_002, "index", after: "collect")
        script.start(1_012, "index")
        script.end(1_512, "index", .success(usage: .make(peakMemory: nil)))
        script.finish(1_512, "index", StepEnd(.success, attempts: 1))
        script.finish(1_513, RunEnd(.success))
        try Golden.expect(document(script), matches: "success")
    }

    @Test func `a step that succeeds at its second attempt`() throws {
        var script = EventScript(.make())
        script.ready(0, "fetch")
        script.start(0, "fetch")
        script.end(100, "fetch", .failure(75, tail: ["curl: (28) timed out"]))
        script.add(
            100,
            .retryScheduled(step: "fetch", next: 2, until: EventScript.instant(850))
        )
        script.start(850, "fetch", attempt: 2)
        script.end(900, "fetch", .success(), attempt: 2)
        script.finish(900, "fetch", StepEnd(.success, attempts: 2))
        script.finish(901, RunEnd(.success))
        try Golden.expect(document(script), matches: "retry")
    }

    @Test func `a run that fails, with the last lines of stderr`() throws {
        var script = EventScript(.make(stepCount: 2))
        script.ready(0, "load")
        script.start(0, "load")
        let tail = [
            "NOTICE:  table \"old\" does not exist, skipping",
            "psql:load.sql:14: ERROR:  relation \"reports\" does not exist",
            "LINE 1: \tSELECT * FROM reports; -- größer \u{1} als",
        ]
        script.end(4_000, "load", .failure(2, tail: tail))
        script.finish(4_000, "load", StepEnd(.exit, attempts: 1))
        script.add(4_000, .runStopping(.failed(step: "load")))
        script.finish(4_000, "index", StepEnd(Outcome(.dependency), attempts: 0, because: "load"))
        script.finish(4_001, RunEnd(.exit, step: "load"))
        try Golden.expect(document(script), matches: "failure")
    }
}
