extension KeyTable {
    /// What stands in `pools`, `rate_limits`, `breakers` and `compensate`.
    static let flowRows: [Row] = [
        Row(
            .pool,
            "size",
            .integer(1...Limits.gatePlaces),
            "Attempts at once; `name: 2` says the same.",
            isRequired: true
        ),
        Row(
            .pool,
            "queue",
            .integer(0...Limits.poolQueue),
            "Steps that may wait for a slot; one more ends as `queue_full`.",
            standard: .written("\(Limits.poolQueue)")
        ),
        Row(
            .rateLimit,
            "rate",
            .rate,
            "Starts in a time, in the long run: `2/s`, `30/m`, `1000/h`, `5/d`.",
            isRequired: true
        ),
        Row(
            .rateLimit,
            "burst",
            .integer(1...Limits.gatePlaces),
            "Starts at once after a time without any.",
            standard: .written("1")
        ),
        Row(
            .breaker,
            "failures",
            .integer(1...Limits.breakerFailures),
            "So many failures open it.",
            isRequired: true
        ),
        Row(
            .breaker,
            "within",
            .duration,
            "The time in which these failures count.",
            standard: .written("1m")
        ),
        Row(
            .breaker,
            "open_for",
            .duration,
            "The time until one attempt may try again.",
            standard: .written("30s")
        ),
        Row(
            .breaker,
            "when_open",
            .choice(BreakerPolicy.WhenOpen.allCases.map(\.rawValue)),
            "Whether steps wait for an open breaker (`wait`), or end at once as `breaker_open` "
                + "(`fail`).",
            standard: .written("wait")
        ),
        Row(
            .compensation,
            "run",
            .command,
            "A script for the step's shell. Nothing is spliced into it."
        ),
        Row(
            .compensation,
            "exec",
            .arguments,
            "A program with its arguments, started without a shell."
        ),
        Row(
            .compensation,
            "timeout",
            .duration,
            "Ends each attempt.",
            standard: .described("the step's own, or 1h")
        ),
        Row(
            .compensation,
            "retry",
            .retry,
            "Whether a failed attempt is repeated.",
            standard: .described("3 attempts, 1s..30s apart")
        ),
    ]
}
