/// Schedules: their zones, and what tells them apart.
extension Planner {
    mutating func plannedSchedules() -> [ScheduleDefinition] {
        var seen: Set<String> = []
        return spec.schedules.compactMap { schedule in
            guard let definition = planned(schedule) else { return nil }
            guard seen.insert(definition.text).inserted else {
                report(.sameSchedule(definition.text), at: schedule.offset)
                return nil
            }
            return definition
        }
    }

    private mutating func planned(_ schedule: ScheduleSpec) -> ScheduleDefinition? {
        // Whatever is wrong with its timing has been reported.
        guard let zone = zone(schedule), let timing = schedule.timing else { return nil }
        let named = schedule.timezone.map { " " + $0.text } ?? ""
        let series: SlotSeries
        let text: String
        switch timing {
        case .cron(let expression):
            series = SlotSeries(.cron(expression), in: zone)
            text = "cron " + expression.text + named
        case .every(let interval):
            series = SlotSeries(.every(interval), in: zone)
            text = "every " + DurationText.exact(interval) + named
        }
        return ScheduleDefinition(
            series: series,
            text: text,
            jitter: schedule.jitter ?? .zero,
            catchUp: schedule.catchUp ?? CatchUpPolicy.none,
            within: schedule.within?.value ?? ScheduleDefinition.standardWithin,
            overlap: schedule.overlap ?? .skip
        )
    }

    private mutating func zone(_ schedule: ScheduleSpec) -> ZoneRules? {
        do throws(ZoneLookupFault) {
            return try zones.find(schedule.timezone?.text)
        } catch {
            let offset = schedule.timezone?.offset ?? schedule.offset
            report(.badZone(error), at: offset)
            return nil
        }
    }
}
