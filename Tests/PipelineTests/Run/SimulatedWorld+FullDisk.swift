import Pipeline
import TestSupport

extension SimulatedWorld {
    /// The turn cannot be written, or whoever runs the run is shut down: what runs is ended, and
    /// the run goes on some time later.
    mutating func fillDisk(_ unwritten: [RunEvent]) {
        fullDisks += 1
        crashesLeft -= 1
        let before = machine.recoveries
        processes.removeAll()
        answers.removeAll()
        forgetFlow()
        let reason: Reason = random.oneIn(2) ? .journal : .drain
        let last = machine.lastEvents(unwritten: unwritten) { _ in AttemptEnd(Outcome(reason)) }
        for event in last { record(event) }
        replayJournal()
        check(!machine.isFinished, "a run ends on a full disk")
        check(!machine.steps.contains { $0.isRunning }, "an attempt in flight on a full disk")
        now = now + .milliseconds(Int64.random(in: 1...3_000, using: &random))
        let recovery = machine.nextRecovery
        if last.contains(where: \.isInterruption) {
            check(recovery == before, "a full disk uses up a recovery")
        }
        let diedAt = journal.last?.at ?? now
        answers.append(.resume(RunResumed(recovery: recovery, diedAt: diedAt)))
        drain()
    }
}

extension RunEvent {
    fileprivate var isInterruption: Bool {
        if case .attemptFinished(_, let end) = self {
            [.journal, .drain].contains(end.outcome.reason)
        } else {
            false
        }
    }
}
