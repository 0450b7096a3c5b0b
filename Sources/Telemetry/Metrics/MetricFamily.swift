import Synchronization

/// One metric with all its label sets.
final class MetricFamily: Sendable {
    let metric: MetricDefinition
    private let state: Mutex<State>
    private let limit: Int

    struct State: Sendable {
        var labels: LabelTable
        /// Of a counter, a gauge or a histogram, by the label set's index; blocks hold several.
        var counters: [CounterBlock] = []
        var gauges: [GaugeBlock] = []
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

    /// What is there now, in the order in which it is shown.
    ///
    /// The arrays are shared, not copied, so that nobody waits while a scrape is written.
    func view() -> State {
        state.withLock { state in
            state.labels.arrange()
            return state
        }
    }

    func counter(_ values: [String], dropped: inout Bool) -> CounterChild {
        state.withLock { state in
            let index = index(of: values, in: &state, dropped: &dropped)
            let (block, slot) = index.quotientAndRemainder(dividingBy: CounterBlock.capacity)
            return CounterChild(block: state.counters[block], slot: slot)
        }
    }

    func gauge(_ values: [String], dropped: inout Bool) -> GaugeChild {
        state.withLock { state in
            let index = index(of: values, in: &state, dropped: &dropped)
            let (block, slot) = index.quotientAndRemainder(dividingBy: GaugeBlock.capacity)
            return GaugeChild(block: state.gauges[block], slot: slot)
        }
    }

    func histogram(_ values: [String], dropped: inout Bool) -> HistogramCell {
        state.withLock { state in
            state.histograms[index(of: values, in: &state, dropped: &dropped)]
        }
    }

    /// What a label set of a histogram holds, if there is such a set.
    func snapshot(of values: [String]) -> HistogramSnapshot? {
        state.withLock { state in
            state.labels.index(of: state.labels.body(values)).map { state.histograms[$0].snapshot }
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
        case .counter where state.labels.count.isMultiple(of: CounterBlock.capacity):
            state.counters.append(CounterBlock())
        case .gauge where state.labels.count.isMultiple(of: GaugeBlock.capacity):
            state.gauges.append(GaugeBlock())
        case .counter, .gauge: break
        case .histogram: state.histograms.append(HistogramCell(metric.buckets ?? .work))
        }
        return state.labels.append(body)
    }
}

extension MetricFamily.State {
    /// The counts of all label sets, or their nanoseconds, by the label set's index.
    var counts: [UInt64] {
        numbers(counters, of: CounterBlock.capacity) { $0.value(of: $1) }
    }

    /// What the label sets of a gauge show; NaN when that is nothing.
    var levels: [Double] {
        numbers(gauges, of: GaugeBlock.capacity) { $0.number(of: $1) }
    }

    /// Read one after the other here, since the exposition's order would jump about in memory.
    private func numbers<Block, Number>(
        _ blocks: [Block],
        of capacity: Int,
        _ number: (Block, Int) -> Number
    ) -> [Number] {
        var numbers: [Number] = []
        numbers.reserveCapacity(labels.count)
        for block in blocks {
            for slot in 0..<min(capacity, labels.count - numbers.count) {
                numbers.append(number(block, slot))
            }
        }
        return numbers
    }
}
