extension KeyTable {
    static let pipelineRows: [Row] = [
        Row(
            .pipeline,
            "name",
            .pipelineName,
            "Names the pipeline in traces, metrics and commands.",
            standard: .described("the file's name without its extension")
        ),
        Row(.pipeline, "description", .text, "Says what the pipeline is for."),
        Row(.pipeline, "params", .parameters, "Values that a run is given, by name."),
        Row(.pipeline, "secrets", .nameList, "Names of the secrets that steps may be handed."),
        Row(.pipeline, "env", .environment, "Environment variables of every step."),
        Row(.pipeline, "timeout", .duration, "Ends the whole run, waits included."),
        Row(
            .pipeline,
            "workers",
            .integer(1...Limits.workers),
            "Attempts running at once.",
            standard: .described("the number of processors")
        ),
        Row(
            .pipeline,
            "failure",
            .choice(FailurePolicy.allCases.map(\.rawValue)),
            "What happens to the rest when a step fails: start nothing new (`stop`), also end what "
                + "runs (`cancel`), or run all that does not need it (`continue`).",
            standard: .written("stop")
        ),
        Row(
            .pipeline,
            "recoveries",
            .integer(0...Limits.recoveriesMax),
            "How often attempts that were in flight at a crash are made again.",
            standard: .written("\(Limits.recoveries)")
        ),
        Row(
            .pipeline,
            "defaults",
            .defaults,
            "Keys for every step that does not have them itself."
        ),
        Row(
            .pipeline,
            "steps",
            .steps,
            "A map from name to step is a graph, ordered by `needs`; a list of steps with `name` is "
                + "a sequence.",
            isRequired: true
        ),
        Row(
            .pipeline,
            "finally",
            .steps,
            "Steps that run after all else has ended, whatever the result; `when` (`always` by "
                + "default) narrows it to the run's success or failure."
        ),
        Row(
            .pipeline,
            "pools",
            .pools,
            "How many attempts of the steps that name a pool run at once, in all runs of an agent."
        ),
        Row(
            .pipeline,
            "rate_limits",
            .rateLimits,
            "How often attempts of the steps that name a rate limit start, in all runs of an agent."
        ),
        Row(
            .pipeline,
            "breakers",
            .breakers,
            "Circuit breakers, by name: after too many failures nobody goes on for a while, in all "
                + "runs of an agent."
        ),
        .later(.pipeline, "labels", "Labels of the pipeline's metrics."),
        Row(
            .pipeline,
            "schedule",
            .schedules,
            "When an agent starts runs by itself: one entry, or a list of them."
        ),
        .later(.pipeline, "slo", "The objectives that alerts watch."),
        .later(.pipeline, "outputs", "The folder for what steps leave behind."),
    ]

    static let stepRows: [Row] = [
        Row(.step, "name", .stepName, "Names the step, where `steps` is a list."),
        Row(.step, "run", .command, "A script for the step's shell. Nothing is spliced into it."),
        Row(.step, "exec", .arguments, "A program with its arguments, started without a shell."),
        Row(.step, "needs", .names, "The steps that must end before this one starts."),
        Row(
            .step,
            "when",
            .choice(RunCondition.allCases.map(\.rawValue)),
            "Whether it runs if all needs were good (`success`), if one was bad (`failure`), or in "
                + "any case (`always`).",
            standard: .written("success")
        ),
        Row(
            .step,
            "if",
            .command,
            "A command asked once before the step: 0 runs it, 1 skips it, else it is an error."
        ),
        Row(
            .step,
            "shell",
            .words,
            "The interpreter of `run` and `if`.",
            standard: .written(PlannedStep.defaultShell.joined(separator: " ")),
            isDefaultable: true
        ),
        Row(.step, "env", .environment, "Environment variables of the step.", isDefaultable: true),
        Row(
            .step,
            "workdir",
            .template,
            "The folder it works in.",
            standard: .described("the folder of the file"),
            isDefaultable: true
        ),
        Row(
            .step,
            "timeout",
            .duration,
            "Ends each attempt.",
            standard: .described("none; in `finally` 1h"),
            isDefaultable: true
        ),
        Row(
            .step,
            "idle_timeout",
            .duration,
            "Ends an attempt that prints nothing for so long.",
            isDefaultable: true
        ),
        Row(
            .step,
            "grace",
            .duration,
            "The time between SIGTERM and SIGKILL when an attempt is ended.",
            standard: .written(DurationText.human(Limits.grace)),
            isDefaultable: true
        ),
        Row(
            .step,
            "on_crash",
            .choice(CrashPolicy.allCases.map(\.rawValue)),
            "What follows when Weir was killed while an attempt ran: make it again (`repeat`), or "
                + "end the step as `agent_crash` (`fail`).",
            standard: .written("repeat"),
            isDefaultable: true
        ),
        Row(.step, "retry", .retry, "Whether a failed attempt is repeated.", isDefaultable: true),
        Row(
            .step,
            "allow_failure",
            .boolean,
            "Lets the run go on as if the step had been good.",
            standard: .written("false"),
            isDefaultable: true
        ),
        Row(
            .step,
            "cache",
            .cache,
            "Takes what the step left when it last did the same with the same.",
            isDefaultable: true
        ),
        Row(.step, "secrets", .names, "Names of the secrets that the step is handed."),
        Row(
            .step,
            "pool",
            .gateName,
            "The pool whose slot each attempt takes.",
            isDefaultable: true
        ),
        Row(
            .step,
            "rate_limit",
            .gateName,
            "The rate limit that each attempt obeys.",
            isDefaultable: true
        ),
        Row(
            .step,
            "breaker",
            .gateName,
            "The circuit breaker that each attempt goes through.",
            isDefaultable: true
        ),
        Row(
            .step,
            "compensate",
            .compensation,
            "Undoes the step when the run fails after it ended; it may be started more than once."
        ),
        .later(.step, "http", "A request in place of a process."),
        .later(.step, "pipeline", "Another pipeline's run in place of a process."),
        .later(.step, "approve", "Waits for a person."),
        .later(.step, "for_each", "Runs the step once for each item."),
        .later(.step, "inputs", "What must exist before it runs."),
        .later(.step, "outputs", "What must exist after it ran."),
    ]

    /// Those that can happen: only requests, not supported yet, end by `status` or `network`.
    static let retryTriggers = ["exit", "timeout", "signal"]

    static let nestedRows: [Row] = [
        Row(
            .retry,
            "attempts",
            .integer(1...1_000_000),
            "Attempts in all; the first counts.",
            isRequired: true
        ),
        Row(
            .retry,
            "backoff",
            .backoff,
            "The wait before attempt n+1 is random, up to min·2^(n−1) and never above max.",
            standard: .written("1s..30s")
        ),
        Row(
            .retry,
            "when",
            .choices(retryTriggers),
            "Which endings are retried.",
            standard: .described("all of them")
        ),
        Row(.retry, "exit_codes", .exitCodes, "Retries these exit codes only."),
        Row(
            .cache,
            "inputs",
            .globs,
            "The files that it reads, below its folder: `*`, `?` and `**` stand for names."
        ),
        Row(
            .cache,
            "ttl",
            .duration,
            "How long what it left is taken again.",
            standard: .written(DurationText.human(CachePolicy.standardTTL))
        ),
        Row(
            .parameter,
            "type",
            .choice(ParamDefinition.Kind.allCases.map(\.rawValue)),
            "What its values must be.",
            standard: .written("string")
        ),
        Row(.parameter, "default", .scalar, "Its value in a run that is given none."),
        Row(.parameter, "minimum", .number, "The least value of an integer or number."),
        Row(.parameter, "maximum", .number, "The greatest value of an integer or number."),
        Row(.parameter, "choices", .scalars, "The only values allowed."),
        Row(.parameter, "description", .text, "Says what it is for."),
    ]
}
