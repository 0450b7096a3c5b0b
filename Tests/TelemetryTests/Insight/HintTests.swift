import Pipeline
import TestSupport
import Testing

@testable import Telemetry

/// Every kind of hint has histories in which it is given, and others, close by, in which it must
/// not be.
struct HintTests {
    /// One ended run, made from what its steps did.
    private struct Past {
        var script: RunScript
        var end = 0.0

        init(steps: Int = 1, workers: Int = 2) {
            script = RunScript(pipeline: "p", steps: steps, workers: workers)
        }

        /// A step that is ready at `from`, and whose attempts end so, one after the other.
        mutating func step(
            _ name: String,
            ready: Double = 0,
            from: Double = 0,
            to: Double,
            _ ends: [AttemptEnd] = [AttemptEnd(.success)],
            tolerated: Bool = false
        ) {
            script.ready(ready, name)
            let share = (to - from) / Double(ends.count)
            for (index, attempt) in ends.enumerated() {
                let start = from + share * Double(index)
                script.starts(start, name, index + 1, pid: 7)
                script.ends(start + share, name, index + 1, attempt)
                guard index + 1 < ends.count else { continue }
                let until = RunScript.at(start + share)
                script.add(
                    start + share,
                    .retryScheduled(step: name, next: index + 2, until: until)
                )
            }
            let outcome = ends.last?.outcome ?? .success
            let stepEnd = StepEnd(outcome, attempts: ends.count, isTolerated: tolerated)
            script.add(to, .stepFinished(step: name, stepEnd))
            end = max(end, to)
        }

        mutating func skip(_ name: String, _ reason: Reason = .condition) {
            script.add(0, .stepFinished(step: name, StepEnd(Outcome(reason), attempts: 0)))
        }

        func snapshot(_ outcome: Outcome = .success) -> RunSnapshot {
            var script = script
            script.sort()
            script.ends(end, run: RunEnd(outcome))
            return Runs.folded(script)
        }
    }

    private func run(
        _ outcome: Outcome = .success,
        steps: Int = 1,
        workers: Int = 2,
        _ body: (inout Past) -> Void
    ) -> RunSnapshot {
        var past = Past(steps: steps, workers: workers)
        body(&past)
        return past.snapshot(outcome)
    }

    private func kinds(_ history: [RunSnapshot]) -> [Hint.Kind] {
        Hint.find(in: history).map(\.kind)
    }

    private let failed = AttemptEnd(.exit, exitCode: 2)
    private let good = AttemptEnd(.success)

    @Test func `a program that is not there, and memory that is not`() throws {
        let missing = run(.exit) { $0.step("a", to: 1, [AttemptEnd(.exit, exitCode: 127)]) }
        #expect(kinds([missing]) == [.programMissing])
        let other = run(.exit) { $0.step("a", to: 1, [AttemptEnd(.exit, exitCode: 126)]) }
        #expect(kinds([other]).isEmpty)
        let oom = AttemptEnd(Outcome(.oomKill), signal: 9)
        #expect(kinds([run { $0.step("a", to: 1, [oom, good]) }]) == [.outOfMemory])
        let killed = AttemptEnd(Outcome(.signal), signal: 9)
        #expect(kinds([run(Outcome(.signal)) { $0.step("a", to: 1, [killed]) }]).isEmpty)
    }

    @Test func `retries that never help, and one that did`() {
        let vain = run(.exit) { $0.step("a", to: 3, [failed, failed]) }
        let helped = run { $0.step("a", to: 3, [failed, good]) }
        #expect(kinds([vain, vain, vain]) == [.retryNeverHelps])
        #expect(kinds([vain, vain]).isEmpty, "twice may be chance")
        #expect(kinds([vain, vain, helped, vain]).isEmpty)
    }

    @Test func `a first attempt that never succeeds, and one that did`() {
        let second = run { $0.step("a", to: 3, [failed, good]) }
        let first = run { $0.step("a", to: 3, [good]) }
        #expect(kinds([second, second, second]) == [.retryAlwaysNeeded])
        #expect(kinds([second, first, second]).isEmpty)
    }

    @Test func `a step that always fails and may, and one that did not once`() {
        let bad = run { $0.step("a", to: 1, [failed], tolerated: true) }
        let well = run { $0.step("a", to: 1) }
        #expect(kinds([bad, bad, bad]) == [.alwaysFails])
        #expect(kinds([bad, well, bad, bad]).isEmpty)
    }

    @Test func `a condition that never holds, and one that did`() {
        let skipped = run { $0.skip("a") }
        let ran = run { $0.step("a", to: 1) }
        #expect(kinds(Array(repeating: skipped, count: 5)) == [.neverRuns])
        #expect(kinds(Array(repeating: skipped, count: 4)).isEmpty)
        #expect(kinds(Array(repeating: skipped, count: 4) + [ran]).isEmpty)
        let needed = run { $0.skip("a", .dependency) }
        #expect(kinds(Array(repeating: needed, count: 5)).isEmpty, "another step is to blame")
    }

    @Test func `workers that are short, and workers that are not busy`() {
        let short = run(steps: 4, workers: 2) { past in
            past.step("a", to: 10)
            past.step("b", to: 10)
            past.step("c", from: 10, to: 20)
            past.step("d", from: 10, to: 20)
        }
        #expect(kinds([short]) == [.workersShort])
        let enough = run(steps: 2, workers: 2) { past in
            past.step("a", to: 10)
            past.step("b", to: 10)
        }
        #expect(kinds([enough]).isEmpty)
        let few = run(steps: 2, workers: 8) { past in
            past.step("a", to: 4)
            past.step("b", ready: 4, from: 4, to: 8)
        }
        let many = run(steps: 8, workers: 8) { past in
            for number in 0..<8 { past.step("s\(number)", to: 4) }
        }
        #expect(kinds([few, few, few]) == [.workersIdle])
        #expect(Hint.find(in: [few, few, few]).first?.text.contains("more than 1 of 8") == true)
        #expect(kinds([few, many, few]).isEmpty)
    }

    @Test func `one step that takes most of the time, always or once`() {
        func long(_ name: String) -> RunSnapshot {
            run(steps: 3) { past in
                for step in ["a", "b", "c"] { past.step(step, to: step == name ? 20 : 1) }
            }
        }
        let hints = Hint.find(in: [long("b"), long("b"), long("b")])
        #expect(hints.map(\.kind) == [.oneStepDominates])
        #expect(hints.first?.step == "b")
        #expect(kinds([long("b"), long("c"), long("b")]).isEmpty)
    }

    @Test func `a long step that hardly computes, and one that does`() {
        func step(cpu: Duration) -> RunSnapshot {
            let usage = ResourceUsage(userCPU: cpu)
            return run { $0.step("a", to: 60, [AttemptEnd(.success, usage: usage)]) }
        }
        #expect(kinds([step(cpu: .seconds(1))]) == [.mostlyWaits])
        #expect(kinds([step(cpu: .seconds(4))]).isEmpty)
        #expect(kinds([run { $0.step("a", to: 60) }]).isEmpty, "nothing was measured")
    }

    @Test func `a run that took much longer than usual, and too few to tell`() {
        let slow = run { $0.step("a", to: 25) }
        let usual = run { $0.step("a", to: 11) }
        #expect(kinds([slow] + Array(repeating: usual, count: 5)) == [.slowerThanUsual])
        #expect(kinds([slow] + Array(repeating: usual, count: 4)).isEmpty)
        #expect(kinds([usual] + Array(repeating: slow, count: 5)).isEmpty)
    }

    @Test func `a run that goes on gives none, and each kind is tried here`() {
        var open = RunScript(pipeline: "p", steps: 1)
        open.ready(0, "a")
        #expect(Hint.find(in: [Runs.folded(open)]).isEmpty)
        #expect(Hint.find(in: []).isEmpty)
        #expect(Hint.Kind.allCases.count == 11, "a new kind needs a test")
    }
}
