/// What the requests of the three signals are called and how they are numbered, as far as their
/// items: the same numbers in all of them (opentelemetry-proto 1.x).
struct OTLPShape {
    /// The names of JSON, from the request down to the item: `resourceSpans`, `scopeSpans`, `spans`.
    let path: [String]
    /// The same in the `.proto` files.
    let protoPath: [String]
    /// The numbers of these fields.
    static let numbers = [1, 2, 2]

    init(of signal: OTLPSignal) {
        switch signal {
        case .traces:
            path = ["resourceSpans", "scopeSpans", "spans"]
            protoPath = ["resource_spans", "scope_spans", "spans"]
        case .metrics:
            path = ["resourceMetrics", "scopeMetrics", "metrics"]
            protoPath = ["resource_metrics", "scope_metrics", "metrics"]
        case .logs:
            path = ["resourceLogs", "scopeLogs", "logRecords"]
            protoPath = ["resource_logs", "scope_logs", "log_records"]
        }
    }

    /// An id among the fields of an item.
    struct ID {
        let number: Int
        let name: String
        let bytes: Int
        /// Whether an item without it is none.
        let isRequired: Bool
    }

    /// The ids that an item has, which collectors look at before they take any of the request.
    static func ids(of signal: OTLPSignal) -> [ID] {
        switch signal {
        case .traces:
            [
                ID(number: 1, name: "traceId", bytes: 16, isRequired: true),
                ID(number: 2, name: "spanId", bytes: 8, isRequired: true),
                ID(number: 4, name: "parentSpanId", bytes: 8, isRequired: false),
            ]
        case .logs:
            [
                ID(number: 9, name: "traceId", bytes: 16, isRequired: false),
                ID(number: 10, name: "spanId", bytes: 8, isRequired: false),
            ]
        case .metrics: []
        }
    }

    /// The kinds of a metric's data, each with its points in a field `dataPoints`, number 1.
    static let data: [(number: Int, name: String)] = [
        (5, "gauge"), (7, "sum"), (9, "histogram"), (10, "exponentialHistogram"), (11, "summary"),
    ]
    static let dataPoints = (number: 1, name: "dataPoints")
}
