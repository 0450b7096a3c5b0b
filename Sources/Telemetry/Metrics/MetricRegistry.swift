import Synchronization

/// All metrics of a process: many threads change them, a scrape shows them.
///
/// A child is asked for once and kept; changing it is then one atomic operation. Asking for one
/// takes a lock for a moment, which a scrape never holds while it writes.
package final class MetricRegistry: Sendable {
    /// The label sets that one metric may have (design §6).
    package static let defaultLimit = 20_000
    /// What all labels say of the one set that takes what is over the limit.
    package static let overflowValue = "__other__"

    let families: [MetricFamily]
    private let byName: [String: MetricFamily]

    /// - Parameters:
    ///   - catalog: the metrics, in the order of the exposition; of a name that comes twice the
    ///     first counts.
    ///   - limit: label sets that each metric may have before the rest becomes one.
    package init(
        _ catalog: [MetricDefinition] = MetricCatalog.all,
        limit: Int = MetricRegistry.defaultLimit
    ) {
        let all = catalog.map { MetricFamily($0, limit: limit) }
        byName = Dictionary(all.map { ($0.metric.name, $0) }) { first, _ in first }
        let byName = byName
        families = all.filter { byName[$0.metric.name] === $0 }
        for family in families {
            for labels in family.metric.closedLabelSets { _ = counter(family.metric, labels) }
        }
    }

    /// The child of a counter for these label values, in the order of its labels.
    ///
    /// A metric that the registry does not hold gives a child that is shown nowhere.
    package func counter(_ metric: MetricDefinition, _ labels: [String] = []) -> CounterChild {
        guard metric.kind == .counter, let family = family(metric) else {
            return CounterChild(block: CounterBlock(), slot: 0)
        }
        return child { family.counter(labels, dropped: &$0) }
    }

    /// The child of a gauge, which shows nothing until it is set.
    package func gauge(_ metric: MetricDefinition, _ labels: [String] = []) -> GaugeChild {
        guard metric.kind == .gauge, let family = family(metric) else {
            return GaugeChild(block: GaugeBlock(), slot: 0)
        }
        return child { family.gauge(labels, dropped: &$0) }
    }

    package func histogram(_ metric: MetricDefinition, _ labels: [String] = []) -> HistogramChild {
        guard metric.kind == .histogram, let family = family(metric) else {
            return HistogramChild(cell: HistogramCell(metric.buckets ?? .work))
        }
        return HistogramChild(cell: child { family.histogram(labels, dropped: &$0) })
    }

    /// What a label set of a histogram holds, if there is such a set.
    package func snapshot(
        of metric: MetricDefinition,
        _ labels: [String]
    ) -> HistogramSnapshot? {
        guard metric.kind == .histogram else { return nil }
        return family(metric)?.snapshot(of: labels)
    }

    /// Writes all as text 0.0.4 in place of what `text` held; its memory is used again.
    package func render(into text: inout [UInt8]) {
        text.removeAll(keepingCapacity: true)
        countSeries()
        // An array that grows by itself doubles, and holds both halves while it moves.
        text.reserveCapacity(families.reduce(0) { $0 + $1.expectedBytes })
        for family in families { family.write(into: &text) }
    }

    func definition(named name: String) -> MetricDefinition? {
        byName[name]?.metric
    }

    /// What `look` finds; counts when it was over the limit.
    private func child<Child>(_ look: (inout Bool) -> Child) -> Child {
        var isDropped = false
        let child = look(&isDropped)
        if isDropped { countDrop() }
        return child
    }

    /// - Returns: `nil` also for a definition that only has the name of one that is held.
    private func family(_ metric: MetricDefinition) -> MetricFamily? {
        guard let family = byName[metric.name], family.metric == metric else { return nil }
        return family
    }

    private func countDrop() {
        byName[MetricCatalog.seriesDropped.name]?.countOne()
    }

    private func countSeries() {
        guard let series = byName[MetricCatalog.series.name] else { return }
        for family in families where family !== series && family.count > 0 {
            gauge(series.metric, [family.metric.name]).set(Double(family.count))
        }
    }
}

extension MetricFamily {
    /// Adds to the only label set of a counter without labels.
    fileprivate func countOne() {
        guard metric.kind == .counter, metric.labels.isEmpty else { return }
        var isDropped = false
        counter([], dropped: &isDropped).add()
    }
}
