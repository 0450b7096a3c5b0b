package import Pipeline

/// How many of the last digits of a run's id name it: what a person reads, and types.
package struct RunSuffix: Sendable, Hashable {
    /// 4 at least.
    package let digits: Int

    /// As many as mostly do.
    package init() { digits = 4 }

    /// As many as name each of `runs` and no other run.
    ///
    /// - Parameters:
    ///   - runs: Those that are to be named.
    ///   - all: What a reference could mean, by its beginning or its end.
    package init(of runs: [RunID], among all: [RunID] = []) {
        let known = Set(all).union(runs)
        digits = [4, 6, 8, 12, 16].first { RunSuffix.isEnough($0, for: runs, known) } ?? 32
    }

    package func text(of run: RunID) -> String { String(run.description.suffix(digits)) }

    private static func isEnough(_ digits: Int, for runs: [RunID], _ known: Set<RunID>) -> Bool {
        let unused = UInt64(64 - digits * 4)
        let ends = known.reduce(into: [UInt64: Int]()) { $0[$1.low << unused, default: 0] += 1 }
        let beginnings = Set(known.map { ($0.high >> unused) << unused })
        return runs.allSatisfy { run in
            ends[run.low << unused] == 1 && !beginnings.contains(run.low << unused)
        }
    }
}
