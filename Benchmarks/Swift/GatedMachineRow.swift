import Pipeline

/// Drives the run machine with every mechanism on: pools, a rate limit, a breaker, conditions, the
/// cache, retries, undoing of all that was done, and `finally`.
///
/// Prints one line, `EVENTS SECONDS`, as `MachineRow` does; what the gates decide is in the time.
enum GatedMachineRow {
    static func measure() throws {
        let plan = plan(steps: 20_000)
        var events = 0
        let start = Double(BenchClock.thread) / 1e9
        while Double(BenchClock.thread) / 1e9 - start < 1 {
            var world = GatedWorld(plan)
            try world.run()
            events += world.events
        }
        print("\(events) \(Double(BenchClock.thread) / 1e9 - start)")
    }

    /// Layers of four, each step with something to pass; the last step fails.
    private static func plan(steps count: Int) -> Plan {
        var steps: [PlannedStep] = []
        for index in 0..<count {
            let layer = index - index % 4
            let needs = layer == 0 ? [] : [index % 4, (index + 1) % 4].map { layer - 4 + $0 }
            var step = PlannedStep(name: "step\(index)", action: .exec([]), needs: needs)
            step.gates =
                [
                    Gates(pool: "db"), Gates(rateLimit: "site"), Gates(breaker: "site"),
                    Gates(pool: "db", rateLimit: "site", breaker: "site"),
                ][index % 4]
            if index % 8 == 1 { step.condition = "ask" }
            step.retry = RetryPolicy(
                attempts: 2,
                backoffMinimum: .nanoseconds(1),
                backoffMaximum: .nanoseconds(1)
            )
            if index % 8 == 6 {
                step.cache = CachePolicy()
            } else {
                step.compensation = PlannedCompensation(action: .exec([]))
            }
            steps.append(step)
        }
        let needs = [count - 1]
        steps.append(PlannedStep(name: "fails", action: .exec([]), needs: needs))
        var last = PlannedStep(name: "last", action: .exec([]), when: .always)
        last.isFinal = true
        steps.append(last)
        let flow = FlowPolicies(
            pools: ["db": PoolPolicy(size: 1)],
            rateLimits: ["site": RateLimitPolicy(interval: .microseconds(5), burst: 2)],
            breakers: [
                "site": BreakerPolicy(failures: 3, within: .seconds(1), openFor: .microseconds(50))
            ]
        )
        return Plan(name: "bench", flow: flow, steps: steps, waves: [])
    }
}

/// Processes that take 10 µs, one after the other; one attempt in sixteen fails once.
private struct GatedWorld {
    private var machine: RunMachine
    private var flow = FlowControl()
    private var turn = RunTurn()
    private var now = Timestamp(nanoseconds: 1_700_000_000_000_000_000)
    private var running: [AttemptRef] = []
    private var inputs: [RunInput] = []
    private(set) var events = 0

    init(_ plan: Plan) {
        machine = RunMachine(plan: plan, run: RunID(high: 1, low: 1), workers: 4)
        flow.define(plan.flow, at: now)
    }

    mutating func run() throws {
        let trace = TraceContext(traceID: TraceID(high: 1, low: 1))
        let started = RunStarted(
            run: machine.run,
            pipeline: machine.plan.name,
            stepCount: machine.plan.steps.count,
            workers: machine.workers,
            specDigest: "",
            trigger: "bench",
            scheduledAt: now,
            trace: trace
        )
        try machine.replay(RecordedEvent(sequence: 1, at: now, event: .runStarted(started)))
        inputs = [.start]
        while !machine.isFinished {
            if inputs.isEmpty { wait() }
            let taken = inputs
            inputs.removeAll(keepingCapacity: true)
            for input in taken { machine.handle(input, at: now, into: &turn) }
            events += turn.events.count
            let effects = turn.effects
            turn.removeAll()
            for effect in effects { perform(effect) }
        }
    }

    private mutating func wait() {
        now = now + .microseconds(10)
        if let attempt = running.popLast() {
            inputs.append(.launched(attempt, pid: 42, startTicks: 7))
            inputs.append(.ended(attempt, AttemptReport(.exited(code: code(of: attempt)))))
        } else {
            inputs.append(.tick)
        }
        ask { control, now, answers in control.advance(to: now, into: &answers) }
    }

    private func code(of attempt: AttemptRef) -> Int32 {
        if attempt.step == "fails" { return 1 }
        let isFirst = attempt.part == .main && attempt.number == 1
        return isFirst && attempt.step.utf8.last == UInt8(ascii: "7") ? 75 : 0
    }

    private mutating func perform(_ effect: RunEffect) {
        let run = machine.run
        switch effect {
        case .launch(let attempt, _): running.append(attempt)
        case .lookUpCache(let step):
            inputs.append(.cacheAnswered(step: machine.plan.steps[step].name, nil))
        case .claim(let gates, let waiting, let since):
            ask { control, now, answers in
                let ticket = FlowTicket(run, gates)
                control.claim(ticket, waiting: waiting, since: since, at: now, into: &answers)
            }
        case .withdraw(let gates):
            ask { control, now, answers in
                control.withdraw(FlowTicket(run, gates), at: now, into: &answers)
            }
        case .release(let gates, let end, let isProbe):
            var change: BreakerState?
            ask { control, now, answers in
                let ticket = FlowTicket(run, gates)
                change = control.release(ticket, end, isProbe: isProbe, at: now, into: &answers)
            }
            if let breaker = gates.breaker, end != .unused {
                inputs.append(.released(breaker: breaker, change))
            }
        case .terminate, .kill, .storeInCache, .finish: break
        }
    }

    private mutating func ask(
        _ question: (inout FlowControl, Timestamp, inout [FlowAnswer]) -> Void
    ) {
        var answers: [FlowAnswer] = []
        question(&flow, now, &answers)
        for answer in answers { inputs.append(.flow(answer.decision, answer.ticket.gates)) }
    }
}
