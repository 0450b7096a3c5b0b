import Pipeline

extension MetricCatalog {
    package static let runSuccessDeadline = MetricDefinition(
        "weir_run_success_deadline_timestamp_seconds",
        .gauge,
        unit: .seconds,
        "When the next success is overdue: the next due run after the last success, or after the "
            + "schedule was first seen, and the time a run takes.",
        labels: [pipeline]
    )
    package static let scheduleNext = MetricDefinition(
        "weir_schedule_next_timestamp_seconds",
        .gauge,
        unit: .seconds,
        "When the next run is due by the pipeline's schedules, jitter included.",
        labels: [pipeline]
    )
    package static let scheduleDelay = MetricDefinition(
        "weir_schedule_delay_seconds",
        .histogram,
        unit: .seconds,
        "How long after it was due a scheduled run began.",
        labels: [pipeline]
    )
    package static let scheduleMissed = MetricDefinition(
        "weir_schedule_missed_total",
        .counter,
        "Slots that have no run, by what decided so: catch_up (none, latest, all), overlap (skip, "
            + "queue, replace), or a start that was refused.",
        labels: [pipeline, MetricDefinition.Label("policy", MissPolicy.allCases.map(\.rawValue))]
    )
    package static let queueDepth = MetricDefinition(
        "weir_queue_depth",
        .gauge,
        "What waits in a queue: of `schedule` the slots whose runs are due and have not begun.",
        labels: [MetricDefinition.Label("queue", ["schedule"])]
    )
    package static let queueOldest = MetricDefinition(
        "weir_queue_oldest_enqueued_timestamp_seconds",
        .gauge,
        unit: .seconds,
        "Since when the first of a queue waits; absent when none does.",
        labels: [MetricDefinition.Label("queue", ["schedule"])]
    )
    package static let reloadSuccessful = MetricDefinition(
        "weir_config_last_reload_successful",
        .gauge,
        "Whether every pipeline file could be read when they were last read: 1 or 0."
    )
    package static let reloadSuccessTime = MetricDefinition(
        "weir_config_last_reload_success_timestamp_seconds",
        .gauge,
        unit: .seconds,
        "When the pipeline files were last read without a fault."
    )
}
