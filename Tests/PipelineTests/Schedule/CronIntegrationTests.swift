import Pipeline
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct CronIntegrationTests {
    static let near: [(hours: Double, text: String)] = [
        (48, "30 2 * * *"), (48, "0 2 * * *"), (48, "0 3 * * *"), (48, "0 0 * * *"),
        (48, "30 0 * * *"), (48, "59 1 * * *"), (48, "15 1 * * *"), (48, "45 2 * * *"),
        (48, "30 23 * * *"), (48, "0,30 1-3 * * *"), (48, "10,40 0,1,2,3,22,23 * * *"),
        (12, "0 0-23 * * *"), (48, "@daily"), (48, "@weekly"), (48, "@monthly"), (48, "0 0 * * 0"),
        (48, "30 2 * * SUN"), (48, "15 2 1-7 * *"), (48, "30 2 */2 * 0"), (48, "30 1 25-31 3,10 0"),
        (48, "0 2 29 3 5"), (48, "5 4 29 2 *"), (48, "0 12 * * MON-FRI"), (48, "0 1 31 * *"),
        (48, "30 2 8-14 * */7"),
        (5, "*/15 * * * *"), (1, "* * * * *"), (12, "0 * * * *"), (12, "30 * * * *"),
        (48, "*/20 1 * * *"), (48, "*/30 2 * * *"), (48, "*/30 0 * * *"), (48, "*/30 23 * * *"),
        (12, "0 */2 * * *"), (12, "30 */3 * * *"), (6, "45 */1 * * *"), (48, "*/10 1 * * 0"),
        (48, "*/30 0 * * 0"), (48, "0 */4 1 * *"), (48, "*/20 3 25-31 3,10 *"), (48, "0 */6 */2 * 0"),
    ]

    @Test func probe() throws {
        let zones = try ZoneFiles.distinctNames()
        let first = try instant("2020-01-01").nanoseconds / 1_000_000_000
        let last = try instant("2030-01-01").nanoseconds / 1_000_000_000
        var words = ["\(first)", "\(last)"]
        for (h, t) in Self.near { words += ["--near", "\(h)", t.hasPrefix("@") ? ["@daily": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *"][t]! : t] }
        words += ["--changing", "30 2 * * *", "--all", "0 0 * * 0", "--all", "0 3 1 * *", "--all", "*/30 0 1,15 * *"]
        let clock = ContinuousClock()
        let t0 = clock.now
        let peer = try CronPeer(words, zones: zones)
        let t1 = clock.now
        var rules: [String: ZoneRules] = [:]
        for name in zones {
            let zone = try ZoneFiles.rules(name)
            rules[name] = zone
            var at = Timestamp(nanoseconds: first * 1_000_000_000)
            var found: [CronPeer.Change] = []
            while let next = zone.nextTransition(after: at), next.instant.nanoseconds / 1_000_000_000 <= last {
                found.append(.init(at: next.instant.nanoseconds / 1_000_000_000, before: Int64(next.before), after: Int64(next.after)))
                at = next.instant
            }
            #expect(found == peer.changes[name])
        }
        let t2 = clock.now
        var counts: [String: Int] = [:]
        var total = 0
        for answer in peer.answers {
            let series = SlotSeries(.cron(try CronExpression(answer.expression)), in: rules[answer.zone]!)
            let ours = series.slots(after: Timestamp(nanoseconds: answer.after * 1_000_000_000), through: Timestamp(nanoseconds: answer.through * 1_000_000_000), limit: 1_000_000).map { $0.nanoseconds / 1_000_000_000 }
            total += ours.count
            if ours != answer.slots {
                let more = Set(ours).subtracting(answer.slots).sorted(), less = Set(answer.slots).subtracting(ours).sorted()
                for change in peer.changes[answer.zone]! where (more + less).contains(where: { abs($0 - change.at) < 100_000 }) || (more + less).isEmpty && abs(change.at - answer.after) < 200_000 {
                    let local = (change.at + change.before) % 86400
                    counts["\(answer.expression) | \(change.after - change.before) at \(local / 60) | only ours \(more.filter { abs($0 - change.at) < 100_000 }.map { $0 - change.at }) only peer \(less.filter { abs($0 - change.at) < 100_000 }.map { $0 - change.at }) dup \(answer.slots.count - Set(answer.slots).count)", default: 0] += 1
                }
            }
        }
        let t3 = clock.now
        print("PEER \(t1 - t0) zones \(t2 - t1) slots \(t3 - t2) total \(total) answers \(peer.answers.count)")
        for (k, v) in counts.sorted(by: { $0.key < $1.key }) { print("DIFF", v, k) }
    }
}
