/// `schedule`: one entry, or a list of them.
extension SpecDecoder {
    mutating func schedules(_ node: YAMLNode) -> [ScheduleSpec] {
        guard case .sequence(let items) = node.content else {
            return [schedule(node)].compactMap(\.self)
        }
        if items.isEmpty { report(.emptyList("schedule"), at: node.offset) }
        if items.count > Limits.schedules {
            report(.schedule(.tooMany(items.count)), at: node.offset)
        }
        return items.prefix(Limits.schedules).compactMap { schedule($0) }
    }

    private mutating func schedule(_ node: YAMLNode) -> ScheduleSpec? {
        guard case .mapping = node.content else {
            let advice = "write `schedule: {cron: \"0 18 * * MON-FRI\"}` or `{every: 15m}`"
            mismatch(node, expected: "a map", advice: advice)
            return nil
        }
        var schedule = ScheduleSpec(offset: node.offset)
        var kind: String?
        let entries = eachEntry(of: node, as: .schedule) { decoder, entry in
            let (key, value) = (entry.key.text, entry.value)
            if key == "cron" || key == "every" {
                if let kind {
                    decoder.report(.schedule(.secondTiming(key, kind)), at: entry.keyOffset)
                }
                kind = kind ?? key
            }
            decoder.scheduleEntry(key, value, into: &schedule)
        }
        if entries != nil, kind == nil { report(.schedule(.missingTiming), at: node.offset) }
        if let within = schedule.within,
            schedule.catchUp ?? CatchUpPolicy.none == CatchUpPolicy.none
        {
            report(.schedule(.withinWithoutCatchUp), at: within.offset)
        }
        return schedule
    }

    private mutating func scheduleEntry(
        _ key: String,
        _ value: YAMLNode,
        into schedule: inout ScheduleSpec
    ) {
        switch key {
        case "cron": schedule.timing = cron(value).map { .cron($0) } ?? schedule.timing
        case "every":
            guard let interval = timeout(value) else { return }
            guard interval >= Limits.everyMin else {
                report(.schedule(.everyTooShort), at: value.offset)
                return
            }
            schedule.timing = .every(interval)
        case "timezone": schedule.timezone = text(value, of: key)
        case "jitter": schedule.jitter = timeout(value)
        case "catch_up": schedule.catchUp = choice(value)?.value
        case "within":
            schedule.within = timeout(value).map { Placed(value: $0, offset: value.offset) }
        case "overlap": schedule.overlap = choice(value)?.value
        default: break
        }
    }

    private mutating func cron(_ node: YAMLNode) -> CronExpression? {
        let advice = "write `cron: \"0 18 * * MON-FRI\"`"
        guard let text = scalar(node, expected: "a cron expression", advice: advice) else {
            return nil
        }
        do throws(CronFault) {
            return try CronExpression(text.text)
        } catch {
            report(.schedule(.cron(error)), at: node.offset)
            return nil
        }
    }
}

/// One entry of `schedule`, as it was written.
struct ScheduleSpec {
    enum Timing {
        case cron(CronExpression)
        case every(Duration)
    }

    let offset: Int
    var timing: Timing?
    var timezone: SpecText?
    var jitter: Duration?
    var catchUp: CatchUpPolicy?
    var within: Placed<Duration>?
    var overlap: OverlapPolicy?
}
