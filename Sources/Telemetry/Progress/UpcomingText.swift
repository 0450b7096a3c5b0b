package import Pipeline

/// `weir plan --next`: when runs begin by themselves.
package enum UpcomingText {
    /// One line a run, without line ends: the slot in its zone, how far that is, and by which
    /// schedule where there are several.
    package static func lines(
        _ runs: [UpcomingRun],
        of plan: Plan,
        at now: Timestamp,
        style: TerminalStyle
    ) -> [String] {
        var lines = [StyledLine("next runs", .accent)]
        for run in runs {
            let time = CivilTime(run.slot, utcOffset: run.utcOffset)
            let day = weekdays[run.weekday]
            // Some zones have no name for it but the offset.
            let zone = run.zone.first?.isLetter == true ? "\(run.zone) (\(time.zone))" : time.zone
            var line = StyledLine("  \(day) \(time.date) \(time.clockWithSeconds) ")
            line.add(run.zone == time.zone ? run.zone : zone)
            line.add("  in \(HumanText.duration(run.slot - now))", .dim)
            if run.due > run.slot {
                line.add("  +\(HumanText.duration(run.due - run.slot)) jitter", .dim)
            }
            if plan.schedules.count > 1 { line.add("  \(run.schedule)", .dim) }
            lines.append(line)
        }
        return lines.map { $0.rendered(style) }
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
}

extension UpcomingRun {
    fileprivate var weekday: Int {
        let seconds = (slot + .seconds(utcOffset)).nanoseconds / 1_000_000_000
        return CalendarDate(daysSinceEpoch: seconds / 86_400).weekday
    }
}

extension ScheduleDefinition {
    /// The definition in one line: `cron 0 18 * * * Asia/Baghdad, catch up latest within 6h`.
    package var words: String {
        var parts = [text]
        if jitter > .zero { parts.append("jitter \(DurationText.exact(jitter))") }
        if catchUp != .none {
            parts.append("catch up \(catchUp.rawValue) within \(DurationText.exact(within))")
        }
        parts.append("overlap \(overlap.rawValue)")
        return parts.joined(separator: ", ")
    }
}
