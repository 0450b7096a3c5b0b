import Pipeline

extension MetricCatalog {
    private static let signal = MetricDefinition.Label(
        "signal",
        OTLPSignal.allCases.map(\.rawValue)
    )

    package static let workers = MetricDefinition(
        "weir_workers",
        .gauge,
        "Places for attempts, by whether one runs there.",
        labels: [MetricDefinition.Label("state", ["available", "busy"])]
    )
    package static let otlpItems = MetricDefinition(
        "weir_otlp_items_total",
        .counter,
        "Spans, data points and log records that were to be sent, by what became of them.",
        labels: [signal, MetricDefinition.Label("outcome", ["sent", "rejected", "dropped"])]
    )
    package static let otlpRequests = MetricDefinition(
        "weir_otlp_requests_total",
        .counter,
        "Requests to the collector, by HTTP status; 0 when no answer came.",
        labels: [signal, MetricDefinition.Label("code")]
    )
    package static let otlpBacklog = MetricDefinition(
        "weir_otlp_backlog_items",
        .gauge,
        "Spans that wait to be sent."
    )
    package static let otlpBacklogOldest = MetricDefinition(
        "weir_otlp_backlog_oldest_timestamp_seconds",
        .gauge,
        unit: .seconds,
        "When the oldest span that waits to be sent ended; absent when none waits."
    )
    package static let journalAppend = MetricDefinition(
        "weir_journal_append_duration_seconds",
        .histogram,
        unit: .seconds,
        "Time of one write to a journal.",
        buckets: .own
    )
    package static let journalSync = MetricDefinition(
        "weir_journal_sync_duration_seconds",
        .histogram,
        unit: .seconds,
        "Time of one fdatasync of a journal.",
        buckets: .own
    )
    package static let journalErrors = MetricDefinition(
        "weir_journal_errors_total",
        .counter,
        "Writes and syncs of journals that failed."
    )
    package static let eventsDropped = MetricDefinition(
        "weir_events_dropped_total",
        .counter,
        "Events that a subscriber was too slow for.",
        labels: [
            MetricDefinition.Label("subscriber", EventSubscriber.allCases.map(\.rawValue))
        ]
    )
    package static let series = MetricDefinition(
        "weir_metric_series",
        .gauge,
        "Label sets of each metric that has a label set.",
        labels: [MetricDefinition.Label("metric")]
    )
    package static let seriesDropped = MetricDefinition(
        "weir_metric_series_dropped_total",
        .counter,
        "How often a new label set found its metric's budget used up and became __other__."
    )
    package static let scrapeDuration = MetricDefinition(
        "weir_scrape_duration_seconds",
        .histogram,
        unit: .seconds,
        "Time to write one answer to a scrape.",
        buckets: .own
    )
    package static let httpRequestDuration = MetricDefinition(
        "weir_http_request_duration_seconds",
        .histogram,
        unit: .seconds,
        "Time from a request's last byte to its answer's last byte.",
        labels: ["route", "method", "code"].map { MetricDefinition.Label($0) },
        buckets: .own
    )
    package static let loopLag = MetricDefinition(
        "weir_loop_lag_seconds",
        .gauge,
        unit: .seconds,
        "Age of the oldest ping that a loop has not answered.",
        labels: [MetricDefinition.Label("loop")]
    )
    package static let ready = MetricDefinition(
        "weir_ready",
        .gauge,
        "1 when the check passes, 0 when it does not.",
        labels: [MetricDefinition.Label("check")]
    )
    package static let buildInfo = MetricDefinition(
        "weir_build_info",
        .gauge,
        "1 for the version that runs.",
        labels: [MetricDefinition.Label("version")]
    )
}

/// Who is told an agent's events and may be too slow for them.
package enum EventSubscriber: String, CaseIterable, Sendable {
    /// The counters; what they miss they read in the journal.
    case metrics
    /// `/debug/spans`, which then leaves the run out.
    case spans
    /// Weir's own log; what it misses is gone.
    case log
}
