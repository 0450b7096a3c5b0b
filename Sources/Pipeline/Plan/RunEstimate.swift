/// How long a run would take in which all goes well, with so many workers.
///
/// Steps are started exactly as `RunMachine` starts them: whatever is ready takes a free worker,
/// that first on which the longest chain of others waits, and `finally` comes last. A pool has no
/// more slots than its size; that other runs may hold some, and rate limits and breakers, are left
/// out.
package struct RunEstimate: Sendable, Hashable {
    package let workers: Int
    /// From the run's start to its end.
    package let duration: Duration
    /// What the steps take together.
    package let busy: Duration
    /// The most steps that run at the same time.
    package let peak: Int

    /// What the workers have to do nothing in, added up.
    package var idle: Duration { max(.zero, duration * workers - busy) }

    /// - Parameters:
    ///   - plan: What would run.
    ///   - durations: What each step takes once it has a worker, by position.
    ///   - workers: How many there are.
    package init(_ plan: Plan, durations: [Duration], workers: Int) {
        precondition(durations.count == plan.steps.count, "a duration for every step")
        var schedule = Schedule(plan, durations, workers: max(1, workers))
        schedule.run()
        self.workers = max(1, workers)
        duration = schedule.now
        busy = schedule.busy
        peak = schedule.peak
    }
}

/// A run without a world: its steps take what they are said to take, and succeed.
private struct Schedule {
    let plan: Plan
    let durations: [Duration]
    let workers: Int
    private let dependents: Dependents
    private var ready: ReadySteps
    private var openNeeds: [Int]
    private var isSpoiled: [Bool]
    private var isDecided: [Bool]
    private var running = BinaryHeap<Running>()
    private var started = 0
    private var openMain: Int
    /// Slots taken, by pool.
    private var used: [String: Int] = [:]
    private(set) var now = Duration.zero
    private(set) var busy = Duration.zero
    private(set) var peak = 0

    /// Of steps that end at the same time the one that started first ends first.
    private struct Running: Comparable {
        var end: Duration
        var order: Int
        var step: Int

        static func < (left: Running, right: Running) -> Bool {
            (left.end, left.order) < (right.end, right.order)
        }
    }

    init(_ plan: Plan, _ durations: [Duration], workers: Int) {
        self.plan = plan
        self.durations = durations
        self.workers = workers
        let dependents = Dependents(plan)
        self.dependents = dependents
        ready = ReadySteps(plan, dependents)
        openNeeds = plan.steps.map(\.needs.count)
        openMain = plan.steps.count { !$0.isFinal }
        isSpoiled = plan.steps.map { _ in false }
        isDecided = isSpoiled
    }

    mutating func run() {
        look(at: Array(plan.steps.indices))
        start()
        while let next = running.popFirst() {
            now = next.end
            if let pool = plan.steps[next.step].gates.pool { used[pool, default: 0] -= 1 }
            look(at: end(next.step, isGood: true))
            start()
        }
    }

    /// What needs the step may be ready now, or never.
    private mutating func end(_ step: Int, isGood: Bool) -> [Int] {
        for dependent in dependents[step] {
            openNeeds[dependent] -= 1
            if !isGood { isSpoiled[dependent] = true }
        }
        guard !plan.steps[step].isFinal else { return Array(dependents[step]) }
        openMain -= 1
        let finals = openMain == 0 ? plan.steps.indices.filter { plan.steps[$0].isFinal } : []
        return Array(dependents[step]) + finals
    }

    private mutating func look(at steps: [Int]) {
        var steps = steps
        var next = 0
        while next < steps.count {
            let step = steps[next]
            next += 1
            guard !isDecided[step] else { continue }
            let when = plan.steps[step].when
            let isFinal = plan.steps[step].isFinal
            guard !isFinal || openMain == 0 else { continue }
            let isSkipped = when == .success && isSpoiled[step] && !isFinal
            if isSkipped || when == .failure && openNeeds[step] == 0 {
                // Nothing fails here: a handler of failures is skipped, and so is what needs it.
                isDecided[step] = true
                steps += end(step, isGood: false)
            } else if openNeeds[step] == 0 {
                isDecided[step] = true
                ready.insert(step, passesGates: true)
            }
        }
    }

    private mutating func start() {
        while running.count < workers, let step = nextReady() {
            ready.remove(step)
            if let pool = plan.steps[step].gates.pool { used[pool, default: 0] += 1 }
            busy += durations[step]
            running.insert(Running(end: now + durations[step], order: started, step: step))
            started += 1
        }
        peak = max(peak, running.count)
    }

    /// The most urgent of those whose pool has a slot.
    private mutating func nextReady() -> Int? {
        var best: (step: Int, rank: Int)?
        for lane in ready.gates.indices {
            if let pool = ready.gates[lane].pool, let policy = plan.flow.pools[pool],
                used[pool, default: 0] >= policy.size
            {
                continue
            }
            guard let first = ready.first(of: lane) else { continue }
            if let best, best.rank < first.rank { continue }
            best = first
        }
        return best?.step
    }
}
