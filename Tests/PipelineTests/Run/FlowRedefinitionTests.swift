import Pipeline
import TestSupport
import Testing

/// Pools, rate limits and breakers whose definitions change while runs go on.
struct FlowRedefinitionTests {
    private let run = RunID(high: 1, low: 1)

    private func granted(_ answers: [FlowAnswer]) -> Int {
        answers.count { if case .granted = $0.decision { true } else { false } }
    }

    @Test func `a larger pool lets in who waits, and a smaller one takes nothing away`() {
        var control = FlowControl()
        var answers: [FlowAnswer] = []
        let ticket = FlowTicket(run, Gates(pool: "few"))
        control.define(FlowPolicies(pools: ["few": PoolPolicy(size: 1)]), at: RunScript.at(0))
        control.claim(
            ticket,
            waiting: 1,
            since: RunScript.at(0),
            at: RunScript.at(0),
            into: &answers
        )
        control.claim(
            ticket,
            waiting: 2,
            since: RunScript.at(0),
            at: RunScript.at(1),
            into: &answers
        )
        #expect(granted(answers) == 1)
        let larger = FlowPolicies(pools: ["few": PoolPolicy(size: 2)])
        control.redefine(larger, at: RunScript.at(2), into: &answers)
        #expect(granted(answers) == 2)
        // Who was let in asks again for who is behind.
        control.claim(
            ticket,
            waiting: 1,
            since: RunScript.at(0),
            at: RunScript.at(2),
            into: &answers
        )
        control.redefine(
            FlowPolicies(pools: ["few": PoolPolicy(size: 1)]),
            at: RunScript.at(3),
            into: &answers
        )
        _ = control.release(
            ticket,
            .ended(.success),
            isProbe: false,
            at: RunScript.at(4),
            into: &answers
        )
        #expect(granted(answers) == 2, "one still holds the only slot")
        _ = control.release(
            ticket,
            .ended(.success),
            isProbe: false,
            at: RunScript.at(5),
            into: &answers
        )
        #expect(granted(answers) == 3)
    }

    @Test func `an open breaker stays open under another definition`() {
        var control = FlowControl()
        var answers: [FlowAnswer] = []
        let ticket = FlowTicket(run, Gates(breaker: "site"))
        func policies(_ failures: Int) -> FlowPolicies {
            let policy = BreakerPolicy(
                failures: failures,
                within: .seconds(60),
                openFor: .seconds(30)
            )
            return FlowPolicies(breakers: ["site": policy])
        }
        control.define(policies(1), at: RunScript.at(0))
        control.claim(
            ticket,
            waiting: 1,
            since: RunScript.at(0),
            at: RunScript.at(0),
            into: &answers
        )
        let change = control.release(
            ticket,
            .ended(.failure),
            isProbe: false,
            at: RunScript.at(1),
            into: &answers
        )
        #expect(change == .open)
        answers = []
        control.redefine(policies(5), at: RunScript.at(2), into: &answers)
        control.claim(
            ticket,
            waiting: 1,
            since: RunScript.at(2),
            at: RunScript.at(2),
            into: &answers
        )
        #expect(granted(answers) == 0)
    }
}
