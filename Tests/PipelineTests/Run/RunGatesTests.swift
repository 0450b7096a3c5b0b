import Pipeline
import TestSupport
import Testing

@testable import Pipeline

/// How one run asks for gates, and what it does with the answers.
struct RunGatesTests {
    private let db = Gates(pool: "db")

    private func gated(_ name: String, _ gates: Gates? = nil) -> PlannedStep {
        var step = makeStep(name)
        step.gates = gates ?? db
        return step
    }

    private func claims(_ script: MachineScript) -> [Int] {
        script.effects.compactMap { effect in
            if case .claim(_, let waiting, _) = effect { waiting } else { nil }
        }
    }

    private let free = FlowAnswer.Decision.granted(isProbe: false, breaker: nil)
    private let full = FlowAnswer.Decision.blocked(GateWait(.pool, "db"))

    @Test func `asks once for all its steps, and again for each place it gets`() {
        var script = MachineScript(makePlan([gated("a"), gated("b"), gated("c")]), workers: 2)
        #expect(claims(script) == [3])
        script.send(.flow(free, db))
        #expect(script.launches == ["a"] && claims(script) == [2])
        script.send(.flow(free, db))
        #expect(script.launches == ["b"] && claims(script).isEmpty, "no worker is left for c")
        script.end("a")
        #expect(script.effects.contains(.release(db, .ended(.success), isProbe: false)))
        #expect(claims(script) == [1])
    }

    @Test func `every step that waits says so once, and who joins them too`() {
        var second = gated("b")
        second.needs = [2]
        let plan = makePlan([gated("a"), second, makeStep("x")])
        var script = MachineScript(plan)
        script.send(.flow(full, db))
        #expect(script.events == [.stepBlocked(step: "a", GateWait(.pool, "db"))])
        script.send(.flow(full, db))
        #expect(script.events.isEmpty)
        script.end("x")
        #expect(script.events.last == .stepBlocked(step: "b", GateWait(.pool, "db")))
        #expect(claims(script) == [2])
    }

    @Test func `a worker is kept between the question and its answer, and no longer`() {
        let plan = makePlan([gated("a"), makeStep("x"), makeStep("y")])
        var script = MachineScript(plan, workers: 1)
        #expect(script.launches.isEmpty)
        script.send(.flow(full, db))
        #expect(script.launches == ["x"])
        script.send(.flow(free, db))
        #expect(script.effects == [.release(db, .unused, isProbe: false)], "x has the worker")
        script.end("x")
        #expect(claims(script) == [1])
    }

    @Test func `who is stopped waits for nothing any more`() {
        var script = MachineScript(makePlan([gated("a")]))
        script.send(.flow(full, db))
        script.send(.cancel(by: "test", isForced: false))
        #expect(script.effects.contains(.withdraw(db)))
        #expect(script.machine.end?.outcome == Outcome(.cancel))
    }

    @Test func `what is too much for the queue ends, the most urgent stays`() {
        let plan = makePlan([gated("a"), gated("b"), gated("c")], failure: .continue)
        var script = MachineScript(plan)
        script.send(.flow(full, db))
        script.send(.flow(.full(pool: "db", count: 2), db))
        #expect(
            [0, 1, 2].map { script.outcome($0) } == [nil, Outcome(.queueFull), Outcome(.queueFull)]
        )
        script.send(.flow(free, db))
        #expect(script.launches == ["a"])
    }

    @Test func `an open breaker that is not waited for ends its steps`() {
        let site = Gates(breaker: "site")
        var script = MachineScript(makePlan([gated("a", site)]))
        script.send(.flow(.refused(breaker: "site"), site))
        #expect(script.outcome(0) == Outcome(.breakerOpen))
        #expect(script.machine.end?.outcome.result == .error)
    }

    @Test func `a run does not end before it knows what a breaker made of its last attempt`() {
        let site = Gates(breaker: "site")
        var script = MachineScript(makePlan([gated("a", site)]))
        script.send(.flow(free, site))
        script.end("a", .exited(code: 1))
        #expect(script.machine.end == nil)
        script.send(.released(breaker: "site", .open))
        #expect(script.events.first == .breakerChanged(breaker: "site", to: .open))
        #expect(script.machine.end?.outcome == .exit)
    }

    @Test func `each attempt passes anew, its condition does not`() {
        var step = gated("a")
        step.condition = "ask"
        step.retry = RetryPolicy(attempts: 2, backoffMinimum: .seconds(1))
        var script = MachineScript(makePlan([step]))
        #expect(script.launches == ["a?"])
        script.end("a", part: .condition)
        #expect(claims(script) == [1])
        script.send(.flow(free, db))
        script.end("a", .exited(code: 1))
        #expect(script.effects == [.release(db, .ended(.failure), isProbe: false)])
        script.pass(.seconds(1))
        #expect(claims(script) == [1])
    }
}
