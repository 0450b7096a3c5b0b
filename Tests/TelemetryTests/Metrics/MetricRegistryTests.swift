import Pipeline
import Telemetry
import TestSupport
import Testing

struct MetricRegistryTests {
    private static let counter = MetricDefinition(
        "jobs_total",
        .counter,
        "Jobs.",
        labels: [.init("name")]
    )

    @Test func `gives the same child for the same labels`() {
        let registry = MetricRegistry([Self.counter])
        for number in 0..<1_000 { registry.counter(Self.counter, ["\(number)"]).add(1) }
        for number in 0..<1_000 { registry.counter(Self.counter, ["\(number)"]).add(2) }
        let samples = registry.samples("jobs_total{")
        #expect(samples.count == 1_000)
        #expect(samples.allSatisfy { $0.hasSuffix("} 3") })
    }

    @Test func `makes one label set of what is over the budget, and counts it`() {
        let registry = MetricRegistry([Self.counter, MetricCatalog.seriesDropped], limit: 2)
        for name in ["a", "b", "c", "d", "a", "c"] {
            registry.counter(Self.counter, [name]).add()
        }
        #expect(
            registry.samples("jobs_total{") == [
                #"jobs_total{name="__other__"} 3"#, #"jobs_total{name="a"} 2"#,
                #"jobs_total{name="b"} 1"#,
            ]
        )
        #expect(registry.value("weir_metric_series_dropped_total") == "3")
    }

    @Test func `tells how many label sets each metric has`() {
        let registry = MetricRegistry([Self.counter, MetricCatalog.series])
        for name in ["a", "b"] { registry.counter(Self.counter, [name]).add() }
        #expect(registry.value(#"weir_metric_series{metric="jobs_total"}"#) == "2")
    }

    @Test func `cuts a long label value between characters`() {
        let registry = MetricRegistry([Self.counter])
        registry.counter(Self.counter, [String(repeating: "水", count: 400)]).add()
        let kept = String(repeating: "水", count: 170)
        #expect(registry.samples("jobs_total") == ["jobs_total{name=\"\(kept)\"} 1"])
    }

    @Test func `stays at the end of its range`() {
        let registry = MetricRegistry([Self.counter])
        let child = registry.counter(Self.counter, ["a"])
        child.add(.max - 1)
        child.add(7)
        #expect(child.value == .max)
        child.raise(to: 3)
        #expect(child.value == .max)
    }

    @Test func `uses the buffer's memory again and replaces its content`() {
        let registry = MetricRegistry([Self.counter])
        registry.counter(Self.counter, ["a"]).add()
        var bytes = Array("old".utf8)
        registry.render(into: &bytes)
        let first = bytes
        registry.render(into: &bytes)
        #expect(bytes == first)
        #expect(bytes.last == UInt8(ascii: "\n"))
    }

    @Test func `shows the counters that need no pipeline from the start`() {
        let registry = MetricRegistry()
        #expect(registry.value("weir_journal_errors_total") == "0")
        for outcome in ["sent", "rejected", "dropped"] {
            let sample = "weir_otlp_items_total{signal=\"traces\",outcome=\"\(outcome)\"}"
            #expect(registry.value(sample) == "0")
        }
        #expect(registry.samples("process_").isEmpty)
    }

    /// Two threads add, one makes new children, one shows.
    @Test(.timeLimit(.minutes(10)))
    func `loses nothing while it is shown`() async {
        let registry = MetricRegistry()
        let rounds = 40_000
        await withTaskGroup { group in
            for thread in 0..<2 {
                group.addTask { @concurrent in
                    let counter = registry.counter(MetricCatalog.journalErrors)
                    let gauge = registry.gauge(MetricCatalog.otlpBacklog)
                    let histogram = registry.histogram(MetricCatalog.journalSync)
                    for round in 0..<rounds {
                        // Many at once, so that two threads do meet.
                        for _ in 0..<20 { counter.add() }
                        gauge.add(1)
                        histogram.observe(nanoseconds: Int64(round) * 1_000)
                        guard round % 100 == 0 else { continue }
                        registry.counter(MetricCatalog.eventsDropped, ["\(thread)-\(round)"]).add()
                    }
                }
            }
            group.addTask { @concurrent in
                var last = 0
                for _ in 0..<20 {
                    let samples = registry.samples("weir_journal_")
                    let count = number(in: samples, "weir_journal_errors_total") ?? -1
                    #expect(count >= last)
                    last = count
                    let sync = "weir_journal_sync_duration_seconds_"
                    let infinite = number(in: samples, sync + #"bucket{le="+Inf"}"#)
                    #expect(infinite == number(in: samples, sync + "count"))
                }
            }
        }
        #expect(registry.value("weir_journal_errors_total") == "\(40 * rounds)")
        #expect(registry.value("weir_otlp_backlog_items") == "\(2 * rounds)")
        #expect(registry.value("weir_journal_sync_duration_seconds_count") == "\(2 * rounds)")
        #expect(registry.value("weir_journal_sync_duration_seconds_sum") == "1599.96")
        #expect(
            registry.samples("weir_events_dropped_total").count
                == 800 + EventSubscriber.allCases.count
        )
    }
}

private func number(in samples: [String], _ sample: String) -> Int? {
    samples.first { $0.hasPrefix(sample + " ") }.flatMap { Int($0.dropFirst(sample.count + 1)) }
}
