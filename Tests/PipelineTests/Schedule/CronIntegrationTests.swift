import Pipeline
import TestSupport
import Testing

/// Our slots and those of cronsim, another implementation of Debian's cron, over ten years.
@Suite(.timeLimit(.minutes(5)))
struct CronIntegrationTests {
    private let first: Int64
    private let last: Int64
    private let names: [String]
    private let zones: [String: ZoneRules]

    init() throws {
        first = try instant("2020-01-01").nanoseconds / 1_000_000_000
        last = try instant("2030-01-01").nanoseconds / 1_000_000_000
        names = try ZoneFiles.distinctNames()
        zones = try Dictionary(uniqueKeysWithValues: names.map { ($0, try ZoneFiles.rules($0)) })
    }

    /// So many hours before and after every change: fewer where there are many slots.
    private static let near: [(hours: Double, expressions: [String])] = [
        (
            48,
            [
                // Of a fixed time: around the hours at which clocks change, and on some days only.
                "30 2 * * *", "0 2 * * *", "0 3 * * *", "0 0 * * *", "30 0 * * *", "59 1 * * *",
                "15 1 * * *", "45 2 * * *", "30 23 * * *", "0,30 1-3 * * *",
                "10,40 0,1,2,3,22,23 * * *", "0 0 1 * *", "0 0 * * 0", "30 2 * * 7",
                "15 2 1-7 * *", "30 2 */2 * 0", "30 1 25-31 3,10 0", "0 2 29 3 5", "5 4 29 2 *",
                "0 12 * * MON-FRI", "0 1 31 * *", "30 2 8-14 * */7",
                // That follow real time.
                "*/20 1 * * *", "*/30 2 * * *", "*/30 0 * * *", "*/30 23 * * *", "*/10 1 * * 0",
                "*/30 0 * * 0", "0 */4 1 * *", "*/20 3 25-31 3,10 *", "0 */6 */2 * 0",
            ]
        ),
        (12, ["0 0-23 * * *", "0 * * * *", "30 * * * *", "0 */2 * * *", "30 */3 * * *"]),
        (4, ["*/15 * * * *", "45 */1 * * *"]), (0.5, ["* * * * *"]),
    ]

    @Test func `has cronsim's slots around every change of every zone's clocks`() throws {
        let questions = Self.near.flatMap { hours, expressions in
            expressions.flatMap { ["--near", "\(hours)", $0] }
        }
        let peer = try CronPeer(["\(first)", "\(last)"] + questions, zones: names)
        for name in names {
            #expect(try changes(name) == peer.changes[name], "\(name)")
        }
        // Of some 2,700 changes these are the ones that clocks show differently.
        let expressions = Self.near.reduce(0) { $0 + $1.expressions.count }
        #expect(peer.answers.count > 300 * expressions)
        var comparison = comparison(with: peer)
        let faults = try peer.answers.compactMap { try comparison.fault(in: $0) }
        #expect(faults == [])
        let unused = CronPeerDifference.all.indices.filter { !comparison.used.contains($0) }
        #expect(unused.map { "\(CronPeerDifference.all[$0])" } == [])
    }

    @Test func `has cronsim's slots of ten years in every zone`() throws {
        let peer = try CronPeer(
            [
                "\(first)", "\(last)", "--changing", "30 2 * * *", "--changing", "0 0 * * 0",
                "--all", "0 3 1 * *", "--changing", "*/30 0 1 * *",
            ],
            zones: names
        )
        var comparison = comparison(with: peer)
        let faults = try peer.answers.compactMap { try comparison.fault(in: $0) }
        #expect(faults == [])
        #expect(peer.answers.reduce(0) { $0 + $1.slots.count } > 150_000)
    }

    private func comparison(with peer: CronPeer) -> CronComparison {
        CronComparison(
            zones: zones,
            changes: peer.changes,
            differences: CronPeerDifference.all
        )
    }

    private func changes(_ name: String) throws -> [CronPeer.Change] {
        let zone = try #require(zones[name])
        var changes: [CronPeer.Change] = []
        var at = timestamp(first)
        while let next = zone.nextTransition(after: at), next.instant <= timestamp(last) {
            changes.append(
                CronPeer.Change(
                    at: next.instant.nanoseconds / 1_000_000_000,
                    before: Int64(next.before),
                    after: Int64(next.after)
                )
            )
            at = next.instant
        }
        return changes
    }
}

/// That the comparison refuses what is wrong, with no peer at hand.
struct CronComparisonTests {
    /// In Berlin at the end of March 2026, as cron has it.
    private let right: [Int64] = [
        1_774_575_000, 1_774_661_400, 1_774_746_000, 1_774_830_600, 1_774_917_000,
    ]

    private func fault(_ slots: [Int64], _ expression: String = "30 2 * * *") throws -> String? {
        let change = CronPeer.Change(at: 1_774_746_000, before: 3_600, after: 7_200)
        var comparison = CronComparison(
            zones: ["Europe/Berlin": try ZoneFiles.rules("Europe/Berlin")],
            changes: ["Europe/Berlin": [change]],
            differences: CronPeerDifference.all
        )
        var answer = CronPeer.Answer()
        answer.zone = "Europe/Berlin"
        answer.expression = expression
        answer.after = change.at - 172_800
        answer.through = change.at + 172_800
        answer.slots = slots
        return try comparison.fault(in: answer)
    }

    @Test func `accepts what is right`() throws {
        #expect(try fault(right) == nil)
    }

    @Test func `refuses a slot shifted by an hour, left out, too many or twice`() throws {
        for index in right.indices {
            for shift in [-3_600, 3_600, 60, -60] as [Int64] {
                var shifted = right
                shifted[index] += shift
                #expect(try fault(shifted) != nil)
            }
            var fewer = right
            fewer.remove(at: index)
            #expect(try fault(fewer) != nil)
            #expect(try fault((right + [right[index]]).sorted()) != nil)
            #expect(try fault((right + [right[index] + 7_200]).sorted()) != nil)
        }
        #expect(try fault(right, "31 2 * * *") != nil)
    }
}
