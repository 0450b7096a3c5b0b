/// What is wrong with an entry of `schedule` by itself.
enum ScheduleFault: Equatable {
    case cron(CronFault)
    case secondTiming(String, String)
    case missingTiming
    case withinWithoutCatchUp
    case everyTooShort
    case tooMany(Int)

    var message: String {
        switch self {
        case .cron(let fault): fault.message
        case .secondTiming(let second, let first):
            "a schedule has one timing: \(quoted(second)) stands beside \(quoted(first))"
        case .missingTiming: "the schedule does not say when: it has neither `cron` nor `every`"
        case .withinWithoutCatchUp: "`within` has no effect: nothing is caught up with"
        case .everyTooShort:
            "an interval must be at least \(DurationText.exact(Limits.everyMin))"
        case .tooMany(let count):
            "`schedule` has \(count) entries; the limit is \(Limits.schedules)"
        }
    }

    var advice: String {
        switch self {
        case .cron(let fault): fault.advice
        case .secondTiming: "write two entries: `schedule: [{cron: …}, {every: …}]`"
        case .missingTiming: "add `cron: \"0 18 * * *\"` or `every: 15m`"
        case .withinWithoutCatchUp: "add `catch_up: latest` or `catch_up: all`, or remove it"
        case .everyTooShort: "let a step of one run do it again and again"
        case .tooMany: "use lists and ranges in one cron expression"
        }
    }
}
