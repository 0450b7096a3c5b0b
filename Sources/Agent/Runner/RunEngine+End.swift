import Glibc
import Pipeline
import Transport

/// The end of a run, and the end of all that runs when there is none.
extension RunEngine {
    func finish(_ end: RunEnd) -> RunEnd {
        foreground.restore()
        endLeftovers(grace: Limits.grace)
        stopCache(isPatient: true)
        return end
    }

    /// Processes that escaped their group: none outlives the run.
    private func endLeftovers(grace: Duration) {
        guard context.children == nil else {
            // Children that nobody knows may be another run's: only the environment tells.
            _ = endOrphans(of: context.run, known: [], grace: grace)
            return
        }
        guard reapAdopted(except: []) else { return }
        var ladder = ProcessLadder()
        for pid in childProcesses() { ladder.add(pid) }
        ladder.end(grace: grace)
    }

    /// Ends what runs, and has the journal say so if it may.
    func leave(because error: any Error) {
        switch error {
        case is RunAbandoned: _ = abandon(grace: .zero)
        case let drained as RunDrained:
            let ends = abandon(grace: min(drained.grace, longestGrace))
            writeLastEvents(ends, .drain, because: "\(drained)")
        default: writeLastEvents(abandon(grace: longestGrace), .journal, because: "\(error)")
        }
    }

    /// What runs may have asked for more than the usual grace.
    private var longestGrace: Duration {
        slots.all.compactMap { machine.index(of: $0.attempt.step) }
            .map { machine.plan.steps[$0].grace }.max() ?? Limits.grace
    }

    /// The run cannot be written any further: nothing may run that nobody records.
    ///
    /// - Returns: What the attempts that ran have used.
    private func abandon(grace: Duration) -> [AttemptRef: ResourceUsage] {
        foreground.restore()
        var ends: [AttemptRef: ResourceUsage] = [:]
        // The leaders stay zombies until their groups are ended: their numbers stay theirs.
        var ladder = ProcessLadder(reaps: false)
        for pid in slots.pids { ladder.add(pid) }
        ladder.end(grace: grace)
        for pid in slots.pids { _ = kill(-pid, SIGKILL) }
        let pids = slots.pids
        let now = clock.now
        slots.closeAll(&queue) { active, end in
            active.out.end(mask: mask, into: &active.log, at: now)
            active.err.end(mask: mask, into: &active.log, at: now)
            ends[active.attempt] = floor.usage(
                of: end,
                floor: active.memoryFloor,
                since: active.begunAfter
            )
        }
        for pid in pids { context.children?.forget(pid) }
        endLeftovers(grace: grace)
        stopCache(isPatient: false)
        return ends
    }

    /// Has the journal say that nothing runs any more, if it can be made to.
    private func writeLastEvents(
        _ used: [AttemptRef: ResourceUsage],
        _ reason: Reason,
        because why: String
    ) {
        let events = machine.lastEvents(unwritten: unwritten) { attempt in
            AttemptEnd(Outcome(reason), usage: used[attempt], message: why)
        }
        sink.writeLast(events, at: clock.now)
    }
}

/// Somebody asked a third time: even the end of what was killed is not waited for.
package struct RunAbandoned: Error, CustomStringConvertible {
    package var description: String { "given up at the third signal" }
}

/// Whoever runs the run ends before it does: its attempts were ended, and it goes on with the next
/// owner.
package struct RunDrained: Error, CustomStringConvertible {
    /// How long attempts were given to end.
    let grace: Duration

    package var description: String { "the agent shut down" }
}
