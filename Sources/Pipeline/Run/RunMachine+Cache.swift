/// Steps whose work is known: asked for before the first attempt, when nothing else is in its way.
extension RunMachine {
    /// Whether its work may be known already, and nobody has said that it is not.
    func asksCache(_ step: Int) -> Bool {
        plan.steps[step].cache != nil && steps[step].attempts == 0
            && steps[step].lookup != .answered
    }

    /// Asks the cache, if the step has one and was not asked for.
    ///
    /// - Returns: Whether the answer has to be waited for.
    mutating func waitsForCache(_ step: Int, into turn: inout RunTurn) -> Bool {
        guard plan.steps[step].cache != nil, steps[step].attempts == 0 else { return false }
        switch steps[step].lookup {
        case .asked: return true
        case .answered: return false
        case .unasked: break
        }
        steps[step].lookup = .asked
        lookingUp += 1
        turn.effects.append(.lookUpCache(stepIndex: step))
        return true
    }

    /// An answer may come too late: the run was stopped meanwhile.
    mutating func takeFromCache(
        _ name: String,
        _ hit: CachedStep?,
        at now: Timestamp,
        into turn: inout RunTurn
    ) {
        guard let step = indexByName[name], steps[step].lookup == .asked else { return }
        steps[step].lookup = .answered
        lookingUp -= 1
        guard isStartable(step), mayStart(step) else { return }
        guard let hit else {
            enqueue(step, passesGates: true)
            return
        }
        emit(.stepReused(step: name, hit.source), at: now, into: &turn)
        for output in hit.outputs {
            let event = RunEvent.outputReused(step: name, key: output.key, value: output.value)
            emit(event, at: now, into: &turn)
        }
        finish(step, StepEnd(Outcome(.cacheHit), attempts: 0), at: now, into: &turn)
    }

    func storeInCache(_ step: Int, into turn: inout RunTurn) {
        guard plan.steps[step].cache != nil else { return }
        turn.effects.append(.storeInCache(stepIndex: step))
    }

    /// Whether its own work may still be somebody else's: at most its condition was asked.
    func hasNotBegun(_ step: Int) -> Bool {
        switch steps[step].phase {
        case .waiting, .ready: steps[step].attempts == 0
        case .judged(.condition, let end): end.outcome.result == .success
        case .judged, .running, .backingOff, .finished: false
        }
    }
}
