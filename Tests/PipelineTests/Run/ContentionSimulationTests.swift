import Pipeline
import TestSupport
import Testing

/// A thousand simulated hours of runs that fight for pools, a rate limit and a breaker: everybody
/// gets a turn, and nobody waits longer than the queue before it takes.
struct ContentionSimulationTests {
    @Test(arguments: UInt64(0)..<10)
    func `no step starves in 100 hours of contention`(seed: UInt64) {
        var fleet = ContendingRuns(seed: seed &* 7_919 &+ UInt64.random(in: 0...1 << 40))
        fleet.simulate(for: .seconds(100 * 3_600))
        #expect(fleet.fault == nil, "seed \(fleet.seed)")
        #expect(fleet.grants > 10_000, "hardly anything happened")
        #expect(fleet.granted.count == fleet.kinds.count, "seed \(fleet.seed): a kind never ran")
        // What is asked for is more than there is; in turns everybody waits about as long.
        #expect(fleet.longestWait < .seconds(2 * 3_600), "seed \(fleet.seed)")
    }
}

/// Runs that always want to start something, each of one kind.
private struct ContendingRuns {
    let seed: UInt64
    private var random: SeededRandom
    private var control = FlowControl()
    private var now = Timestamp(nanoseconds: 1_000_000_000)
    private var wanting: [FlowTicket: Timestamp] = [:]
    private var ends: [(at: Timestamp, ticket: FlowTicket, isProbe: Bool)] = []
    private(set) var grants = 0
    private(set) var granted: Set<Gates> = []
    private(set) var longestWait = Duration.zero
    private(set) var fault: String?

    let kinds: [Gates] = [
        Gates(pool: "p"), Gates(pool: "q"), Gates(rateLimit: "r"), Gates(rateLimit: "s"),
        Gates(pool: "p", rateLimit: "r"), Gates(pool: "q", rateLimit: "s"),
        Gates(pool: "p", rateLimit: "s"), Gates(pool: "p", breaker: "b"),
        Gates(pool: "q", rateLimit: "r", breaker: "b"), Gates(breaker: "b"),
    ]

    init(seed: UInt64) {
        self.seed = seed
        random = SeededRandom(seed: seed)
        let policies = FlowPolicies(
            pools: ["p": PoolPolicy(size: 1), "q": PoolPolicy(size: 3)],
            rateLimits: [
                "r": RateLimitPolicy(interval: .seconds(5), burst: 2),
                "s": RateLimitPolicy(interval: .seconds(40)),
            ],
            breakers: ["b": BreakerPolicy(failures: 3, within: .seconds(60), openFor: .seconds(30))]
        )
        control.define(policies, at: now)
    }

    mutating func simulate(for time: Duration) {
        let end = now + time
        for (kind, gates) in kinds.enumerated() {
            for number in 0..<3 {
                want(FlowTicket(RunID(high: UInt64(kind), low: UInt64(number + 1)), gates))
            }
        }
        while now < end, fault == nil {
            let next = [ends.first?.at, control.nextDeadline].compactMap(\.self).min()
            guard let next else {
                fault = "everybody waits, and nothing will ever happen"
                return
            }
            now = max(now, next)
            if let first = ends.first, first.at <= now {
                ends.removeFirst()
                finish(first.ticket, isProbe: first.isProbe)
            } else {
                var answers: [FlowAnswer] = []
                control.advance(to: now, into: &answers)
                take(answers)
            }
        }
        for since in wanting.values { longestWait = max(longestWait, now - since) }
    }

    private mutating func want(_ ticket: FlowTicket) {
        wanting[ticket] = now
        var answers: [FlowAnswer] = []
        control.claim(ticket, waiting: 1, since: now, at: now, into: &answers)
        take(answers)
    }

    private mutating func finish(_ ticket: FlowTicket, isProbe: Bool) {
        let verdict: BreakerVerdict = random.oneIn(4) ? .failure : .success
        var answers: [FlowAnswer] = []
        let end = GrantEnd.ended(verdict)
        _ = control.release(ticket, end, isProbe: isProbe, at: now, into: &answers)
        take(answers)
        want(ticket)
    }

    private mutating func take(_ answers: [FlowAnswer]) {
        for answer in answers {
            guard case .granted(let isProbe, _) = answer.decision else { continue }
            guard let since = wanting.removeValue(forKey: answer.ticket) else {
                fault = "granted to one that does not want it"
                return
            }
            grants += 1
            granted.insert(answer.ticket.gates)
            longestWait = max(longestWait, now - since)
            let end = now + .seconds(Double.random(in: 5...600, using: &random))
            let place = ends.firstIndex { $0.at > end } ?? ends.endIndex
            ends.insert((end, answer.ticket, isProbe), at: place)
        }
    }
}
