import Pipeline
import TestSupport

/// Our slots beside those of another implementation, which may differ only as a table says.
struct CronComparison {
    let zones: [String: ZoneRules]
    /// As the other implementation has them.
    let changes: [String: [CronPeer.Change]]
    let differences: [CronPeerDifference]
    /// The rows that explained something.
    private(set) var used: Set<Int> = []

    init(
        zones: [String: ZoneRules],
        changes: [String: [CronPeer.Change]],
        differences: [CronPeerDifference]
    ) {
        self.zones = zones
        self.changes = changes
        self.differences = differences
    }

    /// What no row of the table explains; `nil` if all is well.
    mutating func fault(in answer: CronPeer.Answer) throws -> String? {
        let ours = try slots(answer)
        guard ours != answer.slots else { return nil }
        let onlyOurs = Set(ours).subtracting(answer.slots).sorted()
        let onlyPeers = Set(answer.slots).subtracting(ours).sorted()
        let place = "\(answer.expression) in \(answer.zone)"
        guard !(onlyOurs + onlyPeers).isEmpty else { return "\(place): a slot twice" }
        var explained = 0
        for change in changes[answer.zone] ?? [] {
            let near = (change.at - CronComparison.reach)...(change.at + CronComparison.reach)
            let here = onlyOurs.filter(near.contains).map { $0 - change.at }
            let there = onlyPeers.filter(near.contains).map { $0 - change.at }
            guard !(here + there).isEmpty else { continue }
            let row = differences.firstIndex {
                $0.explains(answer.expression, change, onlyOurs: here, onlyPeers: there)
            }
            guard let row else { return "\(place) at \(change): \(here) here, \(there) there" }
            let read = readings(answer, near.clamped(to: answer.after + 1...answer.through))
            guard ours.filter(near.contains) == read else {
                return "\(place) at \(change): \(read)"
            }
            used.insert(row)
            explained += here.count + there.count
        }
        return explained == onlyOurs.count + onlyPeers.count
            ? nil : "\(place): \(onlyOurs) here, \(onlyPeers) there, far from every change"
    }

    /// How far from a change a difference can lie that it explains: a day and some hours.
    private static let reach: Int64 = 100_000

    private func slots(_ answer: CronPeer.Answer) throws -> [Int64] {
        guard let zone = zones[answer.zone] else { throw TestSupportError("no \(answer.zone)") }
        let series = SlotSeries(.cron(try CronExpression(answer.expression)), in: zone)
        let (after, through) = (timestamp(answer.after), timestamp(answer.through))
        return series.slots(after: after, through: through, limit: .max)
            .map { $0.nanoseconds / 1_000_000_000 }
    }

    /// The instants at which the clocks show a time that the expression names.
    ///
    /// All slots are such where the peer may differ. Found minute by minute, with its offsets.
    private func readings(_ answer: CronPeer.Answer, _ range: ClosedRange<Int64>) -> [Int64] {
        let cron = NaiveCron(answer.expression)
        let changes = changes[answer.zone] ?? []
        let first = (range.lowerBound + 59) / 60 * 60
        return stride(from: first, through: range.upperBound, by: 60)
            .filter { instant in
                let last = changes.last { $0.at <= instant }
                let shown = instant + (last?.after ?? changes.first?.before ?? 0)
                return cron.matches(CivilMinute(minutesSinceEpoch: shown / 60))
            }
    }
}

/// An instant in seconds since the epoch.
func timestamp(_ seconds: Int64) -> Timestamp {
    Timestamp(nanoseconds: seconds * 1_000_000_000)
}
