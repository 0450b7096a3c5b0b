/// The transitions of one step. `index` is a position in `steps` that the fold has looked up.
extension RunSnapshot {
    mutating func stepBecameReady(
        _ index: Int,
        _ after: String?,
        _ at: Timestamp
    ) -> RunInconsistency.Problem? {
        guard steps[index].state == .waiting else {
            return misfit(index, "becomes ready")
        }
        steps[index].state = .ready(since: at)
        steps[index].readyAt = at
        steps[index].after = after
        return nil
    }

    mutating func stepBlocked(
        _ index: Int,
        _ wait: GateWait,
        _ at: Timestamp
    ) -> RunInconsistency.Problem? {
        switch steps[index].state {
        case .blocked(let last, let since) where last.kind == wait.kind && last.name == wait.name:
            steps[index].state = .blocked(wait, since: since)
        case .ready, .backingOff, .blocked:
            steps[index].state = .blocked(wait, since: at)
        case .waiting, .running, .finished: return misfit(index, "is blocked")
        }
        return nil
    }

    mutating func attemptStarted(
        _ index: Int,
        _ ref: AttemptRef,
        _ at: Timestamp
    ) -> RunInconsistency.Problem? {
        guard ref.part != .compensation else { return undoingStarted(index, ref, at) }
        switch steps[index].state {
        case .ready, .backingOff, .blocked: break
        case .waiting, .running, .finished: return misfit(index, "starts an attempt")
        }
        let isMain = ref.part == .main
        let expected = (isMain ? steps[index].attemptCount : steps[index].conditionCount) + 1
        guard ref.number == expected else { return .attemptNumber(ref, expected: expected) }
        if isMain { steps[index].attemptCount += 1 } else { steps[index].conditionCount += 1 }
        if steps[index].startedAt == nil {
            steps[index].startedAt = at
            tally.begun += 1
        }
        tally.counts.running += 1
        steps[index].state = .running
        steps[index].outputs = []
        steps[index].reused = nil
        steps[index].list(AttemptSnapshot(part: ref.part, number: ref.number, startedAt: at))
        return nil
    }

    mutating func attemptLaunched(
        _ index: Int,
        _ ref: AttemptRef,
        _ pid: Int32
    ) -> RunInconsistency.Problem? {
        guard let attempt = inFlight(index, ref), steps[index].attempts[attempt].pid == nil else {
            return .notInFlight(ref, what: "is launched")
        }
        steps[index].attempts[attempt].pid = pid
        return nil
    }

    mutating func outputSet(
        _ index: Int,
        _ ref: AttemptRef,
        _ output: StepOutput
    ) -> RunInconsistency.Problem? {
        guard inFlight(index, ref) != nil else { return .notInFlight(ref, what: "sets an output") }
        return keep(output, of: index)
    }

    mutating func stepReused(_ index: Int, _ source: ReusedStep) -> RunInconsistency.Problem? {
        guard hasNotBegun(index) else { return misfit(index, "is reused") }
        steps[index].reused = source
        steps[index].outputs = []
        return nil
    }

    mutating func outputReused(
        _ index: Int,
        _ output: StepOutput
    ) -> RunInconsistency.Problem? {
        guard hasNotBegun(index), steps[index].reused != nil else {
            return misfit(index, "takes an output over")
        }
        return keep(output, of: index)
    }

    private func hasNotBegun(_ index: Int) -> Bool {
        switch steps[index].state {
        case .waiting, .ready, .blocked: steps[index].attemptCount == 0
        case .running, .backingOff, .finished: false
        }
    }

    private mutating func keep(
        _ output: StepOutput,
        of index: Int
    ) -> RunInconsistency.Problem? {
        if let old = steps[index].outputs.firstIndex(where: { $0.key == output.key }) {
            steps[index].outputs[old].value = output.value
            return nil
        }
        guard steps[index].outputs.count < Limits.outputKeys else {
            return .tooManyOutputs(step: steps[index].name, key: output.key)
        }
        steps[index].outputs.append(output)
        return nil
    }

    mutating func attemptFinished(
        _ index: Int,
        _ ref: AttemptRef,
        _ end: AttemptEnd,
        _ at: Timestamp
    ) -> RunInconsistency.Problem? {
        guard let attempt = inFlight(index, ref) else { return .notInFlight(ref, what: "ends") }
        let startedAt = steps[index].attempts[attempt].startedAt
        let endedAt = max(startedAt, end.endedAt ?? at)
        if ref.part == .compensation {
            undoingEnded(index, attempt, end, at: endedAt)
            return nil
        }
        let isSuccess = end.outcome.result == .success
        switch end.outcome.result {
        case .success, .skip: steps[index].useful += endedAt - startedAt
        case .failure, .error, .timeout, .cancellation:
            steps[index].wasted += endedAt - startedAt
        }
        // A crash between an output and its attempt's end leaves an output of an attempt that
        // does not count.
        if !isSuccess { steps[index].outputs = [] }
        if let consumed = end.usage {
            steps[index].usage.add(consumed)
            usage.add(consumed)
        }
        steps[index].attempts[attempt].endedAt = endedAt
        steps[index].attempts[attempt].end = keepingTail(of: end, index)
        steps[index].state = .ready(since: at)
        tally.counts.running -= 1
        return nil
    }

    mutating func retryScheduled(
        _ index: Int,
        _ next: AttemptRef,
        _ until: Timestamp,
        _ at: Timestamp
    ) -> RunInconsistency.Problem? {
        if next.part == .compensation {
            guard steps[index].compensationCount > 0, steps[index].compensation == nil else {
                return misfit(index, "is to be undone again")
            }
            steps[index].compensationRetryAt = until
            return nil
        }
        guard case .ready = steps[index].state, !steps[index].attempts.isEmpty else {
            return misfit(index, "is to be tried again")
        }
        steps[index].state = .backingOff(until: until, since: at)
        let expected = steps[index].attemptCount + 1
        return next.number == expected
            ? nil : .retryNumber(step: next.step, next: next.number, expected: expected)
    }

    private mutating func undoingStarted(
        _ index: Int,
        _ ref: AttemptRef,
        _ at: Timestamp
    ) -> RunInconsistency.Problem? {
        guard steps[index].state == .finished, steps[index].compensation == nil,
            steps[index].current == nil
        else { return misfit(index, "is being undone") }
        let expected = steps[index].compensationCount + 1
        guard ref.number == expected else { return .attemptNumber(ref, expected: expected) }
        steps[index].compensationCount += 1
        steps[index].compensationRetryAt = nil
        tally.counts.undoing += 1
        steps[index].list(AttemptSnapshot(part: ref.part, number: ref.number, startedAt: at))
        return nil
    }

    private mutating func undoingEnded(
        _ index: Int,
        _ attempt: Int,
        _ end: AttemptEnd,
        at endedAt: Timestamp
    ) {
        if let consumed = end.usage { usage.add(consumed) }
        steps[index].attempts[attempt].endedAt = endedAt
        steps[index].attempts[attempt].end = keepingTail(of: end, index)
        tally.counts.undoing -= 1
    }

    mutating func compensationFinished(
        _ index: Int,
        _ end: CompensationEnd,
        _ at: Timestamp
    ) -> RunInconsistency.Problem? {
        guard steps[index].state == .finished, steps[index].compensation == nil,
            steps[index].current == nil
        else { return misfit(index, "has been undone") }
        steps[index].compensation = end
        steps[index].compensationRetryAt = nil
        return nil
    }

    mutating func stepFinished(
        _ index: Int,
        _ end: StepEnd,
        _ at: Timestamp
    ) -> RunInconsistency.Problem? {
        switch steps[index].state {
        case .waiting, .ready, .backingOff, .blocked: break
        case .running, .finished: return misfit(index, "ends")
        }
        if steps[index].startedAt == nil { tally.begun += 1 } else { lastEnded = index }
        tally.finished += 1
        tally.counts.add(end)
        steps[index].state = .finished
        steps[index].end = end
        steps[index].endedAt = at
        return nil
    }

    private func misfit(_ index: Int, _ what: String) -> RunInconsistency.Problem {
        .step(steps[index].name, isIn: steps[index].state, what: what)
    }

    /// Where the attempt is listed, if it is the one in flight: always the last.
    private func inFlight(_ index: Int, _ ref: AttemptRef) -> Int? {
        guard let last = steps[index].attempts.indices.last,
            steps[index].attempts[last].endedAt == nil,
            steps[index].attempts[last].part == ref.part,
            steps[index].attempts[last].number == ref.number
        else { return nil }
        return last
    }

    /// The end without its tail where a tail is of no use, or there are too many of them.
    private mutating func keepingTail(of end: AttemptEnd, _ index: Int) -> AttemptEnd {
        var end = end
        guard end.outcome.result != .success, end.tail != nil else {
            end.tail = nil
            return end
        }
        let part = steps[index].attempts.last?.part
        for older in steps[index].attempts.indices
        where steps[index].attempts[older].end?.tail != nil
            && steps[index].attempts[older].part == part
        {
            steps[index].attempts[older].end?.tail = nil
            tailsKept -= 1
        }
        guard tailsKept < Limits.tailsKept else {
            end.tail = nil
            return end
        }
        tailsKept += 1
        return end
    }
}

extension StepSnapshot {
    /// Adds an attempt; of too many, the oldest but the first goes.
    fileprivate mutating func list(_ attempt: AttemptSnapshot) {
        if attempts.count >= Limits.attemptsKept {
            attempts.remove(at: 1)
            attemptsDropped += 1
        }
        attempts.append(attempt)
    }
}
