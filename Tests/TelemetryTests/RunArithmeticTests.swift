import Pipeline
import Telemetry
import TestSupport
import Testing

struct CriticalPathTests {
    private func timing(
        _ step: String,
        after: String? = nil,
        _ ready: Double?,
        _ start: Double?,
        _ end: Double
    ) -> StepTiming {
        StepTiming(
            step: step,
            after: after,
            ready: ready.map(RunScript.at),
            firstStart: start.map(RunScript.at),
            end: RunScript.at(end)
        )
    }

    @Test func `walks back from the step that ended last`() {
        let path = CriticalPath([
            timing("a", 0, 0, 2),
            timing("b", 0, 0, 5),
            timing("c", after: "b", 5, 7, 8),
            timing("d", after: "a", 2, 2, 4),
        ])
        #expect(path.steps == ["b", "c"])
        #expect(path.running == .seconds(6))
        #expect(path.waiting == .seconds(2))
    }

    @Test func `passes through a skipped step and leaves it out`() {
        let path = CriticalPath([
            timing("load", 0, 0, 3),
            timing("index", after: "load", nil, nil, 3),
            timing("notify", after: "index", 3, 3, 4),
            timing("late", after: "notify", nil, nil, 9),
        ])
        #expect(path.steps == ["load", "notify"])
        #expect(path.running == .seconds(4))
    }

    @Test func `is empty when nothing started`() {
        #expect(CriticalPath([]).steps == [])
        #expect(CriticalPath([timing("a", 0, nil, 1)]).steps == [])
    }

    @Test func `ends in a circle too`() {
        let path = CriticalPath([
            timing("a", after: "b", 0, 0, 1), timing("b", after: "a", 0, 0, 2),
        ])
        #expect(path.steps.count == 2)
        #expect(CriticalPath([timing("a", after: "a", 0, 0, 1)]).steps == ["a"])
    }

    @Test func `keeps the longest steps of a very long chain, in their order`() {
        let timings = (0..<1_000).map { number in
            let start = Double(number) * 10
            // Every fourth takes longer: those are kept, and the first of the others.
            let length = number.isMultiple(of: 8) ? 9.0 : 1.0
            let after = number > 0 ? "s\(number - 1)" : nil
            return timing("s\(number)", after: after, start, start, start + length)
        }
        let path = CriticalPath(timings)
        #expect(path.steps.count == TraceLimits.criticalPathSteps)
        #expect(path.steps.prefix(5) == ["s0", "s1", "s2", "s3", "s8"])
        #expect(path.steps.last == "s992")
        #expect(path.running == .seconds(125 * 9 + 875))
    }
}

struct RunArithmeticTests {
    @Test func `tells useful, lost and waiting time apart`() {
        var script = RunScript.traced(steps: 2)
        script.ready(0, "a")
        script.starts(1, "a")
        script.ends(3, "a", .failure())
        script.add(3, .retryScheduled(step: "a", next: 2, until: RunScript.at(4)))
        script.starts(5, "a", 2)
        script.ends(8, "a", 2, .success())
        script.finishes(8, "a", attempts: 2)
        script.succeeds("b", from: 8, to: 10, after: "a")
        script.ends(10, run: RunEnd(.success))
        let attributes = script.spans.last?.attributes
        #expect(attributes?[.timeWaiting] == .seconds(nanoseconds: 3_000_000_000))
        #expect(attributes?[.timeRunning] == .seconds(nanoseconds: 5_000_000_000))
        #expect(attributes?[.timeWasted] == .seconds(nanoseconds: 2_000_000_000))
        #expect(attributes?[.parallelEfficiency] == .double(0.35))
        #expect(attributes?[.criticalPathSteps] == .texts(["a", "b"]))
        #expect(attributes?[.criticalPathDuration] == .seconds(nanoseconds: 9_000_000_000))
    }

    @Test func `counts a step once`() {
        var arithmetic = RunArithmetic()
        let timing = StepTiming(
            step: "a",
            ready: RunScript.at(0),
            firstStart: RunScript.at(1),
            end: RunScript.at(2)
        )
        arithmetic.countStep(timing, busyTime: 1_000_000_000)
        arithmetic.countStep(timing, busyTime: 1_000_000_000)
        #expect(arithmetic.finishedSteps == 1)
        #expect(arithmetic.waiting == .seconds(1))
        #expect(arithmetic.hasFinished("a"))
        #expect(!arithmetic.hasFinished("b"))
    }

    @Test func `has no efficiency without time or work`() {
        let arithmetic = RunArithmetic()
        #expect(arithmetic.parallelEfficiency(workers: 2, duration: .seconds(1)) == nil)
        var busy = RunArithmetic()
        busy.countStep(StepTiming(step: "a", end: RunScript.at(0)), busyTime: 0)
        #expect(busy.parallelEfficiency(workers: 2, duration: .zero) == nil)
        #expect(busy.parallelEfficiency(workers: 0, duration: .seconds(1)) == nil)
    }
}

struct FailureMessageTests {
    @Test(
        arguments: [
            (["one", "two"], "exit 2: two"),
            (["make: *** [all] Error 1", "done"], "exit 2: make: *** [all] Error 1"),
            (["Traceback (most recent call last):", "  ValueError: no"], "exit 2: ValueError: no"),
            (["  last  ", "", "  "], "exit 2: last"),
            (["", " "], "exit 2"),
            ([], "exit 2"),
        ] as [([String], String)]
    )
    func `takes the line that says most`(lines: [String], message: String) {
        #expect(FailureMessage.text(of: .failure(2, tail: lines)) == message)
    }

    @Test func `names the signal`() {
        #expect(
            FailureMessage.text(of: AttemptEnd(Outcome(.signal), signal: 11)) == "ended by SIGSEGV"
        )
        #expect(SignalName.text(9) == "SIGKILL")
        #expect(SignalName.text(31) == "SIGSYS")
        #expect(SignalName.text(0) == "signal 0")
        #expect(SignalName.text(.min) == "signal -2147483648")
    }

    @Test func `is one line of bounded length`() {
        let long = String(repeating: "ä", count: 5_000)
        let message = FailureMessage.text(of: .failure(2, tail: [long]))
        #expect(message.count == TraceLimits.messageCharacters)
        #expect(message.hasSuffix("…"))
        let end = AttemptEnd(Outcome(.launch), message: "first\nsecond " + long)
        #expect(FailureMessage.text(of: end) == "could not be started: first")
        #expect(FailureMessage.detail(of: end)?.count == TraceLimits.exceptionCharacters)
    }

    @Test(arguments: Reason.allCases)
    func `has words for every reason`(reason: Reason) {
        let text = FailureMessage.text(of: Outcome(reason))
        #expect(!text.isEmpty && !text.contains("_"))
    }
}
