/// A run whose journal took no more (G6), or whose owner was shut down.
extension RunMachine {
    /// The number of the recovery with which the run goes on now, after a replay of all that its
    /// journal holds.
    ///
    /// What was ended in order, because its journal took no more or its owner was shut down, has
    /// lost nothing, and that may happen many times: it does not use up `recoveries`, which are
    /// there to stop a run that takes its Weir down with it.
    package var nextRecovery: Int {
        var isOrderly = false
        switch undoing.phase {
        case .running: return recoveries + 1
        case .judged(let end) where end.outcome.reason.isOrderly: isOrderly = true
        case .idle, .judged, .backingOff: break
        }
        for step in steps {
            switch step.phase {
            case .running: return recoveries + 1
            case .judged(_, let end) where end.outcome.reason.isOrderly: isOrderly = true
            default: continue
            }
        }
        return isOrderly ? recoveries : recoveries + 1
    }

    /// What the journal is to say last, so that a replay finds no attempt in flight.
    ///
    /// Of the turn that could not be written only facts are left: what it would have started has
    /// not begun, and the run goes on, so it has no end. The ends come first: they are short, and
    /// what a resume needs most.
    ///
    /// - Parameters:
    ///   - unwritten: The events that the machine has taken and the journal has not.
    ///   - end: How an attempt in flight ended.
    /// - Returns: Events that follow from those in the journal; the machine is of no use after them.
    package func lastEvents(
        unwritten: [RunEvent],
        end: (AttemptRef) -> AttemptEnd
    ) -> [RunEvent] {
        var unborn: Set<AttemptRef> = []
        for case .attemptStarted(let attempt) in unwritten { unborn.insert(attempt) }
        var events: [RunEvent] = []
        for step in steps.indices {
            guard let part = runningPart(of: step) else { continue }
            let attempt = reference(step, part)
            if !unborn.contains(attempt) { events.append(.attemptFinished(attempt, end(attempt))) }
        }
        return events
            + unwritten.filter { event in
                switch event {
                case .attemptStarted, .attemptLaunched, .runFinished: false
                default: true
                }
            }
    }
}

extension Reason {
    /// Weir ended the attempt itself, and the journal says so.
    fileprivate var isOrderly: Bool { self == .journal || self == .drain }
}
