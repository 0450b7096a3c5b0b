package import Pipeline

/// All counters and histograms, the gauges about the past, and which runs they hold.
///
/// With them a restart goes on counting where the last process stopped (design §6).
package struct MetricTotals: Hashable, Sendable {
    /// The version of the JSON form.
    package static let version: Int64 = 1

    /// One label set of one metric.
    package struct Sample: Hashable, Sendable {
        package enum Value: Hashable, Sendable {
            /// The count, or the nanoseconds.
            case counter(UInt64)
            case gauge(Double)
            case histogram(HistogramSnapshot)
        }

        package var labels: [String]
        package var value: Value
    }

    /// The samples of one metric, in the order of the exposition.
    package struct Metric: Hashable, Sendable {
        package var name: String
        package var samples: [Sample]
    }

    package var samples: [Metric]
    /// Finished runs whose events are all in the samples.
    package var absorbed: Set<RunID>
    /// The last event in the samples, of runs that are not finished.
    package var positions: [RunID: UInt64]
    /// Metrics of the JSON form that no catalogue holds any more.
    package var unknownMetrics = 0

    init(samples: [Metric], absorbed: Set<RunID>, positions: [RunID: UInt64]) {
        self.samples = samples
        self.absorbed = absorbed
        self.positions = positions
    }
}

/// Why a text does not hold totals.
package enum MetricTotalsError: Error, Hashable, CustomStringConvertible {
    case json(JSONError)
    /// Written by a later version; `nil`: it does not say.
    case version(Int64?)
    /// The labels, type or buckets of a metric are not those of the catalogue.
    case mismatch(metric: String)
    /// Not the id of a run.
    case invalidRun(String)

    package var description: String {
        switch self {
        case .json(let error): "metric totals: \(error)"
        case .version(let version?):
            "metric totals: version \(version), but only \(MetricTotals.version) is known"
        case .version(nil): "metric totals: no version"
        case .mismatch(let metric): "metric totals: \(metric) does not fit the catalogue"
        case .invalidRun(let text): "metric totals: \"\(text)\" is not the id of a run"
        }
    }
}

extension MetricTotals {
    /// Takes `metrics` out, and gives them as totals of their own, without runs.
    package mutating func split(off metrics: [MetricDefinition]) -> MetricTotals {
        let names = Set(metrics.map(\.name))
        let taken = samples.filter { names.contains($0.name) }
        samples.removeAll { names.contains($0.name) }
        return MetricTotals(samples: taken, absorbed: [], positions: [:])
    }
}

extension MetricRegistry {
    /// What these metrics hold now, without runs.
    package func totals(of metrics: [MetricDefinition]) -> MetricTotals {
        let names = Set(metrics.map(\.name))
        let samples = samples { names.contains($0.name) }
        return MetricTotals(samples: samples, absorbed: [], positions: [:])
    }

    /// Adds what `totals` hold; the runs are the fold's.
    package func add(_ totals: MetricTotals) {
        add(totals.samples)
    }

    /// What outlives the process, now.
    func samples(
        of isMeant: (MetricDefinition) -> Bool = { _ in true }
    ) -> [MetricTotals.Metric] {
        families.filter { $0.metric.lifetime == .kept && isMeant($0.metric) }.compactMap { family in
            let samples = family.samples()
            return samples.isEmpty
                ? nil : MetricTotals.Metric(name: family.metric.name, samples: samples)
        }
    }

    /// Adds to counters and histograms, sets gauges; metrics it does not hold are passed over.
    func add(_ metrics: [MetricTotals.Metric]) {
        for metric in metrics {
            guard let definition = definition(named: metric.name) else { continue }
            for sample in metric.samples where sample.fits(definition) {
                switch sample.value {
                case .counter(let count): counter(definition, sample.labels).add(count)
                case .gauge(let value): gauge(definition, sample.labels).set(value)
                case .histogram(let snapshot):
                    histogram(definition, sample.labels).cell.add(snapshot)
                }
            }
        }
    }
}

extension MetricFamily {
    fileprivate func samples() -> [MetricTotals.Sample] {
        let state = view()
        let (counts, levels) = (state.counts, state.levels)
        return state.labels.sets.map(Int.init).compactMap { index in
            let value: MetricTotals.Sample.Value
            switch metric.kind {
            case .counter: value = .counter(counts[index])
            case .histogram: value = .histogram(state.histograms[index].snapshot)
            case .gauge:
                guard levels[index].isFinite else { return nil }
                value = .gauge(levels[index])
            }
            return MetricTotals.Sample(labels: state.labels.values(of: index), value: value)
        }
    }
}

extension MetricTotals.Sample {
    /// Whether the catalogue's metric can have this label set and value.
    func fits(_ metric: MetricDefinition) -> Bool {
        guard metric.lifetime == .kept, labels.count == metric.labels.count else { return false }
        switch value {
        case .counter: return metric.kind == .counter
        case .gauge(let number): return metric.kind == .gauge && number.isFinite
        case .histogram(let snapshot):
            let bounds = metric.buckets?.bounds.count
            return metric.kind == .histogram && snapshot.counts.count - 1 == bounds
        }
    }
}
