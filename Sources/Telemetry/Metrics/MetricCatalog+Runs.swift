import Pipeline

extension MetricCatalog {
    package static let runsTotal = MetricDefinition(
        "weir_runs_total",
        .counter,
        "Runs finished, by result.",
        labels: [pipeline, result]
    )
    package static let runDuration = MetricDefinition(
        "weir_run_duration_seconds",
        .histogram,
        unit: .seconds,
        "Time from a run's start to its end, by result.",
        labels: [pipeline, result]
    )
    package static let runsActive = MetricDefinition(
        "weir_runs_active",
        .gauge,
        "Runs that have not ended: pending before the first attempt, finalizing once stopped.",
        labels: [pipeline, MetricDefinition.Label("state", RunPhase.allCases.map(\.rawValue))]
    )
    package static let runLastResult = MetricDefinition(
        "weir_run_last_result",
        .gauge,
        "1 for the result of the run that finished last, 0 for the others.",
        labels: [pipeline, result],
        lifetime: .kept
    )
    package static let runLastFinish = MetricDefinition(
        "weir_run_last_finish_timestamp_seconds",
        .gauge,
        unit: .seconds,
        "When the last run finished, whatever its result.",
        labels: [pipeline],
        lifetime: .kept
    )
    package static let runLastSuccess = MetricDefinition(
        "weir_run_last_success_timestamp_seconds",
        .gauge,
        unit: .seconds,
        "When the last successful run finished.",
        labels: [pipeline],
        lifetime: .kept
    )
    package static let runOldestActiveStart = MetricDefinition(
        "weir_run_oldest_active_start_timestamp_seconds",
        .gauge,
        unit: .seconds,
        "When the oldest run that has not ended started; absent when none is active.",
        labels: [pipeline]
    )
    package static let runLastCriticalPath = MetricDefinition(
        "weir_run_last_critical_path_seconds",
        .gauge,
        unit: .seconds,
        "Length of the longest chain of steps of the run that finished last.",
        labels: [pipeline],
        lifetime: .kept
    )
    package static let runLastEfficiency = MetricDefinition(
        "weir_run_last_parallel_efficiency_ratio",
        .gauge,
        unit: .ratio,
        "Time in attempts over the time all workers had, in the run that finished last.",
        labels: [pipeline],
        lifetime: .kept
    )
    package static let runRecoveries = MetricDefinition(
        "weir_run_recoveries_total",
        .counter,
        "How often runs were taken up again after a crash.",
        labels: [pipeline]
    )
    package static let pipelineInfo = MetricDefinition(
        "weir_pipeline_info",
        .gauge,
        "1 for every pipeline that is loaded.",
        labels: [pipeline]
    )
}
