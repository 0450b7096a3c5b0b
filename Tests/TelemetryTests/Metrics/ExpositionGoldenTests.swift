import Pipeline
import Telemetry
import TestSupport
import Testing

struct ExpositionGoldenTests {
    @Test func `a small agent's whole exposition`() throws {
        var meters = MeteredScripts()
        let steps = ["collect", "load"].map { PlannedStep(name: $0, action: .exec([])) }
        meters.fold.declare(Plan(name: "daily-reports", steps: steps, waves: [[0], [1]]))
        var script = RunScript.traced(steps: 2)
        script.succeeds("collect", from: 0, to: 1.25, usage: .make())
        script.ready(1.25, "load", after: "collect")
        script.starts(1.5, "load")
        script.ends(3, "load", .failure(2, tail: ["no such table"]))
        script.finishes(3, "load", .exit)
        script.ends(3, run: RunEnd(.exit, step: "load"))
        meters.apply(script)
        let registry = meters.registry
        registry.gauge(MetricCatalog.buildInfo, ["0.1.0"]).set(1)
        registry.gauge(MetricCatalog.ready, ["journal"]).set(1)
        registry.gauge(MetricCatalog.workers, ["available"]).set(2)
        registry.gauge(MetricCatalog.workers, ["busy"]).set(0)
        registry.counter(MetricCatalog.otlpRequests, ["traces", "200"]).add(3)
        registry.histogram(MetricCatalog.journalSync).observe(nanoseconds: 1_234_567)
        registry.histogram(MetricCatalog.httpRequestDuration, ["/metrics", "GET", "200"])
            .observe(nanoseconds: 400_000)
        registry.counter(MetricCatalog.processCPU).add(.milliseconds(1_230))
        registry.gauge(MetricCatalog.processOpenFiles).set(17)
        try Golden.expect(text: registry.text, matches: "exposition.txt")
    }
}
