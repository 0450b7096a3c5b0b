import Pipeline
import Telemetry
import Testing

struct MetricTextTests {
    @Test func `writes counters, gauges and histograms as the format wants them`() {
        let counter = MetricDefinition("jobs_total", .counter, "Jobs.", labels: [.init("name")])
        let time = MetricDefinition("busy_seconds_total", .counter, unit: .seconds, "Time.")
        let gauge = MetricDefinition("depth", .gauge, "Depth.")
        let histogram = MetricDefinition(
            "wait_seconds",
            .histogram,
            unit: .seconds,
            "Waits.",
            labels: [.init("queue")],
            buckets: MetricBuckets(seconds: [0.00005, 0.5, 1])
        )
        let registry = MetricRegistry([counter, time, gauge, histogram])
        registry.counter(counter, ["b"]).add(2)
        _ = registry.counter(counter, ["a"])
        registry.counter(time).add(.milliseconds(1_500))
        registry.gauge(gauge).set(-0.25)
        let waits = registry.histogram(histogram, ["q"])
        waits.observe(nanoseconds: 50_000)
        waits.observe(nanoseconds: 50_001)
        waits.observe(nanoseconds: 3_000_000_000)
        #expect(
            registry.text == """
                # HELP jobs_total Jobs.
                # TYPE jobs_total counter
                jobs_total{name="a"} 0
                jobs_total{name="b"} 2
                # HELP busy_seconds_total Time.
                # TYPE busy_seconds_total counter
                busy_seconds_total 1.5
                # HELP depth Depth.
                # TYPE depth gauge
                depth -0.25
                # HELP wait_seconds Waits.
                # TYPE wait_seconds histogram
                wait_seconds_bucket{queue="q",le="5e-05"} 1
                wait_seconds_bucket{queue="q",le="0.5"} 2
                wait_seconds_bucket{queue="q",le="1"} 2
                wait_seconds_bucket{queue="q",le="+Inf"} 3
                wait_seconds_sum{queue="q"} 3.000100001
                wait_seconds_count{queue="q"} 3

                """
        )
    }

    @Test func `writes a histogram without labels`() {
        let histogram = MetricDefinition(
            "wait_seconds",
            .histogram,
            unit: .seconds,
            "Waits.",
            buckets: MetricBuckets(seconds: [1])
        )
        let registry = MetricRegistry([histogram])
        #expect(registry.text == "")
        registry.histogram(histogram).observe(nanoseconds: -5)
        #expect(
            registry.text == """
                # HELP wait_seconds Waits.
                # TYPE wait_seconds histogram
                wait_seconds_bucket{le="1"} 1
                wait_seconds_bucket{le="+Inf"} 1
                wait_seconds_sum 0
                wait_seconds_count 1

                """
        )
    }

    private static let numbers: [(Double, String)] = [
        (0.0, "0"), (-0.0, "0"), (1, "1"), (-3, "-3"), (0.5, "0.5"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e15, "1000000000000000"), (9_007_199_254_740_992, "9007199254740992"), (1e16, "1e+16"),
        (1e21, "1e+21"), (1e-7, "1e-07"), (.leastNonzeroMagnitude, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (1_773_097_800.5, "1773097800.5"), (.infinity, "+Inf"), (-.infinity, "-Inf"),
    ]

    @Test(arguments: numbers)
    func `writes a number in its shortest form`(value: Double, text: String) {
        let gauge = MetricDefinition("depth", .gauge, "Depth.")
        let registry = MetricRegistry([gauge])
        registry.gauge(gauge).set(value)
        #expect(registry.value("depth") == text)
    }

    @Test(arguments: [
        (UInt64(0), "0"), (1, "0.000000001"), (1_000_000_000, "1"), (1_500_000_000, "1.5"),
        (100_000_000_020_000_000, "100000000.02"), (.max, "18446744073.709551615"),
    ])
    func `writes nanoseconds as exact seconds`(nanoseconds: UInt64, text: String) {
        let time = MetricDefinition("busy_seconds_total", .counter, unit: .seconds, "Time.")
        let registry = MetricRegistry([time])
        registry.counter(time).add(nanoseconds)
        #expect(registry.value("busy_seconds_total") == text)
    }

    @Test(arguments: [
        ("plain", "plain"), ("", ""), (#"C:\dir"#, #"C:\\dir"#), ("say \"no\"", #"say \"no\""#),
        ("two\nlines", #"two\nlines"#), ("grün 水", "grün 水"), ("a,b={}", "a,b={}"),
    ])
    func `escapes the values of labels`(value: String, text: String) {
        let gauge = MetricDefinition("depth", .gauge, "Depth.", labels: [.init("of")])
        let registry = MetricRegistry([gauge])
        registry.gauge(gauge, [value]).set(1)
        #expect(registry.samples("depth") == ["depth{of=\"\(text)\"} 1"])
    }

    @Test func `escapes help, but not its quotes`() {
        let gauge = MetricDefinition("depth", .gauge, "A \"depth\\height\",\nin m.")
        let registry = MetricRegistry([gauge])
        registry.gauge(gauge).set(1)
        #expect(registry.text.hasPrefix(#"# HELP depth A "depth\\height",\nin m."# + "\n# TYPE"))
    }

    @Test func `shows label sets in the same order whichever came first`() {
        let names = ["b", "a", "c", "a\"", "é", "a1"]
        let texts = [names, names.reversed(), names.sorted()].map { order in
            let gauge = MetricDefinition("depth", .gauge, "Depth.", labels: [.init("of")])
            let registry = MetricRegistry([gauge])
            for name in order {
                registry.gauge(gauge, [name]).set(1)
                _ = registry.text
            }
            return registry.text
        }
        #expect(texts[0] == texts[1] && texts[1] == texts[2])
    }

    @Test func `leaves out what has nothing to show`() {
        let gauge = MetricDefinition("depth", .gauge, "Depth.", labels: [.init("of")])
        let registry = MetricRegistry([gauge])
        let child = registry.gauge(gauge, ["a"])
        #expect(registry.text == "")
        child.set(.nan)
        #expect(registry.text == "")
        child.add(2)
        #expect(registry.samples("depth") == [#"depth{of="a"} 2"#])
        child.clear()
        #expect(registry.text == "")
    }
}
