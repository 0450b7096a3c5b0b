import Pipeline

extension MetricCatalog {
    package static let poolSize = MetricDefinition(
        "weir_pool_size",
        .gauge,
        "Attempts that may hold a slot of the pool at once.",
        labels: [pool]
    )
    package static let poolInUse = MetricDefinition(
        "weir_pool_in_use",
        .gauge,
        "Slots of the pool that attempts hold.",
        labels: [pool]
    )
    package static let poolWaiting = MetricDefinition(
        "weir_pool_waiting",
        .gauge,
        "Steps of all runs that wait with the pool among their gates.",
        labels: [pool]
    )
    package static let breakerState = MetricDefinition(
        "weir_breaker_state",
        .gauge,
        "1 for the state that the breaker is in, 0 for the others.",
        labels: [breaker, MetricDefinition.Label("state", BreakerState.allCases.map(\.rawValue))]
    )
    package static let breakerTransitions = MetricDefinition(
        "weir_breaker_transitions_total",
        .counter,
        "Changes of the breaker, by what it became.",
        labels: [breaker, MetricDefinition.Label("to", BreakerState.allCases.map(\.rawValue))]
    )
    package static let rateLimitWait = MetricDefinition(
        "weir_rate_limit_wait_seconds_total",
        .counter,
        unit: .seconds,
        "Time in which steps waited for the rate limit.",
        labels: [MetricDefinition.Label("rate_limit")]
    )

    private static let pool = MetricDefinition.Label("pool")
    private static let breaker = MetricDefinition.Label("breaker")
}
