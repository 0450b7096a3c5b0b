/// When an agent starts runs of a pipeline by itself: one entry of `schedule`.
package struct ScheduleDefinition: Hashable, Sendable {
    package var series: SlotSeries
    /// As the file has it, with its zone: `cron 0 18 * * MON-FRI Asia/Baghdad`, `every 15m`.
    ///
    /// It tells the entries of a pipeline apart, and is what a restart knows one by: what it does
    /// about a missed slot may be changed without its being another.
    package var text: String
    /// Runs begin up to so long after their slot, by a number that slot and pipeline decide.
    package var jitter: Duration
    package var catchUp: CatchUpPolicy
    /// How old a slot may be that is made up for.
    package var within: Duration
    package var overlap: OverlapPolicy

    package init(
        series: SlotSeries,
        text: String,
        jitter: Duration = .zero,
        catchUp: CatchUpPolicy = .none,
        within: Duration = ScheduleDefinition.standardWithin,
        overlap: OverlapPolicy = .skip
    ) {
        self.series = series
        self.text = text
        self.jitter = jitter
        self.catchUp = catchUp
        self.within = within
        self.overlap = overlap
    }

    package static let standardWithin = Duration.seconds(24 * 3_600)

    /// When the run of `slot` is due: at the slot, or the jitter later.
    package func due(_ slot: Timestamp, pipeline: String) -> Timestamp {
        jitter > .zero
            ? slot + SlotJitter.offset(pipeline: pipeline, slot: slot, within: jitter) : slot
    }
}

/// What becomes of slots that passed while no agent was there to see them (design §4, `catch_up`).
package enum CatchUpPolicy: String, Sendable, CaseIterable {
    case none
    /// The last of them is run, however many there were.
    case latest
    /// Each is run, one after the other.
    case all
}

/// What becomes of a start while another run of its pipeline goes on (design §4, `overlap`).
package enum OverlapPolicy: String, Sendable, CaseIterable {
    /// Both run.
    case allow
    /// The new one is not begun.
    case skip
    /// The new one waits for the others to end.
    case queue
    /// The others are ended, as `superseded`, and the new one begins then.
    case replace
}
