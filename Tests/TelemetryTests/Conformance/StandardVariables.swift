import Testing

/// Every variable of OpenTelemetry's SDK specification, with a value that is right and one that is
/// not; the list that the tests walk over, so that none is forgotten.
struct StandardVariable: Sendable, CustomTestStringConvertible {
    enum Standing: Sendable {
        /// A valid value changes what is done, in silence.
        case obeyed
        /// A valid value is obeyed, or warned about once: what is sent how.
        case sending
        /// Set at all, it is warned about once, whatever it says.
        case refused
    }

    let name: String
    let valid: String
    /// `nil`: there is nothing that would be wrong.
    let invalid: String?
    let standing: Standing
    /// What must be set as well for it to mean anything.
    var beside: [String: String] = [:]

    var testDescription: String { name }

    init(
        _ name: String,
        _ valid: String,
        not invalid: String?,
        _ standing: Standing = .obeyed,
        beside: [String: String] = [:]
    ) {
        self.name = name
        self.valid = valid
        self.invalid = invalid
        self.standing = standing
        self.beside = beside
    }

    static let all = general + limits + batches + selection + signals + metrics + others

    private static let general = [
        Self("OTEL_SDK_DISABLED", "true", not: "1"),
        Self("OTEL_SERVICE_NAME", "nightly", not: nil),
        Self("OTEL_RESOURCE_ATTRIBUTES", "team=data%2Cweb", not: "team"),
        Self("OTEL_PROPAGATORS", "baggage", not: "tracekontext"),
        Self("OTEL_TRACES_SAMPLER", "always_off", not: "sometimes"),
        Self(
            "OTEL_TRACES_SAMPLER_ARG",
            "0.25",
            not: "25%",
            beside: ["OTEL_TRACES_SAMPLER": "traceidratio"]
        ),
    ]

    private static let limits = [
        "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT",
        "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
        "OTEL_SPAN_EVENT_COUNT_LIMIT", "OTEL_SPAN_LINK_COUNT_LIMIT",
        "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
    ].map { Self($0, "7", not: "-1") }

    private static let batches = [
        Self("OTEL_BSP_SCHEDULE_DELAY", "100", not: "0.1s", .sending),
        Self("OTEL_BSP_EXPORT_TIMEOUT", "100", not: "0.1s", .sending),
        Self("OTEL_BSP_MAX_QUEUE_SIZE", "100", not: "many", .sending),
        Self("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "100", not: "0", .sending),
        Self("OTEL_BLRP_SCHEDULE_DELAY", "100", not: "0.1s", .sending),
        Self("OTEL_BLRP_EXPORT_TIMEOUT", "100", not: "0.1s", .sending),
        Self("OTEL_BLRP_MAX_QUEUE_SIZE", "100", not: "many", .sending),
        Self("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "100", not: "0", .sending),
    ]

    private static let selection = [
        Self("OTEL_TRACES_EXPORTER", "none", not: "otpl", .sending),
        Self("OTEL_METRICS_EXPORTER", "none", not: "otpl", .sending),
        Self("OTEL_LOGS_EXPORTER", "none", not: "otpl", .sending),
    ]

    /// `OTEL_EXPORTER_OTLP_X`, and the form of each signal.
    private static let signals = ["", "TRACES_", "METRICS_", "LOGS_"].flatMap { signal in
        let prefix = "OTEL_EXPORTER_OTLP_" + signal
        let (key, certificate) = (prefix + "CLIENT_KEY", prefix + "CLIENT_CERTIFICATE")
        return [
            Self(prefix + "ENDPOINT", "https://h/otlp", not: "collector", .sending),
            Self(prefix + "HEADERS", "api-key=a%20b", not: "api-key", .sending),
            Self(prefix + "TIMEOUT", "100", not: "0.1s", .sending),
            Self(prefix + "COMPRESSION", "none", not: "snappy", .sending),
            Self(prefix + "PROTOCOL", "http/json", not: "smtp", .sending),
            Self(prefix + "CERTIFICATE", "/ca.pem", not: nil, .sending),
            Self(key, "/k.pem", not: nil, .sending, beside: [certificate: "/c.pem"]),
            Self(certificate, "/c.pem", not: nil, .sending, beside: [key: "/k.pem"]),
            Self(prefix + "INSECURE", "true", not: "1", .sending),
        ]
    }

    private static let metrics = [
        Self("OTEL_METRICS_EXEMPLAR_FILTER", "always_on", not: "never", .refused),
        Self("OTEL_METRIC_EXPORT_INTERVAL", "1000", not: "1s", .refused),
        Self("OTEL_METRIC_EXPORT_TIMEOUT", "1000", not: "1s", .refused),
        Self("OTEL_EXPORTER_PROMETHEUS_HOST", "127.0.0.1", not: "", .refused),
        Self("OTEL_EXPORTER_PROMETHEUS_PORT", "9464", not: "port", .refused),
        Self(
            "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
            "delta",
            not: "gamma",
            .refused
        ),
        Self(
            "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
            "base2_exponential_bucket_histogram",
            not: "none",
            .refused
        ),
    ]

    private static let others = [
        Self("OTEL_LOG_LEVEL", "debug", not: "loud", .sending),
        Self("OTEL_ENTITIES", "service{service.name=a}", not: "service{", .refused),
        Self("OTEL_CONFIG_FILE", "/otel.yaml", not: nil, .refused),
        Self("OTEL_EXPERIMENTAL_CONFIG_FILE", "/otel.yaml", not: nil, .refused),
        Self("OTEL_SEMCONV_STABILITY_OPT_IN", "http", not: nil, .refused),
        Self("OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN", "logs", not: nil, .refused),
        Self("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "7", not: "-1", .refused),
        Self("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "7", not: "-1", .refused),
    ]
}
