import CLinux
import Glibc
import Pipeline
import Telemetry

/// What the scheduler's thread does in a turn: asks the machine, writes what it says, begins runs.
final class SchedulerTurns {
    private var machine: ScheduleMachine
    private let journal: AgentJournal
    private let starter: SlotStarter
    private let meters: ScheduleMeters
    private let log: AgentLog?
    private var pipelines: [String: ServedPipeline] = [:]
    /// Pipelines of which something is to be shown anew.
    private var changed: Set<String> = []
    private(set) var standing = Scheduler.Standing()

    init(
        machine: ScheduleMachine,
        journal: AgentJournal,
        starter: SlotStarter,
        meters: ScheduleMeters,
        log: AgentLog?
    ) {
        self.machine = machine
        self.journal = journal
        self.starter = starter
        self.meters = meters
        self.log = log
    }

    /// When the next turn is due, by the wall clock; `nil`: never.
    var wake: Timestamp? { machine.wake }

    func load(_ pipelines: [String: ServedPipeline]) {
        changed.formUnion(self.pipelines.keys)
        changed.formUnion(pipelines.keys)
        self.pipelines = pipelines
        var definitions: [ScheduleKey: ScheduleDefinition] = [:]
        for (name, pipeline) in pipelines {
            for schedule in pipeline.plan.schedules {
                definitions[ScheduleKey(name, schedule.text)] = schedule
            }
        }
        let now = ClockReading.now
        take(machine.load(definitions, at: now), at: now.wall)
    }

    func runEnded(of pipeline: String) {
        machine.runEnded(of: pipeline)
        changed.insert(pipeline)
    }

    /// Begins what is due, until nothing is or `isWanted` elsewhere.
    func advance(until isWanted: () -> Bool) {
        let now = ClockReading.now
        take(machine.advance(to: now), at: now.wall)
        while let (slot, definition) = machine.nextToBegin {
            let now = RunClock.wallNow
            let start = starter.begin(slot, definition, pipelines[slot.key.pipeline], at: now)
            if case .began = start { meters.observeDelay(now - slot.due, of: slot.key.pipeline) }
            take(machine.settle(start, at: now), at: now)
            if isWanted() { break }
        }
        show()
    }

    func stop() {
        machine.stop()
        journal.close(at: RunClock.wallNow)
    }

    private func take(_ events: [AgentEvent], at now: Timestamp) {
        journal.write(events, at: now)
        for event in events {
            meters.count(event)
            log?.tell(event)
            if let pipeline = event.pipeline { changed.insert(pipeline) }
        }
    }

    /// Shows what has changed since.
    func show() {
        let memory = journal.memory
        for pipeline in changed {
            let plan = pipelines[pipeline]?.plan
            let isScheduled = plan.map { !$0.schedules.isEmpty } ?? false
            // A pipeline without schedules has nothing to show, unless it had some before.
            guard isScheduled || standing.nextDue.keys.contains(pipeline) else { continue }
            standing.nextDue[pipeline] = machine.nextDue(of: pipeline)
            let since = plan?.schedules.compactMap { schedule in
                memory.standings[ScheduleKey(pipeline, schedule.text)]?.since
            }.min()
            meters.show(standing.nextDue[pipeline], since: since, of: pipeline, plan)
        }
        changed = []
        (standing.waiting, standing.oldestWaiting) = (machine.waitingCount, machine.oldestWaiting)
        meters.showQueue(standing.waiting, since: standing.oldestWaiting)
    }
}

extension ClockReading {
    /// Both clocks, as near to one another as can be.
    static var now: ClockReading {
        ClockReading(wall: RunClock.wallNow, boot: RunClock.bootNow)
    }
}

extension AgentEvent {
    /// Whose standing it changes.
    fileprivate var pipeline: String? {
        switch self {
        case .scheduleSeen(let key, _), .scheduleRetired(let key), .slotQueued(let key, _),
            .slotStarted(let key, _, _), .slotsMissed(let key, _):
            key.pipeline
        case .agentStarted, .agentStopped, .pipelinesReloaded, .clockJumped: nil
        }
    }
}
