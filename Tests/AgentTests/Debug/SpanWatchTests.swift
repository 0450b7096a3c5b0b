import Pipeline
import Telemetry
import TestSupport
import Testing

@testable import Agent
@testable import Transport

/// What stands between an engine and the page.
struct SpanWatchTests {
    private func events(_ run: RunID, steps: Int) -> [RecordedEvent] {
        var started = makeStart(run: run)
        started.trace = TraceContext(run: run)
        var script = RunScript()
        script.add(0, .runStarted(started))
        for step in 0..<steps { script.ready(0, "s\(step)") }
        return script.events
    }

    private func json(_ watch: SpanWatch) async throws -> JSONValue {
        let reply = watch.answer { board in
            let query = SpanTable.Query(limit: 2_000)
            return .json(SpanTable(board, query, sampler: "", at: RunClock.wallNow).json)
        }
        guard case .task(let body) = reply.kind else { throw TestSupportError("no task") }
        return try JSONValue(parsing: await body().body)
    }

    @Test func `events beyond its room are dropped and counted, and an end never is`() async throws
    {
        let registry = MetricRegistry()
        let watch = try SpanWatch(registry, capacity: 10, rest: .seconds(3_600))
        let (first, second) = (RunID(high: 1, low: 1), RunID(high: 1, low: 2))
        let many = events(first, steps: 20)
        let (one, two) = (watch.listener(of: first), watch.listener(of: second))
        one.offer(many)
        two.offer(events(second, steps: 3))
        one.offer(many)
        one.close()
        two.close()
        let dropped = registry.counter(MetricCatalog.eventsDropped, ["spans"])
        #expect(dropped.value == 4 + 21)
        #expect(try await json(watch)["open"]?.array?.isEmpty == true)
        one.offer(many)
        #expect(try await json(watch)["open"]?.array?.count == 21)
        watch.stop()
    }
}
