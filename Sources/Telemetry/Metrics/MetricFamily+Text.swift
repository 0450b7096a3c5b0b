extension MetricFamily {
    /// About as many bytes as `write` will append, rather more than less.
    var expectedBytes: Int {
        let (labels, count) = size
        let sample = metric.name.utf8.count + 16
        let head = 2 * metric.name.utf8.count + metric.help.utf8.count + 40
        guard metric.kind == .histogram else { return head + labels + count * sample }
        let lines = (metric.buckets?.bounds.count ?? 0) + 3
        return head + lines * (labels + count * (sample + 16))
    }

    /// Appends the metric as text 0.0.4; nothing when it has nothing to show.
    func write(into text: inout [UInt8]) {
        let state = view()
        guard state.labels.count > 0 else { return }
        let start = text.count
        MetricText.writeHead(of: metric, into: &text)
        let head = text.count
        switch metric.kind {
        case .counter: writeCounts(state, into: &text)
        case .gauge: writeLevels(state, into: &text)
        case .histogram: writeHistograms(state, into: &text)
        }
        if text.count == head { text.removeLast(head - start) }
    }

    private func writeCounts(_ state: State, into text: inout [UInt8]) {
        let sample = SampleText(metric)
        let (labels, counts) = (state.labels, state.counts)
        let countsNanoseconds = metric.countsNanoseconds
        for (place, index) in labels.sets.enumerated() {
            let count = counts[Int(index)]
            sample.write(labels.text.span.extracting(labels.range(at: place)), into: &text) {
                if countsNanoseconds {
                    MetricText.writeSeconds(nanoseconds: count, into: &$0)
                } else {
                    MetricText.write(count, into: &$0)
                }
            }
        }
    }

    private func writeLevels(_ state: State, into text: inout [UInt8]) {
        let sample = SampleText(metric)
        let (labels, levels) = (state.labels, state.levels)
        for (place, index) in labels.sets.enumerated() {
            let level = levels[Int(index)]
            if level.isNaN { continue }
            sample.write(labels.text.span.extracting(labels.range(at: place)), into: &text) {
                MetricText.write(level, into: &$0)
            }
        }
    }

    private func writeHistograms(_ state: State, into text: inout [UInt8]) {
        let buckets = (metric.buckets ?? .work).labels.map { SampleText(metric, bucket: $0) }
        let (sum, count) = (SampleText(metric, "_sum"), SampleText(metric, "_count"))
        let labels = state.labels
        for (place, index) in labels.sets.enumerated() {
            let snapshot = state.histograms[Int(index)].snapshot
            let range = labels.range(at: place)
            var total: UInt64 = 0
            for (bucket, amount) in zip(buckets, snapshot.counts) {
                total &+= amount
                bucket.write(labels.text.span.extracting(range), into: &text) {
                    MetricText.write(total, into: &$0)
                }
            }
            sum.write(labels.text.span.extracting(range), into: &text) {
                MetricText.writeSeconds(nanoseconds: snapshot.sum, into: &$0)
            }
            count.write(labels.text.span.extracting(range), into: &text) {
                MetricText.write(total, into: &$0)
            }
        }
    }
}

/// What the lines of a metric's samples have in common: all but the labels and the number.
private struct SampleText {
    private let opening: [UInt8]
    private let closing: [UInt8]

    init(_ metric: MetricDefinition, _ suffix: String = "") {
        let isLabelled = !metric.labels.isEmpty
        opening = Array((metric.name + suffix + (isLabelled ? "{" : " ")).utf8)
        closing = Array((isLabelled ? "} " : "").utf8)
    }

    init(_ metric: MetricDefinition, bucket bound: [UInt8]) {
        opening = Array((metric.name + "_bucket{").utf8)
        closing =
            Array((metric.labels.isEmpty ? "le=\"" : ",le=\"").utf8) + bound + Array("\"} ".utf8)
    }

    /// Appends one line; the room for it is made sure of once.
    @inline(__always)
    func write(
        _ labels: Span<UInt8>,
        into text: inout [UInt8],
        _ number: (inout OutputSpan<UInt8>) -> Void
    ) {
        let count = opening.count + labels.count + closing.count + MetricText.numberBytes + 1
        text.append(addingCapacity: count) { line in
            line.append(opening.span)
            line.append(labels)
            line.append(closing.span)
            number(&line)
            line.append(UInt8(ascii: "\n"))
        }
    }
}
