import Journal
import Pipeline
import Telemetry
import TestSupport
import Testing

@testable import Agent

/// The counters of one agent after the other on the same state folder.
struct AgentMetricsTests {
    let folder = TemporaryDirectory()
    let memory = TemporaryDirectory(in: "/dev/shm")
    let state: StateFolder

    init() throws {
        state = StateFolder(path: folder.path)
        try state.prepare()
    }

    private func shown() throws -> ShownTotals {
        ShownTotals(of: try AgentToken(in: state), ["XDG_RUNTIME_DIR": memory.path])
    }

    private func start() throws -> AgentMetrics {
        let work = try WorkThread("weir-work")
        defer { work.stop() }
        let metrics = AgentMetrics(in: state, work: work, shown: try shown())
        try metrics.absorb()
        return metrics
    }

    private func statistics(
        sent: Int,
        answers: [Int: Int],
        lost: Int = 0
    ) -> [OTLPSignal: ExportStatistics] {
        var statistics = ExportStatistics()
        statistics.own.accepted = sent
        statistics.answers = answers
        statistics.failures = lost > 0 ? ["refused": lost] : [:]
        return [.traces: statistics]
    }

    private func sent(_ metrics: AgentMetrics) -> UInt64 {
        metrics.registry.counter(MetricCatalog.otlpItems, ["traces", "sent"]).value
    }

    private func requests(_ metrics: AgentMetrics, _ code: String) -> UInt64 {
        metrics.registry.counter(MetricCatalog.otlpRequests, ["traces", code]).value
    }

    @Test func `what each process's exporter counts from 0 adds up`() throws {
        let first = try start()
        first.take(statistics(sent: 5, answers: [200: 2], lost: 1))
        first.take(statistics(sent: 7, answers: [200: 3, 503: 1], lost: 1))
        first.take(statistics(sent: 7, answers: [200: 3, 503: 1], lost: 1))
        #expect(sent(first) == 7)
        try first.save(atEnd: true)

        let second = try start()
        #expect(sent(second) == 7, "it goes on from where it stood")
        second.take(statistics(sent: 2, answers: [200: 1]))
        #expect(sent(second) == 9, "and does not wait until the new process has sent as many")
        #expect(requests(second, "200") == 4)
        #expect(requests(second, "503") == 1)
        #expect(requests(second, "0") == 1)
    }

    @Test func `after a kill it goes on from what was shown, after lost power from 0`() throws {
        let first = try start()
        first.take(statistics(sent: 7, answers: [:]))
        try first.save(atEnd: true)

        let killed = try start()
        killed.take(statistics(sent: 3, answers: [:]))
        killed.keepShown()
        killed.take(statistics(sent: 4, answers: [:]))
        try killed.save()

        let next = try start()
        #expect(sent(next) == 10, "as much as a scrape was shown")
        // Where no scrape came since the start, the start itself has kept it.
        #expect(sent(try start()) == 10)

        // All of the 7 that the file once held would count as new.
        try shown().remove()
        #expect(sent(try start()) == 0)
    }

    @Test func `an agent's totals that others wrote are no obstacle`() throws {
        folder.write("totals.json", "{")
        let metrics = try start()
        #expect(metrics.notice?.contains("totals.json") == true)
        metrics.take(statistics(sent: 1, answers: [:]))
        metrics.keepShown()
        folder.write("totals.json", "{")
        #expect(sent(try start()) == 1)
    }
}
