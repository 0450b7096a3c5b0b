package import Pipeline

/// A pattern in a pipeline's runs that somebody could do something about (F7): what was seen, and
/// what to try.
package struct Hint: Sendable, Hashable {
    /// The patterns that are looked for; the names are part of the JSON.
    package enum Kind: String, Sendable, CaseIterable {
        /// Retried in several runs, and in none with success.
        case retryNeverHelps = "retry_never_helps"
        /// Never well at the first attempt.
        case retryAlwaysNeeded = "retry_always_needed"
        /// `allow_failure` hides a step that always fails.
        case alwaysFails = "always_fails"
        /// Its condition, or its `when`, never holds.
        case neverRuns = "never_runs"
        /// Steps wait for workers while all are busy.
        case workersShort = "workers_short"
        /// Workers that are never busy all at once.
        case workersIdle = "workers_idle"
        /// One step takes most of the run's time.
        case oneStepDominates = "one_step_dominates"
        /// A long step that hardly computes.
        case mostlyWaits = "mostly_waits"
        case programMissing = "program_missing"
        case outOfMemory = "out_of_memory"
        /// The run took much longer than those before it.
        case slowerThanUsual = "slower_than_usual"
    }

    package var kind: Kind
    /// The step that it is about; `nil`: the run as a whole.
    package var step: String?
    package var text: String

    /// What the latest of a pipeline's runs says, in the light of those before it.
    ///
    /// - Parameter history: Ended runs of one pipeline, newest first.
    /// - Returns: What was found, the most useful first; at most one for each kind and step.
    package static func find(in history: [RunSnapshot]) -> [Hint] {
        let runs = history.filter { $0.end != nil }
        guard let latest = runs.first else { return [] }
        let whole = RunPatterns(latest: latest, runs: runs)
        let steps = latest.steps.map { step in
            StepPatterns(latest: step, past: runs.compactMap { $0.step(step.name) })
        }
        let found = steps.flatMap(\.hints) + whole.hints
        let order = Dictionary(
            uniqueKeysWithValues: urgency.enumerated().map { ($0.element, $0.offset) }
        )
        return found.enumerated().sorted { one, other in
            (order[one.element.kind] ?? 0, one.offset) < (
                order[other.element.kind] ?? 0, other.offset
            )
        }.map(\.element)
    }

    /// What keeps runs from ending well comes before what makes them slow.
    private static let urgency: [Kind] = [
        .programMissing, .outOfMemory, .retryNeverHelps, .alwaysFails, .slowerThanUsual,
        .workersShort, .oneStepDominates, .mostlyWaits, .retryAlwaysNeeded, .neverRuns,
        .workersIdle,
    ]
}
