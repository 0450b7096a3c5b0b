import Pipeline
import Telemetry
import TestSupport
import Testing

/// The report and the trace are two folds of one list: they must say the same.
struct AgreementTests {
    private static func crashed() -> RunScript {
        var script = RunScript(pipeline: "daily", steps: 3)
        script.ready(0, "a")
        script.starts(1, "a", 1, part: .condition)
        script.ends(2, "a", 1, part: .condition)
        script.starts(3, "a")
        script.add(60, .runResumed(RunResumed(recovery: 1, diedAt: RunScript.at(5))))
        script.ends(60, "a", AttemptEnd(Outcome(.agentCrash), endedAt: RunScript.at(5)))
        script.starts(61, "a", 2)
        script.ends(65, "a", 2)
        script.finishes(65, "a", attempts: 2)
        script.ready(65, "b", after: "a")
        script.starts(66, "b", 1, part: .condition)
        let no = AttemptEnd(Outcome(.condition), exitCode: 1)
        script.ends(67, "b", 1, part: .condition, no)
        script.finishes(67, "b", Outcome(.condition), attempts: 0)
        script.finishes(67, "c", Outcome(.dependency), attempts: 0, because: "b")
        script.ends(68, run: RunEnd(.success))
        return script
    }

    @Test(arguments: [("failed", Runs.failedScript()), ("crashed", crashed())])
    func `accounts as the run's span does`(name: String, script: RunScript) throws {
        let run = Runs.folded(script)
        #expect(run.inconsistencies.isEmpty)
        let span = try #require(SpanFold.spans(of: script.events).last)
        func value(_ key: AttributeKey) -> SpanAttributes.Value? {
            span.attributes.entries.first { $0.key == key }?.value
        }
        let accounts = run.accounts()
        let path = try #require(run.criticalPath)
        #expect(value(.timeWaiting) == .seconds(nanoseconds: accounts.waiting.wholeNanoseconds))
        #expect(value(.timeRunning) == .seconds(nanoseconds: accounts.running.wholeNanoseconds))
        #expect(value(.timeWasted) == .seconds(nanoseconds: accounts.wasted.wholeNanoseconds))
        #expect(value(.criticalPathSteps) == .texts(path.steps))
        #expect(
            value(.criticalPathDuration) == .seconds(nanoseconds: path.duration.wholeNanoseconds)
        )
        guard case .double(let efficiency) = value(.parallelEfficiency) else {
            Issue.record("the span has no efficiency")
            return
        }
        #expect(abs(efficiency - (accounts.parallelEfficiency ?? 0)) < 1e-9)
    }
}
