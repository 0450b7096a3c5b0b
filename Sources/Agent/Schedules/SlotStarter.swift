import Pipeline
import Telemetry

/// Begins the runs of slots: the effects of the schedule machine.
final class SlotStarter {
    private let host: RunHost
    private let state: StateFolder
    private let environment: [String: String]
    private let seed: SlotSeed
    /// Runs of former lives, by the low half of their ids; a slot's run may be among them.
    private let former: [UInt64: RunID]

    init(
        _ host: RunHost,
        _ state: StateFolder,
        _ environment: [String: String],
        _ seed: SlotSeed
    ) throws(StateError) {
        (self.host, self.state, self.environment, self.seed) = (host, state, environment, seed)
        former = Dictionary(try state.runIDs().map { ($0.low, $0) }) { first, _ in first }
    }

    /// Begins the run of a slot, if it may and can.
    ///
    /// - Parameters:
    ///   - slot: What is due.
    ///   - definition: The schedule that says so.
    ///   - pipeline: As it is served now; `nil`: it is not.
    ///   - now: By the wall clock.
    /// - Returns: What came of it, for the machine.
    func begin(
        _ slot: DueSlot,
        _ definition: ScheduleDefinition,
        _ pipeline: ServedPipeline?,
        at now: Timestamp
    ) -> ScheduleMachine.Start {
        let bits = seed.bits(of: slot.key, slot: slot.slot)
        // A life that ended between a run's beginning and the line that tells of it.
        if let run = former[bits.1], UInt16(truncatingIfNeeded: run.high) == bits.0 {
            return .began(run)
        }
        guard let pipeline else { return .refused("the pipeline is not served any more") }
        let id = RunID(startedAt: now, random: bits)
        do {
            try host.checkRoom()
            guard let lock = try enter(slot, definition, for: id) else { return .overlapped }
            var new = try request(for: slot, pipeline, id, definition)
            new.overlap = lock
            return .began(try host.start(new).id)
        } catch {
            return Self.mayPass(error) ? .noRoom : .refused("\(error)")
        }
    }

    private func request(
        for slot: DueSlot,
        _ pipeline: ServedPipeline,
        _ id: RunID,
        _ definition: ScheduleDefinition
    ) throws -> NewRun {
        let request = pipeline.request(trigger: RunTrigger.schedule, outputs: state.outputsPath)
        var new = try request.newRun(
            id,
            scheduledAt: slot.slot,
            scheduledOffset: definition.series.zone.offset(at: slot.slot),
            environment: environment
        )
        // A clock begins it: whatever trace the agent itself was started in is not its caller.
        new.incoming = IncomingContext.none
        return new
    }

    /// The run's part in its pipeline's lock, without waiting for anybody.
    private func enter(
        _ slot: DueSlot,
        _ definition: ScheduleDefinition,
        for run: RunID
    ) throws(StateError) -> OverlapLock? {
        let pipeline = slot.key.pipeline
        if definition.overlap == .allow { return try OverlapLock.join(pipeline, in: state) }
        if let lock = try OverlapLock.joinAlone(pipeline, in: state) { return lock }
        if definition.overlap == .replace {
            for other in try state.runs(of: pipeline) {
                try other.inbox.post(.supersede(by: run))
            }
        }
        return nil
    }

    /// Whether the same may succeed later, without anybody's changing the pipeline.
    private static func mayPass(_ error: any Error) -> Bool {
        switch error {
        case is RunHostFull, is RunHostExhausted, is RunHostClosed, is RunHostUnready: true
        case is RunRequest.Refusal: false
        // The folder may come back; a start that no journal line can hold will not.
        case StateError.storage, StateError.unusable: true
        default: error.isNoRoom
        }
    }
}
