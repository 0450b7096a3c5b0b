import Pipeline

/// `schedule`.
extension KeyFixture {
    static let scheduleKeys: [KeyFixture] = [
        pipeline("schedule", "[{every: 1m}, {cron: '@daily'}]", bad: "every day") {
            $0.schedules.map(\.text) == ["every 1m", "cron @daily"]
        },
        schedule("cron", "'0 18 * * MON-FRI'", bad: "'0 18 *'", with: nil) {
            $0.text == "cron 0 18 * * MON-FRI" && $0.series.isFixedTime
        },
        schedule("every", "90s", bad: "90", with: nil) {
            $0.text == "every 1m30s" && $0.series.rule == .every(.seconds(90))
        },
        schedule("timezone", "Europe/Berlin", bad: "'../passwd'") {
            $0.text == "every 1h Europe/Berlin"
        },
        schedule("jitter", "30s", bad: "0s0") { $0.jitter == .seconds(30) },
        schedule("catch_up", "all", bad: "some") {
            $0.catchUp == .all && $0.within == .seconds(86_400)
        },
        schedule("within", "6h", bad: "6", with: "every: 1h, catch_up: latest") {
            $0.within == .seconds(21_600)
        },
        schedule("overlap", "queue", bad: "wait") { $0.overlap == .queue },
    ]

    private static func schedule(
        _ key: String,
        _ value: String,
        bad: String,
        with others: String? = "every: 1h",
        _ shows: @escaping @Sendable (ScheduleDefinition) -> Bool
    ) -> KeyFixture {
        func file(_ value: String) -> String {
            let rest = others.map { ", \($0)" } ?? ""
            return "schedule: {\(key): \(value)\(rest)}\nsteps:\n  a: {run: x}\n"
        }
        return KeyFixture(.schedule, key, file(value), bad: file(bad)) { plan in
            plan.schedules.count == 1 && plan.schedules.allSatisfy(shows)
        }
    }
}
