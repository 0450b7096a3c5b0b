/// A run that begins by itself, some day.
package struct UpcomingRun: Hashable, Sendable {
    package var slot: Timestamp
    /// With jitter.
    package var due: Timestamp
    /// `ScheduleDefinition.text`.
    package var schedule: String
    /// Of the schedule's zone at the slot, in seconds east of UTC.
    package var utcOffset: Int
    /// As people of the zone call that: `CEST`.
    package var zone: String
}

extension Plan {
    /// The next runs of all its schedules, in the order in which they are due.
    package func upcoming(after now: Timestamp, count: Int) -> [UpcomingRun] {
        var runs: [UpcomingRun] = []
        for schedule in schedules {
            var last = now
            for _ in 0..<max(0, count) {
                guard let slot = schedule.series.next(after: last) else { break }
                last = slot
                runs.append(
                    UpcomingRun(
                        slot: slot,
                        due: schedule.due(slot, pipeline: name),
                        schedule: schedule.text,
                        utcOffset: schedule.series.zone.offset(at: slot),
                        zone: schedule.series.zone.abbreviation(at: slot)
                    )
                )
            }
        }
        runs.sort { ($0.due, $0.schedule) < ($1.due, $1.schedule) }
        return Array(runs.prefix(max(0, count)))
    }
}
