import Pipeline

/// What one step's runs have in common.
struct StepPatterns {
    let latest: StepSnapshot
    /// The same step in each run, newest first; the latest among them.
    let past: [StepSnapshot]

    /// Fewer may be chance.
    private static let runsMin = 3
    /// Whether a condition holds may change with the day of the week.
    private static let skipsMin = 5
    private static let longStep = Duration.seconds(30)

    var hints: [Hint] {
        [
            programMissing, outOfMemory, retryNeverHelps, alwaysFails, mostlyWaits,
            retryAlwaysNeeded, neverRuns,
        ].compactMap(\.self)
    }

    private func hint(_ kind: Hint.Kind, _ text: String) -> Hint {
        Hint(kind: kind, step: latest.name, text: text)
    }

    private var lastEnd: AttemptEnd? { latest.attempts.last(where: { $0.end != nil })?.end }

    private var programMissing: Hint? {
        guard latest.outcome?.result != .success, let end = lastEnd else { return nil }
        // The shells' "not found".
        guard end.outcome.reason == .launch || end.exitCode == 127 else { return nil }
        return hint(
            .programMissing,
            "a program was not found: check its name, and PATH as the step sees it (`env:`)"
        )
    }

    private var outOfMemory: Hint? {
        guard latest.attempts.contains(where: { $0.outcome?.reason == .oomKill }) else {
            return nil
        }
        return hint(
            .outOfMemory,
            "the kernel ended it for want of memory: give it more, or run fewer steps at once "
                + "(`workers`)"
        )
    }

    private func isRetried(_ step: StepSnapshot) -> Bool {
        step.attempts.count { $0.part == .main && $0.outcome?.reason.isInterruption != true } > 1
    }

    private var retryNeverHelps: Hint? {
        let retried = past.filter(isRetried)
        guard isRetried(latest), retried.count >= Self.runsMin,
            retried.allSatisfy({ $0.outcome?.result != .success })
        else { return nil }
        let cause = lastEnd.map { OutcomeWords.cause($0, lasted: nil) } ?? "it"
        return hint(
            .retryNeverHelps,
            "was tried again in \(retried.count) runs and never with success: \(cause) does not "
                + "pass by waiting (`retry.exit_codes` can leave it out)"
        )
    }

    private var retryAlwaysNeeded: Hint? {
        let ran = past.filter { !$0.attempts.isEmpty }
        guard ran.count >= Self.runsMin,
            ran.allSatisfy({ isRetried($0) && $0.outcome?.result == .success })
        else { return nil }
        return hint(
            .retryAlwaysNeeded,
            "never succeeds at its first attempt, in \(ran.count) runs: what it waits for could be "
                + "a step before it"
        )
    }

    private var alwaysFails: Hint? {
        let tolerated = past.filter { $0.end?.isTolerated == true }
        guard tolerated.count >= Self.runsMin, tolerated.count == past.count else { return nil }
        return hint(
            .alwaysFails,
            "has failed in all \(past.count) runs, and `allow_failure` lets it: mend or remove it"
        )
    }

    private var neverRuns: Hint? {
        guard past.count >= Self.skipsMin,
            past.allSatisfy({ $0.outcome?.reason == .condition && $0.end?.because == nil })
        else { return nil }
        return hint(.neverRuns, "has not run in \(past.count) runs: its condition never holds")
    }

    private var mostlyWaits: Hint? {
        guard latest.outcome?.result == .success, latest.usage.measured > 0,
            let start = latest.startedAt, let end = latest.endedAt
        else { return nil }
        let took = end - start
        let cpu = latest.usage.cpu
        guard took >= Self.longStep, cpu.seconds < took.seconds * 0.05 else { return nil }
        return hint(
            .mostlyWaits,
            "used \(HumanText.duration(cpu)) of a processor in \(HumanText.duration(took)): it "
                + "waits for something else, so others could run meanwhile (`workers`)"
        )
    }
}
