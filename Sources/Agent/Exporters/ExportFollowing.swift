import Pipeline

/// The runs of this process, each until all of it is sent.
///
/// A journal is opened when its turn comes to be read: a thousand runs for which a collector has no
/// ear hold no descriptor.
struct ExportFollowing {
    /// What to do with a run next.
    private enum State {
        /// `until`: another exporter had its journal; it is asked for again then.
        case waiting(until: ContinuousClock.Instant?)
        case open(ExportTail)
        /// Nothing is left to be read.
        case over
    }

    private struct Run {
        let folder: RunFolder
        let watermark: @Sendable () -> Int
        var state = State.waiting(until: nil)

        var isWaiting: Bool {
            if case .waiting = state { true } else { false }
        }
    }

    private var runs: [Run] = []
    /// Those that are not sent in full: not backlog, even if their lock is free.
    private(set) var ids: Set<RunID> = []

    /// More are left to the backlog, the oldest first: it holds nothing for those that wait.
    private static let capacity = 1_024
    /// How soon a journal that another exporter has is asked for again.
    private static let retry = Duration.milliseconds(100)

    var indices: Range<Int> { runs.indices }

    /// Another exporter, which took a run for left behind, is still at it.
    var isElsewhere: Bool { nextRetry != nil }

    /// When to ask again for what another exporter had.
    var nextRetry: ContinuousClock.Instant? {
        runs.compactMap { run in
            if case .waiting(let until) = run.state { until } else { nil }
        }.min()
    }

    mutating func follow(_ folder: RunFolder, before watermark: @escaping @Sendable () -> Int) {
        // A run that was interrupted and taken up again by the same process.
        runs.removeAll { $0.folder.id == folder.id }
        if runs.count >= Self.capacity, let oldest = runs.firstIndex(where: \.isWaiting) {
            ids.remove(runs.remove(at: oldest).folder.id)
        }
        runs.append(Run(folder: folder, watermark: watermark))
        ids.insert(folder.id)
    }

    /// The run does not go on here.
    mutating func leave(_ run: RunID) {
        runs.removeAll { $0.folder.id == run }
        ids.remove(run)
    }

    /// The run has been sent in full.
    mutating func forget(_ run: RunID) {
        ids.remove(run)
    }

    /// What is to be read of the run at `index`; `nil` when nothing is, or another exporter has it.
    ///
    /// At an end another exporter's journal is asked for once more: there will be no later. Unless
    /// `canOpen`, what is closed stays so. A run for which this throws is not tried again.
    mutating func tail(
        _ index: Int,
        at now: ContinuousClock.Instant,
        isEnding: Bool,
        canOpen: Bool
    ) throws(ExportProblem) -> ExportTail? {
        switch runs[index].state {
        case .open(let tail): return tail.isDone ? nil : tail
        case .over: return nil
        case .waiting(let until):
            guard canOpen, isEnding || until.map({ $0 <= now }) ?? true else { return nil }
        }
        let run = runs[index]
        runs[index].state = .over
        switch try ExportTail.open(run.folder, isBacklog: false, before: run.watermark) {
        case .tail(let tail):
            runs[index].state = .open(tail)
            return tail
        case .elsewhere:
            runs[index].state = .waiting(until: now + Self.retry)
            return nil
        case .nothing:
            ids.remove(run.folder.id)
            return nil
        }
    }

    /// The run cannot be read any further.
    mutating func giveUp(_ index: Int) {
        runs[index].state = .over
    }

    /// Whether a run waits that could be read if it were opened.
    func holdsWaiting(at now: ContinuousClock.Instant) -> Bool {
        runs.contains { run in
            if case .waiting(let until) = run.state {
                until.map { $0 <= now } ?? true
            } else {
                false
            }
        }
    }

    /// Those that are still read.
    var openTails: Set<ObjectIdentifier> {
        Set(
            runs.compactMap { run in
                if case .open(let tail) = run.state { ObjectIdentifier(tail) } else { nil }
            }
        )
    }

    mutating func removeRead() {
        runs.removeAll { run in
            switch run.state {
            case .waiting: false
            case .open(let tail): tail.isDone
            case .over: true
            }
        }
    }

    mutating func close() {
        runs = []
    }
}
