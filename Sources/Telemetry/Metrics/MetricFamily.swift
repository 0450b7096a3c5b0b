import Synchronization

/// One metric with all its label sets.
final class MetricFamily: Sendable {
    let metric: MetricDefinition
    private let state: Mutex<State>
    private let limit: Int

    struct State: Sendable {
        var labels: LabelTable
        /// Of a counter or gauge, by the label set's index.
        var cells: [MetricCell] = []
        var histograms: [HistogramCell] = []
    }

    init(_ metric: MetricDefinition, limit: Int) {
        self.metric = metric
        self.limit = limit
        state = Mutex(State(labels: LabelTable(names: metric.labels.map(\.name))))
    }

    var count: Int { state.withLock { $0.labels.count } }

    /// The bytes of all label sets, and how many sets there are.
    var size: (labels: Int, count: Int) {
        state.withLock { ($0.labels.text.count, $0.labels.count) }
    }

    /// What is there now, with the order in which it is shown.
    ///
    /// The arrays are shared, not copied, so that nobody waits while a scrape is written.
    func view() -> (State, order: [Int32]) {
        state.withLock { ($0, $0.labels.order()) }
    }

    func cell(_ values: [String], dropped: inout Bool) -> MetricCell {
        state.withLock { state in
            state.cells[index(of: values, in: &state, dropped: &dropped)]
        }
    }

    func histogram(_ values: [String], dropped: inout Bool) -> HistogramCell {
        state.withLock { state in
            state.histograms[index(of: values, in: &state, dropped: &dropped)]
        }
    }

    private func index(of values: [String], in state: inout State, dropped: inout Bool) -> Int {
        precondition(values.count == metric.labels.count, "a label of \(metric.name) is missing")
        var body = state.labels.body(values)
        if let known = state.labels.index(of: body) { return known }
        if state.labels.count >= limit {
            dropped = true
            body = state.labels.body(values.map { _ in MetricRegistry.overflowValue })
            if let known = state.labels.index(of: body) { return known }
        }
        switch metric.kind {
        case .counter: state.cells.append(MetricCell(bits: 0))
        case .gauge: state.cells.append(MetricCell(bits: MetricCell.absent))
        case .histogram: state.histograms.append(HistogramCell(metric.buckets ?? .work))
        }
        return state.labels.append(body)
    }
}
