package import Pipeline

/// How long the steps of a pipeline, and its runs, usually take.
package struct Baselines: Sendable, Hashable {
    /// Of some durations the middle one, and the one that only one in twenty exceeds.
    package struct Baseline: Sendable, Hashable {
        package let p50: Duration
        package let p95: Duration
        /// How many there were.
        package let count: Int

        /// Exact, by the nearest rank; `nil` without durations.
        init?(_ durations: [Duration]) {
            guard !durations.isEmpty else { return nil }
            let sorted = durations.sorted()
            func rank(_ percent: Int) -> Duration {
                sorted[max(0, (sorted.count * percent + 99) / 100 - 1)]
            }
            p50 = rank(50)
            p95 = rank(95)
            count = sorted.count
        }

        /// Fewer may be chance: nobody is told that something is usual because of them.
        package var isUsual: Bool { count >= 3 }
    }

    /// Of runs that succeeded.
    package let run: Baseline?
    /// Of executions that succeeded, from a step's first process to its end: how long it waited
    /// for a worker depends on what else there was to do.
    package let steps: [String: Baseline]
    /// How many runs were looked at.
    package let runs: Int

    package init(_ history: [RunSnapshot] = []) {
        var durations: [String: [Duration]] = [:]
        for step in history.flatMap(\.steps) {
            guard let execution = step.execution else { continue }
            durations[step.name, default: []].append(execution)
        }
        steps = durations.compactMapValues { Baseline($0) }
        run = Baseline(history.filter { $0.outcome == .success }.compactMap { $0.elapsed() })
        runs = history.count
    }
}

extension StepSnapshot {
    /// From its first process to its end, of a step that did its work; `nil` of any other.
    package var execution: Duration? {
        guard outcome == .success, let startedAt, let endedAt else { return nil }
        return max(.zero, endedAt - startedAt)
    }
}
