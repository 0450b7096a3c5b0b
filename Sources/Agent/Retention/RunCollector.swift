import Glibc
import Journal
package import Pipeline

/// Deletes the runs that are too many, too old or too large, one whole run after the other.
///
/// For each the order is: its counts durable in `totals.json`, its folder out of sight under another
/// name, that durable, what its steps left removed, then the folder. A crash in between leaves a
/// run, or a leftover that the next one removes; no count is lost, and none counts twice.
package struct RunCollector: Sendable {
    /// Makes sure that what these runs of agents came to is in `totals.json`, durably.
    ///
    /// - Returns: Those that are in it.
    typealias Counting = @Sendable ([RunFolder]) throws -> Set<RunID>

    /// Runs whose locks are held at once: two descriptors each.
    private static let batch = 32

    private let state: StateFolder
    private let count: Counting

    init(in state: StateFolder, counting count: @escaping Counting) {
        self.state = state
        self.count = count
    }

    /// For a folder that no agent serves: whoever serves it counts itself, and nothing that an
    /// agent ran is deleted then.
    package init(in state: StateFolder) {
        self.init(in: state) { runs in try state.count(inTotals: runs) }
    }

    /// Deletes what `limits` let go.
    ///
    /// - Parameters:
    ///   - limits: What stays.
    ///   - now: The time.
    ///   - most: Runs deleted at most; the oldest first.
    ///   - isDry: Changes nothing.
    /// - Returns: What became of every run.
    /// - Throws: `unusable` when the runs cannot be listed.
    package func collect(
        _ limits: RetentionLimits,
        at now: Timestamp,
        atMost most: Int = .max,
        isDry: Bool = false
    ) throws(StateError) -> RetentionReport {
        var report = RetentionReport(folder: state.runsPath, isDry: isDry)
        if !isDry { try sweep(&report, at: now) }
        var runs = try state.runIDs().compactMap { state.run($0).facts() }
        let open = runs.filter { $0.state == .running || $0.state == .interrupted }.map(\.run)
        let reused = state.sources(of: open)
        for index in runs.indices where reused.contains(runs[index].run) {
            runs[index].isReused = true
        }
        decide(limits, on: runs, at: now, atMost: most, &report)
        return report
    }

    /// Deletes at most ten runs that are surely too many or too old, as quickly as that goes: for
    /// the end of a run, which somebody waits for.
    ///
    /// Size is not asked, large journals are left to others, and so is all of it where an agent
    /// serves the folder: it has limits of its own.
    package func collectAfterRun(
        _ limits: RetentionLimits = .standard,
        at now: Timestamp
    ) throws(StateError) {
        guard try state.agentPID() == nil else { return }
        let ids = try state.runIDs()
        let horizon = horizon(of: ids, limits)
        let runs = ids.reversed().lazy.filter { id in
            now - id.startedAt > limits.age || horizon.map { id.startedAt < $0 } ?? false
        }
        .prefix(Self.mostLooks).map { state.run($0) }
        .filter { $0.journalSize <= Self.mostBytes }.compactMap { $0.facts() }
        .filter { facts in
            guard case .finished(let end) = facts.state else { return false }
            return now - end > limits.age || horizon.map { end < $0 } ?? false
        }
        let reused = runs.isEmpty ? [] : state.sources(of: ids.filter { !state.run($0).hasReport })
        // Each of them is too old, or too many.
        let none = RetentionLimits(runs: 0, age: limits.age, bytes: .max)
        var report = RetentionReport(folder: state.runsPath)
        let free = runs.filter { !reused.contains($0.run) }
        decide(none, on: Array(free), at: now, atMost: Self.mostAfterRun, &report)
    }

    private static let mostAfterRun = 10
    private static let mostLooks = 40
    private static let mostBytes: Int64 = 1 << 20

    /// What ended before this instant has as many finished runs after it as are kept.
    private func horizon(of ids: [RunID], _ limits: RetentionLimits) -> Timestamp? {
        guard limits.runs > 0 else { return Timestamp(nanoseconds: .max) }
        guard ids.count > limits.runs else { return nil }
        var found = 0
        // They began later, so they ended later.
        for id in ids where state.run(id).hasReport {
            found += 1
            if found == limits.runs { return id.startedAt }
        }
        return nil
    }

    private func sweep(_ report: inout RetentionReport, at now: Timestamp) throws(StateError) {
        let (removed, faults) = DeletedRuns.sweep(state)
        report.leftovers = try removed + state.removeLeftovers(now: now)
        for (run, error) in faults {
            let why = "deleted, but not all of it could be removed: \(error)"
            report.remarks.append(RetentionReport.Remark(run: run, why: why))
        }
    }

    private func decide(
        _ limits: RetentionLimits,
        on runs: [RunFacts],
        at now: Timestamp,
        atMost most: Int,
        _ report: inout RetentionReport
    ) {
        var doomed: [(run: RunID, why: Retention.Excess)] = []
        for (facts, fate) in zip(runs, Retention(limits).fates(of: runs, at: now)) {
            switch fate {
            case .delete(let why): doomed.append((facts.run, why))
            case .keep(let hold):
                var words: String?
                if case .unreadable(let why) = facts.state { words = why }
                report.keep(facts.run, hold, words)
            }
        }
        doomed.sort { ($0.run.high, $0.run.low) < ($1.run.high, $1.run.low) }
        var rest = doomed[...]
        while !rest.isEmpty, report.deleted.count < most {
            let next = rest.prefix(min(Self.batch, most - report.deleted.count))
            delete(Array(next), &report)
            rest = rest.dropFirst(next.count)
        }
        report.hasMore = !rest.isEmpty
    }

    private func delete(
        _ runs: [(run: RunID, why: Retention.Excess)],
        _ report: inout RetentionReport
    ) {
        var claims: [(claim: ClaimedRun, why: Retention.Excess)] = []
        for (run, why) in runs {
            do throws(ClaimedRun.Refusal) {
                claims.append((try ClaimedRun(state.run(run), in: state), why))
            } catch {
                guard let hold = error.hold else { continue }
                report.keep(run, hold, hold == .unreadable ? error.why : nil)
            }
        }
        if !report.isDry { claims = counted(claims, &report) }
        let entries = claims.map { claim, why in
            RetentionReport.Deleted(
                run: claim.folder.id,
                pipeline: claim.started.pipeline,
                why: why,
                bytes: claim.bytes
            )
        }
        if report.isDry {
            report.deleted += entries
        } else {
            remove(zip(claims.map(\.claim), entries).map { ($0, $1) }, &report)
        }
    }

    /// Those whose counts nothing can lose.
    private func counted(
        _ claims: [(claim: ClaimedRun, why: Retention.Excess)],
        _ report: inout RetentionReport
    ) -> [(claim: ClaimedRun, why: Retention.Excess)] {
        let own = claims.map(\.claim).filter { $0.isOfAgent }.map(\.folder)
        guard !own.isEmpty else { return claims }
        var held: Set<RunID> = []
        var why = "its counts are not in \(state.totalsPath)"
        do {
            held = try count(own)
        } catch {
            why += ": \(error)"
        }
        return claims.filter { claim, _ in
            guard claim.isOfAgent, !held.contains(claim.folder.id) else { return true }
            report.keep(claim.folder.id, .uncounted, why)
            return false
        }
    }

    private func remove(
        _ runs: [(claim: ClaimedRun, entry: RetentionReport.Deleted)],
        _ report: inout RetentionReport
    ) {
        var hidden: [(claim: ClaimedRun, entry: RetentionReport.Deleted)] = []
        for (claim, entry) in runs {
            do throws(StateError) {
                try claim.hide()
                hidden.append((claim, entry))
            } catch {
                report.keep(entry.run, .limits, "it cannot be deleted: \(error)")
            }
        }
        do throws(StorageError) {
            // Until it is durable that they are gone, they must be whole.
            if !hidden.isEmpty { try state.storage.syncFolder(state.runsPath) }
        } catch {
            for (_, entry) in hidden { report.remark(entry.run, error) }
            return
        }
        for (claim, entry) in hidden {
            report.deleted.append(entry)
            do throws(StateError) { try claim.remove() } catch { report.remark(entry.run, error) }
        }
    }
}

extension RetentionReport {
    fileprivate mutating func remark(_ run: RunID, _ error: any Error) {
        let why = "deleted, but not all of it could be removed: \(error)"
        remarks.append(Remark(run: run, why: why))
    }
}

extension ClaimedRun {
    /// An agent counts it.
    fileprivate var isOfAgent: Bool { RunTrigger.ofAgent.contains(started.trigger) }
}

extension RunFolder {
    /// It has ended, surely: an ended run without one is one whose process was killed just then.
    fileprivate var hasReport: Bool { unsafe access(reportPath, F_OK) == 0 }
}
