package import Pipeline

/// How much is kept of what has run.
package struct RetentionLimits: Hashable, Sendable {
    /// Finished runs, those that ended last.
    package var runs: Int
    /// Since a run's end.
    package var age: Duration
    /// Of all runs' folders together, as they lie on the disk; what steps left is not in it.
    package var bytes: Int64

    package init(runs: Int, age: Duration, bytes: Int64) {
        self.runs = runs
        self.age = age
        self.bytes = bytes
    }

    /// A thousand runs, 30 days, 10 GiB.
    package static let standard = RetentionLimits(
        runs: 1_000,
        age: .seconds(30 * 86_400),
        bytes: 10 << 30
    )
}

/// What has to be known of a run to decide whether it stays.
package struct RunFacts: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        case finished(at: Timestamp)
        /// A process is at it.
        case running
        /// It has not ended, and nobody is at it.
        case interrupted
        /// Why a list can only name it.
        case unreadable(String)
    }

    package var run: RunID
    package var state: State
    /// Its folder's, on the disk.
    package var bytes: Int64
    /// A process has its lock, whatever its state.
    package var isLocked = false
    /// Spans of it are still to be sent.
    package var isUnsent = false
    /// A run that goes on stands on what it left.
    package var isReused = false
    /// Until when it answers a start that is sent again with the same key.
    package var answersUntil: Timestamp?

    package init(_ run: RunID, _ state: State, bytes: Int64 = 0) {
        self.run = run
        self.state = state
        self.bytes = bytes
    }
}

/// Which runs go and which stay, with the reasons; a value without I/O.
package struct Retention: Sendable {
    /// What a run is too much for.
    package enum Excess: String, Hashable, Sendable, CaseIterable {
        case count
        case age
        case size
    }

    /// Why a run stays.
    package enum Hold: String, Hashable, Sendable, CaseIterable {
        /// No limit asks for it to go.
        case limits
        case running
        case interrupted
        /// Its spans are not all sent: until its age lets it go.
        case unsent
        /// A start that is sent again must find it: for a day.
        case request
        /// A run that goes on takes what it left from its folders.
        case reused
        case unreadable
        /// What it came to is not in the agent's totals.
        case uncounted
    }

    package enum Fate: Hashable, Sendable {
        case delete(Excess)
        case keep(Hold)
    }

    package var limits: RetentionLimits

    package init(_ limits: RetentionLimits) {
        self.limits = limits
    }

    /// What becomes of each run, in the order given.
    package func fates(of runs: [RunFacts], at now: Timestamp) -> [Fate] {
        var fates = runs.map(hold)
        let finished = byEnd(runs)
        for (rank, (index, end)) in finished.enumerated() where fates[index] == .keep(.limits) {
            fates[index] = fate(of: runs[index], endedAt: end, rank: rank, now)
        }
        var total = runs.reduce(Int64(0)) { $0.addingSaturated($1.bytes) }
        for (run, fate) in zip(runs, fates) {
            if case .delete = fate { total -= run.bytes }
        }
        for (index, _) in finished.reversed() where total > limits.bytes {
            guard fates[index] == .keep(.limits) else { continue }
            fates[index] = kept(runs[index], at: now).map(Fate.keep) ?? .delete(.size)
            if case .delete = fates[index] { total -= runs[index].bytes }
        }
        return fates
    }

    /// What no limit can change.
    private func hold(_ run: RunFacts) -> Fate {
        switch run.state {
        case .running: .keep(.running)
        case .interrupted: .keep(run.isLocked ? .running : .interrupted)
        case .unreadable: .keep(.unreadable)
        case .finished where run.isReused: .keep(.reused)
        case .finished: .keep(run.isLocked ? .running : .limits)
        }
    }

    /// Finished runs by index, the last to end first; of those that ended at once, the last to begin.
    private func byEnd(_ runs: [RunFacts]) -> [(index: Int, end: Timestamp)] {
        runs.indices.compactMap { index in
            guard case .finished(let end) = runs[index].state else { return nil }
            return (index, end)
        }
        .sorted { first, second in
            let (one, other) = (runs[first.index].run, runs[second.index].run)
            return (first.end.nanoseconds, one.high, one.low)
                > (second.end.nanoseconds, other.high, other.low)
        }
    }

    private func fate(
        of run: RunFacts,
        endedAt end: Timestamp,
        rank: Int,
        _ now: Timestamp
    ) -> Fate {
        if now - end > limits.age {
            return mustAnswer(run, at: now) ? .keep(.request) : .delete(.age)
        }
        guard rank >= limits.runs else { return .keep(.limits) }
        return kept(run, at: now).map(Fate.keep) ?? .delete(.count)
    }

    /// What keeps a run that is not too old.
    private func kept(_ run: RunFacts, at now: Timestamp) -> Hold? {
        if run.isUnsent { return .unsent }
        return mustAnswer(run, at: now) ? .request : nil
    }

    private func mustAnswer(_ run: RunFacts, at now: Timestamp) -> Bool {
        run.answersUntil.map { $0 > now } ?? false
    }
}
