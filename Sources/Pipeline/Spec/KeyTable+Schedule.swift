extension KeyTable {
    /// What stands in `schedule`.
    static let scheduleRows: [Row] = [
        Row(
            .schedule,
            "cron",
            .cron,
            "Minute, hour, day of the month, month and day of the week, as crontab(5) has them, or "
                + "`@daily` and the like."
        ),
        Row(
            .schedule,
            "every",
            .duration,
            "The time between two runs, from 1s on: slots are its multiples since 1970-01-01 UTC."
        ),
        Row(
            .schedule,
            "timezone",
            .timezone,
            "The zone of `cron` and of `${run.scheduled_at}`: a name such as `Europe/Berlin`.",
            standard: .described("the system's")
        ),
        Row(
            .schedule,
            "jitter",
            .duration,
            "Runs begin up to so long after their slot, always by the same for the same slot.",
            standard: .described("none")
        ),
        Row(
            .schedule,
            "catch_up",
            .choice(CatchUpPolicy.allCases.map(\.rawValue)),
            "What becomes of slots that passed while no agent was there: nothing (`none`), the last "
                + "is run (`latest`), or each, one after the other (`all`).",
            standard: .written("none")
        ),
        Row(
            .schedule,
            "within",
            .duration,
            "How old a slot may be that `catch_up` runs.",
            standard: .written(DurationText.human(ScheduleDefinition.standardWithin))
        ),
        Row(
            .schedule,
            "overlap",
            .choice(OverlapPolicy.allCases.map(\.rawValue)),
            "While another run of the pipeline goes on: begin beside it (`allow`), do not (`skip`), "
                + "wait (`queue`), or end it first (`replace`).",
            standard: .written("skip")
        ),
    ]
}
