import Pipeline

/// `{"version":1,"metrics":{NAME:[[LABELS,VALUE],…],…},"absorbed":[RUN,…],"running":{RUN:SEQ,…}}`
///
/// A value is `{"count":N}`, `{"gauge":X}` or `{"buckets":[N,…],"sum":N}`, times in nanoseconds.
extension MetricTotals {
    /// The same totals give the same bytes.
    package func json() -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("version")
        json.integer(MetricTotals.version)
        json.key("metrics")
        json.beginObject()
        for metric in samples {
            json.key(metric.name)
            json.beginArray()
            for sample in metric.samples { sample.write(to: &json) }
            json.endArray()
        }
        json.endObject()
        json.key("absorbed")
        json.beginArray()
        for run in absorbed.map(\.description).sorted() { json.string(run) }
        json.endArray()
        json.key("running")
        json.beginObject()
        let running = positions.map { ($0.key.description, $0.value) }
        for (run, position) in running.sorted(by: { $0.0 < $1.0 }) {
            json.key(run)
            json.integer(position)
        }
        json.endObject()
        json.endObject()
        return json.bytes
    }

    /// Reads what `json()` gave, perhaps in another version of this program.
    ///
    /// A metric that the catalogue does not hold is passed over and counted in `unknownMetrics`;
    /// all else that does not fit is an error, so that no count is lost without a word.
    package init(
        json: [UInt8],
        catalog: [MetricDefinition] = MetricCatalog.all
    ) throws(MetricTotalsError) {
        self.init(samples: [], absorbed: [], positions: [:])
        var reader = TotalsReader(catalog: catalog)
        do {
            try reader.read(json, into: &self)
        } catch {
            throw reader.fault ?? .json(error)
        }
        if let fault = reader.fault { throw fault }
    }
}

extension MetricTotals.Sample {
    fileprivate func write(to json: inout JSONWriter) {
        json.beginArray()
        json.beginArray()
        for label in labels { json.string(label) }
        json.endArray()
        json.beginObject()
        switch value {
        case .counter(let count):
            json.key("count")
            json.integer(count)
        case .gauge(let number):
            json.key("gauge")
            json.double(number)
        case .histogram(let snapshot):
            json.key("buckets")
            json.beginArray()
            for count in snapshot.counts { json.integer(count) }
            json.endArray()
            json.key("sum")
            json.integer(snapshot.sum)
        }
        json.endObject()
        json.endArray()
    }
}

/// Reads the JSON form; what is JSON but makes no sense is the `fault`, of which the first counts.
private struct TotalsReader {
    /// Twenty thousand label sets of each metric, and more runs than a state folder should hold.
    static let limits = JSONLimits(bytes: 512 << 20, depth: 8)

    let metrics: [String: MetricDefinition]
    private(set) var fault: MetricTotalsError?

    init(catalog: [MetricDefinition]) {
        metrics = Dictionary(catalog.map { ($0.name, $0) }) { first, _ in first }
    }

    mutating func read(_ bytes: [UInt8], into totals: inout MetricTotals) throws(JSONError) {
        var json = try JSONReader(bytes, limits: TotalsReader.limits)
        var version: Int64?
        try json.beginObject()
        while let key = try json.nextKey() {
            switch key {
            case "version":
                version = try json.integer()
                if version != MetricTotals.version { note(.version(version)) }
            case "metrics": try readMetrics(&json, into: &totals)
            case "absorbed":
                try json.beginArray()
                while try json.nextElement() {
                    if let run = run(try json.string()) { totals.absorbed.insert(run) }
                }
            case "running":
                try json.beginObject()
                while let name = try json.nextKey() {
                    let position = try json.unsignedInteger()
                    if let run = run(name) { totals.positions[run] = position }
                }
            default: try json.skipValue()
            }
        }
        try json.finish()
        if version == nil { note(.version(nil)) }
    }

    private mutating func readMetrics(
        _ json: inout JSONReader,
        into totals: inout MetricTotals
    ) throws(JSONError) {
        try json.beginObject()
        while let name = try json.nextKey() {
            guard let metric = metrics[name] else {
                totals.unknownMetrics += 1
                try json.skipValue()
                continue
            }
            // Twice the same metric would count twice.
            if totals.samples.contains(where: { $0.name == name }) {
                note(.mismatch(metric: name))
            }
            var samples: [MetricTotals.Sample] = []
            try json.beginArray()
            while try json.nextElement() {
                let sample = try readSample(&json)
                if let sample, sample.fits(metric) {
                    samples.append(sample)
                } else {
                    note(.mismatch(metric: name))
                }
            }
            if Set(samples.map(\.labels)).count != samples.count { note(.mismatch(metric: name)) }
            totals.samples.append(MetricTotals.Metric(name: name, samples: samples))
        }
    }

    /// - Returns: `nil` for a value of no known form.
    private func readSample(_ json: inout JSONReader) throws(JSONError) -> MetricTotals.Sample? {
        var labels: [String] = []
        var value: MetricTotals.Sample.Value?
        try json.beginArray()
        guard try json.nextElement() else { return nil }
        try json.beginArray()
        while try json.nextElement() { labels.append(try json.string()) }
        if try json.nextElement() { value = try readValue(&json) }
        while try json.nextElement() { try json.skipValue() }
        return value.map { MetricTotals.Sample(labels: labels, value: $0) }
    }

    private func readValue(
        _ json: inout JSONReader
    ) throws(JSONError) -> MetricTotals.Sample.Value? {
        var count: UInt64?
        var gauge: Double?
        var buckets: [UInt64]?
        var sum: UInt64?
        try json.beginObject()
        while let key = try json.nextKey() {
            switch key {
            case "count": count = try json.unsignedInteger()
            case "gauge": gauge = try json.double()
            case "buckets":
                var counts: [UInt64] = []
                try json.beginArray()
                while try json.nextElement() { counts.append(try json.unsignedInteger()) }
                buckets = counts
            case "sum": sum = try json.unsignedInteger()
            default: try json.skipValue()
            }
        }
        if let buckets, let sum, count == nil, gauge == nil {
            return .histogram(HistogramSnapshot(counts: buckets, sum: sum))
        }
        guard buckets == nil, sum == nil else { return nil }
        if let count { return gauge == nil ? .counter(count) : nil }
        return gauge.map { .gauge($0) }
    }

    private mutating func run(_ text: String) -> RunID? {
        let run = RunID(hex: text)
        if run == nil { note(.invalidRun(text)) }
        return run
    }

    private mutating func note(_ next: MetricTotalsError) {
        fault = fault ?? next
    }
}
