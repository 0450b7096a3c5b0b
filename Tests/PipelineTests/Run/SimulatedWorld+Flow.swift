import Pipeline
import TestSupport

/// Gates, undoing and `finally` in the simulated world: what plans have of them, how the world
/// answers, and what must hold.
extension SimulatedWorld {
    static func addFlow(to step: inout PlannedStep, _ random: inout SeededRandom) {
        step.gates = Gates(
            pool: random.oneIn(4) ? ["p", "q"].randomElement(using: &random) : nil,
            rateLimit: random.oneIn(5) ? "r" : nil,
            breaker: random.oneIn(5) ? ["b", "f"].randomElement(using: &random) : nil
        )
        guard random.oneIn(4) else { return }
        step.compensation = PlannedCompensation(
            action: .script("undo"),
            timeout: random.oneIn(3) ? .seconds(3) : nil,
            retry: RetryPolicy(attempts: Int.random(in: 1...3, using: &random))
        )
    }

    static func makeFinalStep(
        _ index: Int,
        after count: Int,
        _ random: inout SeededRandom
    ) -> PlannedStep {
        let when = [RunCondition.always, .success, .failure].randomElement(using: &random)
        var step = makeStep(
            "final\(index)",
            needs: index > 0 && random.oneIn(2) ? [count + index - 1] : [],
            when: when ?? .always,
            condition: random.oneIn(5) ? "ask" : nil,
            timeout: random.oneIn(2) ? .seconds(4) : nil,
            retry: RetryPolicy(attempts: Int.random(in: 1...2, using: &random))
        )
        step.isFinal = true
        if random.oneIn(4) { step.gates.pool = "p" }
        return step
    }

    static func makePolicies(_ random: inout SeededRandom) -> FlowPolicies {
        func breaker(_ whenOpen: BreakerPolicy.WhenOpen) -> BreakerPolicy {
            BreakerPolicy(
                failures: Int.random(in: 1...3, using: &random),
                within: .seconds(Int.random(in: 1...20, using: &random)),
                openFor: .seconds(Int.random(in: 1...8, using: &random)),
                whenOpen: whenOpen
            )
        }
        return FlowPolicies(
            pools: [
                "p": PoolPolicy(size: 1),
                "q": PoolPolicy(size: 2, queue: random.oneIn(4) ? 1 : Limits.poolQueue),
            ],
            rateLimits: [
                "r": RateLimitPolicy(
                    interval: .milliseconds(Int64.random(in: 100...3_000, using: &random)),
                    burst: Int.random(in: 1...3, using: &random)
                )
            ],
            breakers: ["b": breaker(.wait), "f": breaker(.fail)]
        )
    }

    // MARK: - The world's side

    mutating func ask(
        _ question: (inout FlowControl, Timestamp, inout [FlowAnswer]) -> Void
    ) {
        var decisions: [FlowAnswer] = []
        question(&flow, now, &decisions)
        for answer in decisions { answers.append(.flow(answer.decision, answer.ticket.gates)) }
    }

    mutating func performFlow(_ effect: RunEffect) {
        switch effect {
        case .claim(let gates, let waiting, let since):
            blocked += 1
            ask { [run] control, now, answers in
                let ticket = FlowTicket(run, gates)
                control.claim(ticket, waiting: waiting, since: since, at: now, into: &answers)
            }
        case .withdraw(let gates):
            ask { [run] control, now, answers in
                control.withdraw(FlowTicket(run, gates), at: now, into: &answers)
            }
        case .release(let gates, let end, let isProbe):
            var change: BreakerState?
            ask { [run] control, now, answers in
                change = control.release(
                    FlowTicket(run, gates),
                    end,
                    isProbe: isProbe,
                    at: now,
                    into: &answers
                )
            }
            if let breaker = gates.breaker, end != .unused {
                answers.append(.released(breaker: breaker, change))
            }
        default: break
        }
    }

    /// What outlives a process of its gates, and nothing else.
    mutating func forgetFlow() {
        let memory = flow.memory(at: now)
        flow = FlowControl()
        flow.define(plan.flow, at: now)
        flow.restore(memory, at: now)
        gateChecks.forgetRunning()
    }
}

/// What the simulation notes of attempts that passed gates.
struct GateChecks {
    var running: [AttemptRef: Gates] = [:]
    /// When attempts started, by rate limit.
    var starts: [String: [Timestamp]] = [:]

    mutating func forgetRunning() { running = [:] }
}
