/// The variables of OpenTelemetry's specification, by what Weir does with them.
enum KnownVariables {
    /// Read whatever is exported.
    static let general = [
        "OTEL_SDK_DISABLED", "OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_PROPAGATORS",
        "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG", "OTEL_ATTRIBUTE_COUNT_LIMIT",
        "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
        "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_SPAN_EVENT_COUNT_LIMIT",
        "OTEL_SPAN_LINK_COUNT_LIMIT", "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
        "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
    ]

    /// Read for sending whatever is sent.
    static let sharedExport = exportNames.map { "OTEL_EXPORTER_OTLP_" + $0 }

    /// Read for sending a signal.
    static func export(of signal: OTLPSignal) -> [String] {
        ["OTEL_\(signal.variable)_EXPORTER"]
            + (signal == .traces ? batches : [])
            + exportNames.map { "OTEL_EXPORTER_OTLP_\(signal.variable)_" + $0 }
    }

    private static let batches = [
        "OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_EXPORT_TIMEOUT", "OTEL_BSP_MAX_QUEUE_SIZE",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    ]

    private static let exportNames = [
        "ENDPOINT", "HEADERS", "TIMEOUT", "COMPRESSION", "PROTOCOL", "CERTIFICATE", "CLIENT_KEY",
        "CLIENT_CERTIFICATE", "INSECURE",
    ]

    /// Of the specification, and not obeyed.
    static let unsupported = [
        "OTEL_CONFIG_FILE", "OTEL_EXPERIMENTAL_CONFIG_FILE", "OTEL_ENTITIES", "OTEL_LOG_LEVEL",
        "OTEL_SEMCONV_STABILITY_OPT_IN", "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN",
    ]

    /// Of other signals and exporters, and not obeyed.
    static let unsupportedPrefixes = [
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
        "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "OTEL_EXPORTER_PROMETHEUS_",
        "OTEL_EXPORTER_ZIPKIN_", "OTEL_EXPORTER_JAEGER_", "OTEL_METRIC_", "OTEL_METRICS_",
        "OTEL_BLRP_", "OTEL_LOGRECORD_",
    ]

    /// Of no meaning by themselves: the values that `OTEL_RESOURCE_ATTRIBUTES` is composed from in a
    /// pod's manifest, `…=k8s.pod.name=$(OTEL_RESOURCE_ATTRIBUTES_POD_NAME)`, as OpenTelemetry's
    /// operator writes it.
    static let ingredientPrefix = "OTEL_RESOURCE_ATTRIBUTES_"

    /// Names that begin so belong to the specification, so an unknown one is a mistake.
    ///
    /// All others (`OTEL_PYTHON_…`) are meant for the programs that Weir starts.
    static let prefixes = [
        "OTEL_SDK_", "OTEL_SERVICE_", "OTEL_RESOURCE_", "OTEL_PROPAGATOR", "OTEL_TRACE",
        "OTEL_EXPORTER_", "OTEL_BSP_", "OTEL_SPAN_", "OTEL_ATTRIBUTE_", "OTEL_EVENT_",
        "OTEL_LINK_",
    ]
}

extension EnvironmentReader {
    /// Notes every variable of the specification that nothing else has read.
    mutating func warnOfOthers(_ environment: [String: String]) {
        let export =
            OTLPSignal.allCases.flatMap(KnownVariables.export) + KnownVariables.sharedExport
        let read = Set(KnownVariables.general + export)
        for variable in environment.keys.sorted() where variable.hasPrefix("OTEL_") {
            guard !read.contains(variable), let value = word(variable) else { continue }
            let isUnsupported =
                KnownVariables.unsupported.contains(variable)
                || KnownVariables.unsupportedPrefixes.contains(where: variable.hasPrefix)
            if isUnsupported {
                warnOfUnsupported(variable, value)
            } else if !variable.hasPrefix(KnownVariables.ingredientPrefix),
                KnownVariables.prefixes.contains(where: variable.hasPrefix)
            {
                warn(variable, .unknownName)
            }
        }
    }

    private mutating func warnOfUnsupported(_ variable: String, _ value: String) {
        warn(variable, .notSupportedYet(value: nil, instead: "it is not looked at"))
    }
}
