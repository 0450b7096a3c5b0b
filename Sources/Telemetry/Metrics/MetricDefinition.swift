/// What the catalogue says of one metric.
package struct MetricDefinition: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case counter
        case gauge
        case histogram
    }

    /// What the number means; all units are base units (naming conventions of Prometheus).
    package enum Unit: String, Hashable, Sendable {
        /// Things counted, flags, instants told by their name.
        case none = ""
        case seconds
        case bytes
        case ratio
    }

    /// A label, with the only values it can have where that is known.
    package struct Label: Hashable, Sendable {
        package let name: String
        /// Empty: any value.
        package let values: [String]

        package init(_ name: String, _ values: [String] = []) {
            self.name = name
            self.values = values
        }
    }

    /// Whether the value outlives the process (design §6, "Nothing ever goes down").
    package enum Lifetime: Hashable, Sendable {
        /// `totals.json` holds it.
        case kept
        /// It is about this process or this moment.
        case process
    }

    package let name: String
    package let kind: Kind
    package let unit: Unit
    /// One line for people.
    package let help: String
    package let labels: [Label]
    /// Upper bounds, ascending, without infinity; a histogram's only.
    package let buckets: MetricBuckets?
    package let lifetime: Lifetime

    package init(
        _ name: String,
        _ kind: Kind,
        unit: Unit = .none,
        _ help: String,
        labels: [Label] = [],
        buckets: MetricBuckets? = nil,
        lifetime: Lifetime? = nil
    ) {
        self.name = name
        self.kind = kind
        self.unit = unit
        self.help = help
        self.labels = labels
        self.buckets = kind == .histogram ? buckets ?? .work : nil
        self.lifetime = lifetime ?? (kind == .gauge ? .process : .kept)
    }

    /// Whether a counter's integer is a number of nanoseconds, shown as seconds.
    var countsNanoseconds: Bool { kind == .counter && unit == .seconds }

    /// Every label set there can be, if that is known: exists at 0 from the start.
    var closedLabelSets: [[String]] {
        guard kind == .counter, lifetime == .kept else { return [] }
        return labels.reduce([[]]) { sets, label in
            sets.flatMap { set in label.values.map { set + [$0] } }
        }
    }
}

/// The upper bounds of a histogram's buckets.
package struct MetricBuckets: Hashable, Sendable {
    /// Ascending, in nanoseconds; infinity is not among them.
    package let bounds: [UInt64]

    /// Keeps the first `capacity` bounds of those given, in order and once each.
    package init(seconds: [Double]) {
        let all = Set(seconds.filter { $0 > 0 && $0 < 1e9 }.map { UInt64(($0 * 1e9).rounded()) })
        bounds = Array(all.sorted().prefix(MetricBuckets.capacity))
    }

    /// As many as a histogram has room for beside infinity.
    package static let capacity = 23

    /// Runs and steps: 5 ms to 6 h (design §6).
    package static let work = MetricBuckets(seconds: [
        0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200,
        21_600,
    ])

    /// Our own work, a write or an answer: 50 µs to 5 s.
    package static let own = MetricBuckets(seconds: [
        0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
        1, 2.5, 5,
    ])

    /// The values of `le` (0.0.4), infinity last.
    var labels: [[UInt8]] {
        bounds.map { Array(MetricText.text(of: Double($0) / 1e9).utf8) } + [Array("+Inf".utf8)]
    }
}
