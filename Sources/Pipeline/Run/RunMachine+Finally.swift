/// What comes once all but `finally` has ended.
extension RunMachine {
    /// First what must be undone, then `finally`.
    mutating func advanceEnding(at now: Timestamp, into turn: inout RunTurn) {
        advanceUndoing(at: now, into: &turn)
        guard isUndone, unfinished > 0 else { return }
        for step in firstFinal..<steps.count
        where steps[step].phase == .waiting && steps[step].openNeeds == 0 {
            evaluateFinal(step, at: now, into: &turn)
        }
    }

    private mutating func evaluateFinal(
        _ step: Int,
        at now: Timestamp,
        into turn: inout RunTurn
    ) {
        let isGood = verdict.result == .success
        switch plan.steps[step].when {
        case _ where !mayStart(step):
            finish(step, StepEnd(Outcome(.cancel), attempts: 0), at: now, into: &turn)
        case .success where !isGood, .failure where isGood:
            finish(step, StepEnd(Outcome(.condition), attempts: 0), at: now, into: &turn)
        case .success, .failure, .always:
            let after = (steps[step].lastNeed ?? lastEnded).map { plan.steps[$0].name }
            emit(.stepReady(step: plan.steps[step].name, after: after), at: now, into: &turn)
        }
    }
}
