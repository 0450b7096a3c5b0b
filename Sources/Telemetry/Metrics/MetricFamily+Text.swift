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
        let (state, order) = view()
        guard !order.isEmpty else { return }
        let start = text.count
        MetricText.writeHead(of: metric, into: &text)
        let head = text.count
        if metric.kind == .histogram {
            writeHistograms(state, order, into: &text)
        } else {
            writeNumbers(state, order, into: &text)
        }
        if text.count == head { text.removeLast(head - start) }
    }

    private func writeNumbers(_ state: State, _ order: [Int32], into text: inout [UInt8]) {
        let isLabelled = !metric.labels.isEmpty
        let opening = Array((isLabelled ? metric.name + "{" : metric.name + " ").utf8)
        let closing = Array((isLabelled ? "} " : "").utf8)
        for index in order {
            let value = state.cells[Int(index)].value
            if metric.kind == .gauge, Double(bitPattern: value).isNaN { continue }
            text.append(contentsOf: opening)
            state.append(Int(index), to: &text)
            text.append(contentsOf: closing)
            if metric.kind == .gauge {
                MetricText.write(Double(bitPattern: value), into: &text)
            } else if metric.countsNanoseconds {
                MetricText.writeSeconds(nanoseconds: value, into: &text)
            } else {
                MetricText.write(value, into: &text)
            }
            text.append(UInt8(ascii: "\n"))
        }
    }

    private func writeHistograms(_ state: State, _ order: [Int32], into text: inout [UInt8]) {
        let isLabelled = !metric.labels.isEmpty
        let bucket = Array("\(metric.name)_bucket{".utf8)
        let bounds = (metric.buckets ?? .work).labels.map { bound in
            Array((isLabelled ? ",le=\"" : "le=\"").utf8) + bound + Array("\"} ".utf8)
        }
        let sum = Array((metric.name + (isLabelled ? "_sum{" : "_sum ")).utf8)
        let count = Array((metric.name + (isLabelled ? "_count{" : "_count ")).utf8)
        let closing = Array((isLabelled ? "} " : "").utf8)
        for index in order {
            let snapshot = state.histograms[Int(index)].snapshot
            var total: UInt64 = 0
            for (bound, amount) in zip(bounds, snapshot.counts) {
                total &+= amount
                text.append(contentsOf: bucket)
                state.append(Int(index), to: &text)
                text.append(contentsOf: bound)
                MetricText.write(total, into: &text)
                text.append(UInt8(ascii: "\n"))
            }
            text.append(contentsOf: sum)
            state.append(Int(index), to: &text)
            text.append(contentsOf: closing)
            MetricText.writeSeconds(nanoseconds: snapshot.sum, into: &text)
            text.append(UInt8(ascii: "\n"))
            text.append(contentsOf: count)
            state.append(Int(index), to: &text)
            text.append(contentsOf: closing)
            MetricText.write(total, into: &text)
            text.append(UInt8(ascii: "\n"))
        }
    }
}

extension MetricFamily.State {
    fileprivate func append(_ index: Int, to text: inout [UInt8]) {
        let range = labels.range(of: index)
        unsafe labels.text.withUnsafeBufferPointer {
            unsafe text.append(contentsOf: UnsafeBufferPointer(rebasing: $0[range]))
        }
    }
}
