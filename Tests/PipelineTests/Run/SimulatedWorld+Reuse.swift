import Pipeline
import TestSupport

/// Worlds whose run repeats another one.
extension SimulatedWorld {
    /// Every third run takes over what some earlier one did, as its journal says in one piece.
    mutating func reuseSome() {
        guard random.oneIn(3) else { return }
        let standings = plan.steps.map { _ -> RetryPlan.Standing in
            switch Int.random(in: 0..<5, using: &random) {
            case 0...2: .good
            case 3: .skipped
            default: .bad("")
            }
        }
        guard let retry = try? RetryPlan(plan, standings, randomScope()) else { return }
        verdicts = retry.verdicts
        let source = LinkedRun(run: RunID(high: 9, low: 9), trace: TraceID(high: 9, low: 9))
        for (step, verdict) in zip(plan.steps, verdicts) {
            switch verdict {
            case .run: continue
            case .leaveOut: record(.stepFinished(step: step.name, leftOut))
            case .reuse:
                record(.stepReused(step: step.name, ReusedStep(from: source)))
                record(.outputReused(step: step.name, key: "k", value: "v"))
                let end = StepEnd(Outcome(.reused), attempts: 0)
                record(.stepFinished(step: step.name, end))
            }
        }
    }

    private var leftOut: StepEnd { StepEnd(Outcome(.condition), attempts: 0, because: "s0") }

    private mutating func randomScope() -> RetryPlan.Scope {
        let name = plan.steps.randomElement(using: &random)?.name ?? ""
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return .from(name)
        case 1: return .only(name)
        default: return .unfinished
        }
    }

    /// What is reused or left out never starts, and ends as it began.
    mutating func checkReuse() {
        for (index, verdict) in verdicts.enumerated() where verdict != .run {
            let state = machine.steps[index]
            let expected: Reason = verdict == .reuse ? .reused : .condition
            check(
                state.phase == .finished(Outcome(expected), isTolerated: false),
                "\(plan.steps[index].name) is not \(verdict)d"
            )
            check(state.attempts + state.conditionAttempts == 0, "a reused step was run")
        }
        // A retry never waits for what it does not run.
        for (index, verdict) in verdicts.enumerated() where verdict == .run {
            let state = machine.steps[index]
            guard machine.stop == nil, plan.steps[index].when == .success,
                !plan.steps[index].isFinal, plan.steps[index].gates.isEmpty,
                plan.steps[index].condition == nil, plan.steps[index].cache == nil,
                plan.steps[index].needs.allSatisfy({ verdicts[$0] == .reuse })
            else { continue }
            check(state.attempts > 0, "\(plan.steps[index].name) was asked for and did not run")
        }
    }

    /// The cache is asked once, before anything of the step ran; it may not know.
    mutating func lookUp(_ index: Int) {
        let step = plan.steps[index]
        check(step.cache != nil, "the cache is asked for \(step.name), which has none")
        check(machine.steps[index].attempts == 0, "the cache is asked for what has begun")
        check(processes.count < workers, "more attempts and questions than workers")
        let source = LinkedRun(run: RunID(high: 8, low: 8), trace: TraceID(high: 8, low: 8))
        let output = AttemptReport.Output(key: "k", value: "v")
        let hit = CachedStep(source: ReusedStep(from: source), outputs: [output])
        answers.append(.cacheAnswered(step: step.name, random.oneIn(2) ? hit : nil))
    }

    /// What came from the cache was not run, and all of it stands in the journal.
    mutating func checkCache() {
        for (index, state) in machine.steps.enumerated() {
            guard case .finished(let outcome, _) = state.phase, outcome.reason == .cacheHit else {
                continue
            }
            hits += 1
            check(state.attempts == 0, "\(plan.steps[index].name) was cached and ran")
            let name = plan.steps[index].name
            let outputs = journal.count { recorded in
                if case .outputReused(name, _, _) = recorded.event { true } else { false }
            }
            check(outputs >= 1, "\(name) was cached and left nothing")
        }
    }
}
