import Pipeline
import TestSupport

extension SimulatedWorld {
    /// The turn cannot be written: what runs is ended, and the run goes on when there is room.
    mutating func fillDisk(_ unwritten: [RunEvent]) {
        fullDisks += 1
        crashesLeft -= 1
        let before = machine.recoveries
        processes.removeAll()
        answers.removeAll()
        forgetFlow()
        let last = machine.lastEvents(unwritten: unwritten) { _ in AttemptEnd(Outcome(.journal)) }
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
            end.outcome.reason == .journal
        } else {
            false
        }
    }
}
