package import Pipeline

/// What a retry of a run would do, in a line.
package enum RetryAdvice {
    /// As far as the run's events say it: whether folders are still there is seen when it is done.
    ///
    /// - Parameters:
    ///   - run: What has ended.
    ///   - plan: What it ran.
    ///   - suffix: How the run is named.
    /// - Returns: `nil` when nothing would be run.
    package static func advice(
        _ run: RunSnapshot,
        _ plan: Plan,
        _ suffix: RunSuffix = RunSuffix()
    ) -> EndingNotes.Advice? {
        let standings = plan.steps.map { standing(of: run.step($0.name)) }
        guard let id = run.started?.run,
            let retry = try? RetryPlan(plan, standings, .unfinished)
        else { return nil }
        return EndingNotes.Advice(
            command: "weir retry \(suffix.text(of: id))",
            effect: effect(retry, plan, standings)
        )
    }

    private static func standing(of step: StepSnapshot?) -> RetryPlan.Standing {
        switch step?.outcome?.result {
        case .success where step?.compensation != nil: .bad("")
        case .success: .good
        case .skip: .skipped
        case .failure, .error, .timeout, .cancellation, nil: .bad("")
        }
    }

    /// In words: `load and what follows, reusing 3 steps`.
    private static func effect(
        _ retry: RetryPlan,
        _ plan: Plan,
        _ standings: [RetryPlan.Standing]
    ) -> String {
        let reused = retry.steps(.reuse).count
        guard reused > 0 else { return "all of it once more, in a new run" }
        // What runs because something else does is not worth a name.
        let first = retry.causes.filter { step in
            standings[step] != .skipped
                && plan.steps[step].needs.allSatisfy { retry.verdicts[$0] == .reuse }
        }
        let names = first.prefix(3).map { plan.steps[$0].name }
        let others = first.count > names.count ? " and \(first.count - names.count) more" : ""
        let follow = retry.steps(.run).count > first.count ? " and what follows" : ""
        let steps = HumanText.count(reused, "step")
        return "\(names.joined(separator: ", "))\(others)\(follow), reusing \(steps)"
    }
}
