import Telemetry
import TestSupport
import Testing

/// The order of the exposition, and that every label set keeps its number in it.
struct MetricOrderTests {
    private static let jobs = MetricDefinition(
        "jobs_total",
        .counter,
        "Jobs.",
        labels: [.init("of"), .init("by")]
    )
    private static let depth = MetricDefinition("depth", .gauge, "Depth.", labels: [.init("of")])

    @Test(arguments: UInt64(0)..<30)
    func `is that of the bytes, whenever somebody looks`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let registry = MetricRegistry([Self.jobs])
        var expected: [[String]: UInt64] = [:]
        for _ in 0..<200 {
            let labels = [Self.value(&random), Self.value(&random)]
            let amount = UInt64.random(in: 1...1_000, using: &random)
            registry.counter(Self.jobs, labels).add(amount)
            expected[labels, default: 0] += amount
            guard random.oneIn(40) else { continue }
            Self.expect(registry, expected, seed)
        }
        Self.expect(registry, expected, seed)
    }

    @Test func `survives that one child is asked for between two looks`() {
        let registry = MetricRegistry([Self.depth])
        let names = (0..<100).map { "\($0 * 37 % 100)" }
        for (number, name) in names.enumerated() {
            registry.gauge(Self.depth, [name]).set(Double(number) + 0.5)
            #expect(registry.samples("depth{").count == number + 1)
            for (earlier, name) in names[...number].enumerated() where earlier.isMultiple(of: 9) {
                #expect(registry.gauge(Self.depth, [name]).value == Double(earlier) + 0.5)
            }
        }
        #expect(registry.value(#"depth{of="37"}"#) == "1.5")
    }

    private static func expect(
        _ registry: MetricRegistry,
        _ expected: [[String]: UInt64],
        _ seed: UInt64
    ) {
        let lines = expected.map { labels, count in
            #"jobs_total{of="\#(escaped(labels[0]))",by="\#(escaped(labels[1]))"} \#(count)"#
        }
        // Two label sets never differ first behind the labels, so whole lines sort as they do.
        let sorted = lines.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let shown = registry.text.split(separator: "\n").dropFirst(2).map(String.init)
        #expect(shown == sorted, "seed \(seed)")
    }

    private static func escaped(_ value: String) -> String {
        value.unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar {
            case "\\": text += #"\\"#
            case "\"": text += #"\""#
            default: text.unicodeScalars.append(scalar)
            }
        }
    }

    /// Values that begin alike for long, and ones with what could end or pad them.
    private static func value(_ random: inout SeededRandom) -> String {
        let pieces = ["step-", "aaaaaaa", "aaaaaaaa", "\u{0}", "\"", "\\", "é", "水", ",", "1", ""]
        let count = Int.random(in: 0...4, using: &random)
        return (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
    }
}
