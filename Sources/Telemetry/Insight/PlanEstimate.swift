package import Pipeline

/// What so many workers would cost and save a pipeline, by the durations of its last runs (E1).
package struct PlanEstimate: Sendable, Hashable {
    /// For one worker and for more and more, up to as many as can be busy at once.
    package let rows: [RunEstimate]
    /// The fewest workers with which a run takes hardly longer than with any number.
    ///
    /// `nil` where durations are missing: the advice would rest on nothing.
    package let knee: Int?
    /// Steps of which no run is known that did their work; in the estimate they take no time.
    package let missing: [String]
    /// How many runs tell the durations.
    package let runs: Int

    /// What is hardly longer.
    private static let tolerance = 1.05

    /// `nil` when nothing is known of any step.
    ///
    /// - Parameters:
    ///   - plan: What would run.
    ///   - history: What its steps usually take.
    ///   - workers: A number that is wanted among the rows.
    package init?(_ plan: Plan, _ history: Baselines, workers: Int? = nil) {
        let known = plan.steps.map { history.steps[$0.name]?.p50 }
        guard known.contains(where: { $0 != nil }) else { return nil }
        missing = zip(plan.steps, known).compactMap { step, known in
            // A handler of failures is not part of a run in which all goes well.
            known == nil && step.when != .failure ? step.name : nil
        }
        let durations = known.map { $0 ?? .zero }
        func estimate(_ workers: Int) -> RunEstimate {
            RunEstimate(plan, durations: durations, workers: workers)
        }
        let widest = estimate(max(1, plan.steps.count))
        let most = max(1, widest.peak)
        var (low, high) = (1, most)
        while low < high {
            let middle = (low + high) / 2
            let isEnough =
                estimate(middle).duration.seconds
                <= widest.duration.seconds * Self.tolerance
            (low, high) = isEnough ? (low, middle) : (middle + 1, high)
        }
        knee = missing.isEmpty ? low : nil
        let powers = sequence(first: 1) { $0 * 2 }.prefix { $0 < most }
        let wanted = [most, workers, missing.isEmpty ? low : nil].compactMap(\.self)
        rows = Set(powers + wanted).sorted().map(estimate)
        runs = history.runs
    }

    /// How much sooner the run ends than with one worker.
    package func saved(_ row: RunEstimate) -> Duration {
        max(.zero, (rows.first?.duration ?? .zero) - row.duration)
    }
}
