import Pipeline
import TestSupport
import Testing

/// Who passes which gate, as scripts.
struct FlowControlTests {
    private let start = Timestamp(nanoseconds: 1_000_000_000_000)
    private var control = FlowControl()
    private var answers: [FlowAnswer] = []

    private func at(_ seconds: Double) -> Timestamp {
        start + .milliseconds(Int64(seconds * 1_000))
    }

    private func run(_ number: UInt64) -> RunID { RunID(high: 1, low: number) }

    private mutating func define(_ policies: FlowPolicies) {
        control.define(policies, at: start)
    }

    private mutating func claim(
        _ number: UInt64,
        _ gates: Gates,
        waiting: Int = 1,
        since: Double? = nil,
        at seconds: Double = 0
    ) {
        answers = []
        control.claim(
            FlowTicket(run(number), gates),
            waiting: waiting,
            since: at(since ?? seconds),
            at: at(seconds),
            into: &answers
        )
    }

    @discardableResult
    private mutating func release(
        _ number: UInt64,
        _ gates: Gates,
        _ end: GrantEnd = .ended(.success),
        isProbe: Bool = false,
        at seconds: Double = 0
    ) -> BreakerState? {
        answers = []
        return control.release(
            FlowTicket(run(number), gates),
            end,
            isProbe: isProbe,
            at: at(seconds),
            into: &answers
        )
    }

    private mutating func pass(to seconds: Double) {
        answers = []
        control.advance(to: at(seconds), into: &answers)
    }

    /// `1 granted`, `2 pool db`, in the order of the answers.
    private var words: [String] {
        answers.map { answer in
            let number = answer.ticket.run.low
            switch answer.decision {
            case .granted(let isProbe, _): return "\(number) granted" + (isProbe ? ", probe" : "")
            case .blocked(let wait): return "\(number) \(wait.kind.rawValue) \(wait.name)"
            case .full(let pool, let count): return "\(number) \(pool) full for \(count)"
            case .refused(let breaker): return "\(number) refused by \(breaker)"
            }
        }
    }

    private let db = Gates(pool: "db")
    private let site = Gates(rateLimit: "site")
    private let both = Gates(pool: "db", rateLimit: "site")
    private let guarded = Gates(breaker: "site")

    // MARK: - Pools

    @Test mutating func `a pool gives out its slots in the order of asking`() {
        define(FlowPolicies(pools: ["db": PoolPolicy(size: 2)]))
        claim(1, db)
        #expect(words == ["1 granted"])
        claim(2, db)
        claim(3, db)
        #expect(words == ["3 pool db"])
        claim(4, db)
        release(1, db)
        #expect(words == ["3 granted"])
        release(2, db)
        #expect(words == ["4 granted"])
        #expect(control.standing.pools["db"]?.used == 2)
    }

    @Test mutating func `a run that is gone gives back what it held`() {
        define(FlowPolicies(pools: ["db": PoolPolicy(size: 1)]))
        claim(1, db)
        claim(2, db)
        answers = []
        control.forget(run(1), at: start, into: &answers)
        #expect(words == ["2 granted"])
        release(1, db)
        #expect(control.standing.pools["db"]?.used == 1, "given back twice")
    }

    @Test mutating func `steps beyond a pool's queue are sent away, those that came last`() {
        define(FlowPolicies(pools: ["db": PoolPolicy(size: 1, queue: 3)]))
        claim(1, db)
        claim(2, db, waiting: 2)
        claim(3, db, waiting: 4)
        #expect(words == ["3 pool db", "3 db full for 3"])
        #expect(control.standing.pools["db"]?.waiting == 3)
        claim(4, db)
        #expect(words == ["4 pool db", "4 db full for 1"])
        release(1, db)
        #expect(words == ["2 granted"])
    }

    // MARK: - Rate limits

    @Test mutating func `a bucket lets its burst through, then one by one`() {
        let policy = RateLimitPolicy(interval: .milliseconds(500), burst: 2)
        define(FlowPolicies(rateLimits: ["site": policy]))
        for number in UInt64(1)...3 { claim(number, site) }
        #expect(words == ["3 rate_limit site"])
        #expect(control.nextDeadline == at(0.5))
        pass(to: 0.499)
        #expect(words.isEmpty)
        pass(to: 0.5)
        #expect(words == ["3 granted"])
    }

    @Test mutating func `a token that was not used is put back`() {
        define(FlowPolicies(rateLimits: ["site": RateLimitPolicy(interval: .seconds(9))]))
        claim(1, site)
        claim(2, site)
        release(1, site, .unused)
        #expect(words == ["2 granted"])
    }

    // MARK: - Breakers

    private mutating func openBreaker(_ whenOpen: BreakerPolicy.WhenOpen = .wait) {
        let policy = BreakerPolicy(
            failures: 2,
            within: .seconds(10),
            openFor: .seconds(5),
            whenOpen: whenOpen
        )
        define(FlowPolicies(breakers: ["site": policy]))
        for number in UInt64(1)...2 { claim(number, guarded) }
        #expect(release(1, guarded, .ended(.failure)) == nil)
        #expect(release(2, guarded, .ended(.failure)) == .open)
    }

    @Test mutating func `a breaker opens, lets one try, and closes`() {
        openBreaker()
        claim(3, guarded)
        #expect(words == ["3 breaker site"])
        claim(4, guarded)
        pass(to: 5)
        #expect(words == ["3 granted, probe", "4 breaker site"])
        #expect(control.standing.breakers["site"] == .halfOpen)
        #expect(release(3, guarded, isProbe: true, at: 6) == .closed)
        #expect(words == ["4 granted"])
    }

    @Test mutating func `a probe that fails opens it anew, one that never was lets another try`() {
        openBreaker()
        claim(3, guarded)
        pass(to: 5)
        #expect(release(3, guarded, .unused, isProbe: true, at: 5) == nil)
        claim(4, guarded, at: 6)
        #expect(words == ["4 granted, probe"])
        #expect(release(4, guarded, .ended(.failure), isProbe: true, at: 7) == .open)
        claim(5, guarded, at: 7)
        #expect(control.nextDeadline == at(12))
    }

    @Test mutating func `failures that lie too far apart do not count together`() {
        openBreaker()
        claim(3, guarded)
        pass(to: 5)
        release(3, guarded, isProbe: true, at: 5)
        for seconds in [20.0, 31.0] {
            claim(4, guarded, at: seconds)
            #expect(release(4, guarded, .ended(.failure), at: seconds) == nil)
        }
    }

    @Test mutating func `an open breaker that is not waited for sends away at once`() {
        openBreaker(.fail)
        claim(3, guarded)
        #expect(words == ["3 refused by site"])
        #expect(control.nextDeadline == nil)
    }

    // MARK: - Several at once

    @Test mutating func `who lacks a slot has a token kept, and others may take what is beyond`() {
        let limit = RateLimitPolicy(interval: .seconds(60), burst: 2)
        define(FlowPolicies(pools: ["db": PoolPolicy(size: 1)], rateLimits: ["site": limit]))
        claim(1, db)
        claim(2, both)
        #expect(words == ["2 pool db"])
        claim(3, site)
        #expect(words == ["3 granted"])
        claim(4, site)
        #expect(words == ["4 rate_limit site"])
        release(1, db)
        #expect(words == ["2 granted"])
    }

    @Test mutating func `a free slot is kept for who gets a token soon, and not for long`() {
        for (interval, isKept) in [(Duration.seconds(9), true), (.seconds(11), false)] {
            control = FlowControl()
            let limit = RateLimitPolicy(interval: interval)
            define(FlowPolicies(pools: ["db": PoolPolicy(size: 1)], rateLimits: ["site": limit]))
            claim(1, site)
            claim(2, both)
            #expect(words == ["2 rate_limit site"])
            claim(3, db)
            #expect(words == [isKept ? "3 pool db" : "3 granted"])
        }
    }

    @Test mutating func `waiting for a breaker keeps nothing from others`() {
        openBreaker()
        define(FlowPolicies(pools: ["db": PoolPolicy(size: 1)]))
        claim(3, Gates(pool: "db", breaker: "site"))
        #expect(words == ["3 breaker site"])
        claim(4, db)
        #expect(words == ["4 granted"])
    }

    // MARK: - Another life

    @Test mutating func `rate limits and breakers go on where they stood`() {
        openBreaker()
        define(FlowPolicies(rateLimits: ["web": RateLimitPolicy(interval: .seconds(8))]))
        let web = Gates(rateLimit: "web")
        claim(1, web)
        let memory = control.memory(at: at(1))
        #expect(!control.isChanged)
        var next = FlowControl()
        let policies = FlowPolicies(
            rateLimits: ["web": RateLimitPolicy(interval: .seconds(8))],
            breakers: [
                "site": BreakerPolicy(failures: 2, within: .seconds(10), openFor: .seconds(5))
            ]
        )
        next.define(policies, at: at(2))
        next.restore(memory, at: at(2))
        control = next
        claim(2, web, at: 2)
        #expect(words == ["2 rate_limit web"])
        claim(3, guarded, at: 2)
        #expect(words == ["3 breaker site"])
        #expect(control.nextDeadline == at(5))
    }

    /// The wall clock may have been put back an hour meanwhile, or on.
    @Test(arguments: [-3_600.0, 3_600.0])
    mutating func `no clock keeps a gate shut longer than its policy`(jump: Double) {
        openBreaker()
        define(FlowPolicies(rateLimits: ["web": RateLimitPolicy(interval: .seconds(8))]))
        claim(1, Gates(rateLimit: "web"))
        let memory = control.memory(at: start)
        let now = at(1 + jump)
        control.restore(memory, at: now)
        let bucket = control.memory(at: now).fullAt["web"] ?? now
        #expect(bucket <= now + .seconds(8))
        let until = control.memory(at: now).breakers["site"]?.until ?? now
        #expect(until <= now + .seconds(5))
    }
}
