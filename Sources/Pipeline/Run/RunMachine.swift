/// Decides what a run does next: a pure value, `(state, input, now) → (effects, events)`.
///
/// Its state is a fold over its own events (`RunMachine+Replay.swift`), so that a machine which
/// replays a journal stands where the one that wrote it stood. What follows from that state is
/// decided in `RunMachine+Decisions.swift`. The caller writes a turn's events, in order, before it
/// performs the turn's effects.
package struct RunMachine: Sendable {
    package let plan: Plan
    package let run: RunID
    /// Attempts running at once.
    package let workers: Int

    package internal(set) var steps: [StepState]
    package internal(set) var isStarted = false
    package internal(set) var end: RunEnd?
    /// The strongest cause so far.
    package internal(set) var stop: StopCause?
    package internal(set) var recoveries = 0
    /// The first step that failed the run.
    package internal(set) var firstBad: Int?
    /// The strongest cause while there was something left to stop: it decides how the run ends.
    var mainStop: StopCause?

    var startedAt: Timestamp?
    var running = 0
    /// Steps whose answer from the cache is waited for: each takes a worker's place.
    var lookingUp = 0
    var unfinished: Int
    /// Steps outside `finally` that have not ended.
    var openMain: Int
    var undoing = Undoing()
    /// The step outside `finally` that worked and ended last.
    var lastEnded: Int?
    /// Steps whose state moved and must be looked at before the turn ends; entries may be stale.
    var touched: [Int] = []
    var ready: ReadySteps
    var lanes: [Lane]
    /// Attempts that went through a breaker and have ended, of which the breaker has not been told.
    var openVerdicts = 0
    var alarms = BinaryHeap<Alarm>()
    /// Where `finally` begins: its steps are the plan's last.
    let firstFinal: Int
    let dependents: Dependents
    let indexByName: [String: Int]

    package init(plan: Plan, run: RunID, workers: Int) {
        self.plan = plan
        self.run = run
        self.workers = max(1, workers)
        steps = plan.steps.map { StepState(openNeeds: $0.needs.count) }
        unfinished = plan.steps.count
        firstFinal = plan.steps.firstIndex(where: \.isFinal) ?? plan.steps.count
        openMain = firstFinal
        let dependents = Dependents(plan)
        self.dependents = dependents
        ready = ReadySteps(plan, dependents)
        lanes = ready.gates.map { _ in Lane() }
        var indices: [String: Int] = [:]
        indices.reserveCapacity(plan.steps.count)
        for (index, step) in plan.steps.enumerated() { indices[step.name] = index }
        indexByName = indices
        touched = Array(plan.steps.indices)
    }

    package var isFinished: Bool { end != nil }

    /// The index of the step with that name.
    package func index(of step: String) -> Int? { indexByName[step] }

    /// Attempts that exist or are about to.
    package var runningCount: Int { running }

    /// The next instant at which `tick` would change something.
    package var nextDeadline: Timestamp? {
        mutating get {
            while let alarm = alarms.first, !isCurrent(alarm) { _ = alarms.popFirst() }
            return alarms.first?.at
        }
    }

    /// Takes one input; adds what follows from it to `turn`.
    ///
    /// Inputs that come too late (an end of an attempt that is no longer running, anything after
    /// the run's end) are passed over: the world cannot know what was decided meanwhile.
    package mutating func handle(
        _ input: RunInput,
        at now: Timestamp,
        into turn: inout RunTurn
    ) {
        guard end == nil else { return }
        switch input {
        case .start: begin(at: now, into: &turn)
        case .resume(let resumed): resume(resumed, at: now, into: &turn)
        case .abandon: abandon(at: now, into: &turn)
        case .launched(let attempt, let pid, let ticks):
            launched(attempt, pid: pid, startTicks: ticks, at: now, into: &turn)
        case .ended(let attempt, let report): ended(attempt, report, at: now, into: &turn)
        case .silent(let attempt): silent(attempt, at: now, into: &turn)
        case .cacheAnswered(let step, let hit):
            takeFromCache(step, hit, at: now, into: &turn)
        case .tick: break
        case .flow(let decision, let gates):
            guard isStarted else { return }
            take(decision, of: gates, at: now, into: &turn)
        case .released(let breaker, let change):
            released(breaker, change, at: now, into: &turn)
        case .supersede(let other):
            guard isStarted, !isStoppingAll else { return }
            stopRun(.superseded(by: other), at: now, into: &turn)
        case .cancel(let by, let isForced):
            cancel(by: by, isForced: isForced, at: now, into: &turn)
        }
        passDeadlines(at: now, into: &turn)
        settle(at: now, into: &turn)
    }

    /// Writes an event down and lets it change the state, as a replay would.
    mutating func emit(_ event: RunEvent, at now: Timestamp, into turn: inout RunTurn) {
        let fault = apply(event, at: now)
        precondition(fault == nil, "the machine emitted an event that does not fit its state")
        turn.events.append(event)
    }

    func isCurrent(_ alarm: Alarm) -> Bool {
        // What repairs a run and what comes after it is not cut off by the run's own timeout.
        guard let step = alarm.step else { return openMain > 0 && !isStoppingAll }
        return steps[step].deadline == alarm.at
    }

    mutating func setDeadline(_ at: Timestamp?, of step: Int) {
        steps[step].deadline = at
        guard let at else { return }
        alarms.insert(Alarm(at: at, step: step))
        // Attempts that end before their timeout leave their alarm behind; without this a long
        // timeout would keep one for each.
        if alarms.count > 64 + 4 * (running + unfinished) {
            let current = steps.map(\.deadline)
            alarms.filter { alarm in alarm.step.map { current[$0] == alarm.at } ?? true }
        }
    }
}

/// For every step the steps that need it, in one flat array.
struct Dependents: Sendable {
    private var starts: [Int]
    private var targets: [Int]

    init(_ plan: Plan) {
        var counts = [Int](repeating: 0, count: plan.steps.count + 1)
        for step in plan.steps {
            for need in step.needs { counts[need + 1] += 1 }
        }
        for index in 1..<max(1, counts.count) { counts[index] += counts[index - 1] }
        var filled = counts
        var targets = [Int](repeating: 0, count: counts.last ?? 0)
        for (index, step) in plan.steps.enumerated() {
            for need in step.needs {
                targets[filled[need]] = index
                filled[need] += 1
            }
        }
        starts = counts
        self.targets = targets
    }

    subscript(step: Int) -> ArraySlice<Int> {
        targets[starts[step]..<starts[step + 1]]
    }
}
