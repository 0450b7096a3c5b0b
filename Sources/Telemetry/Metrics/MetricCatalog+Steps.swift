import Pipeline

extension MetricCatalog {
    package static let stepDuration = MetricDefinition(
        "weir_step_duration_seconds",
        .histogram,
        unit: .seconds,
        "Time from a step's being ready to its end, by result; 0 for one that never was ready.",
        labels: [pipeline, step, result]
    )
    package static let stepAttempts = MetricDefinition(
        "weir_step_attempts_total",
        .counter,
        "Attempts of a step's command that ended, by result.",
        labels: [pipeline, step, result]
    )
    package static let attemptFailures = MetricDefinition(
        "weir_attempt_failures_total",
        .counter,
        "Attempts that ended with failure, error or timeout, by reason.",
        labels: [
            pipeline, MetricDefinition.Label("reason", Reason.ofFailures.map(\.rawValue)),
        ]
    )
    package static let stepWait = MetricDefinition(
        "weir_step_wait_seconds_total",
        .counter,
        unit: .seconds,
        "Time in which a step did not run, by what it waited for; not while nobody owned the run.",
        labels: [
            pipeline, step,
            MetricDefinition.Label("blocker", WaitBlocker.allCases.map(\.rawValue)),
        ]
    )
    package static let stepsActive = MetricDefinition(
        "weir_steps_active",
        .gauge,
        "Attempts of a step that run now.",
        labels: [pipeline, step]
    )
    package static let stepsBlocked = MetricDefinition(
        "weir_steps_blocked",
        .gauge,
        "Steps of active runs that are ready and do not run, by what they wait for.",
        labels: [
            pipeline, step,
            MetricDefinition.Label("blocker", WaitBlocker.ofReady.map(\.rawValue)),
        ]
    )
    package static let compensations = MetricDefinition(
        "weir_compensations_total",
        .counter,
        "Steps of failed runs that were to be undone, by how that ended.",
        labels: [pipeline, step, result]
    )
    package static let stepCPU = MetricDefinition(
        "weir_step_cpu_seconds_total",
        .counter,
        unit: .seconds,
        "Processor time of a step's attempts and what they started.",
        labels: [pipeline, step, MetricDefinition.Label("mode", ["user", "system"])]
    )
    package static let stepLastPeakMemory = MetricDefinition(
        "weir_step_last_peak_memory_bytes",
        .gauge,
        unit: .bytes,
        "Largest resident set of the step's last attempt for which the kernel told it.",
        labels: [pipeline, step],
        lifetime: .kept
    )
    package static let stepIO = MetricDefinition(
        "weir_step_io_bytes_total",
        .counter,
        unit: .bytes,
        "Bytes that a step's attempts read from and wrote to storage.",
        labels: [pipeline, step, MetricDefinition.Label("direction", ["read", "write"])]
    )
}

extension MetricCatalog {
    package static let stepDurationBaseline = MetricDefinition(
        "weir_step_duration_baseline_seconds",
        .gauge,
        unit: .seconds,
        "Quantiles of what a step took, once it had a worker, where it succeeded in the last runs.",
        labels: [pipeline, step, MetricDefinition.Label("stat", ["p50", "p95"])],
        lifetime: .kept
    )
}

extension Reason {
    /// What an attempt that was not good can have as reason (design §4, results and reasons).
    static let ofFailures: [Reason] = [RunResult.failure, .error, .timeout].flatMap {
        Outcome.reasons(of: $0)
    }
}
