import Pipeline
import TestSupport

/// A run of a random graph with retries, conditions, skips and crashes, as its events would tell.
struct RandomRun {
    private(set) var events: [RecordedEvent] = []
    private(set) var stepCount = 0
    /// Attempts and conditions.
    private(set) var attemptCount = 0
    /// Waits with a name that are long enough for a span.
    private(set) var waitCount = 0
    private var waitsFrom: Double?

    private var random: SeededRandom
    private var script = RunScript.traced()
    private var ends: [Double] = []

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        stepCount = Int.random(in: 1...25, using: &random)
        for step in 0..<stepCount { write(step) }
        let last = ends.max() ?? 0
        let outcome = random.oneIn(3) ? Outcome.exit : .success
        script.ends(last, run: RunEnd(outcome, step: outcome == .exit ? "step0" : nil))
        script.sort()
        events = script.events
    }

    private mutating func write(_ step: Int) {
        let name = "step\(step)"
        let needs = (0..<step).filter { _ in random.oneIn(3) }
        let after = needs.max { ends[$0] < ends[$1] }
        let ready = after.map { ends[$0] } ?? 0
        if random.oneIn(8) {
            script.finishes(
                ready,
                name,
                Outcome(.dependency),
                attempts: 0,
                because: after.map { "step\($0)" }
            )
            ends.append(ready)
            return
        }
        script.ready(ready, name, after: after.map { "step\($0)" })
        waitsFrom = nil
        if random.oneIn(3) {
            script.add(ready, .stepBlocked(step: name, GateWait(.pool, "db")))
            waitsFrom = ready
        }
        var time = ready
        if random.oneIn(4) {
            time = attempt(name, 1, .condition, from: time, random.oneIn(3) ? .condition : .exit)
        }
        let attempts = Int.random(in: 0...4, using: &random)
        for number in 0..<attempts {
            time = attempt(name, number + 1, .main, from: time, lastReason(number, of: attempts))
            if number + 1 < attempts {
                let until = RunScript.at(time + 0.5)
                waitsFrom = time
                script.add(time, .retryScheduled(step: name, next: number + 2, until: until))
            }
        }
        let isGood = attempts > 0 && !random.oneIn(4)
        script.finishes(time, name, isGood ? .success : .exit, attempts: attempts)
        ends.append(time)
    }

    private mutating func lastReason(_ number: Int, of attempts: Int) -> Reason {
        guard number + 1 < attempts else { return .exit }
        return [.exit, .signal, .timeout, .agentCrash, .oomKill].randomElement(using: &random)
            ?? .exit
    }

    private mutating func attempt(
        _ step: String,
        _ number: Int,
        _ part: StepPart,
        from: Double,
        _ reason: Reason
    ) -> Double {
        attemptCount += 1
        // Whole milliseconds, so that sums of times stay exact.
        let start = from + Double(Int.random(in: 0...300, using: &random)) / 1_000
        let end = start + Double(Int.random(in: 0...3_000, using: &random)) / 1_000
        if let from = waitsFrom, RunScript.at(start) - RunScript.at(from) >= .milliseconds(10) {
            waitCount += 1
        }
        waitsFrom = nil
        script.starts(start, step, number, part: part, pid: random.oneIn(5) ? nil : 77)
        var closing = AttemptEnd(Outcome(reason))
        var told = end
        if reason == .agentCrash {
            told = end + 1
            closing.endedAt = RunScript.at(end)
            let died = RunScript.at(end)
            script.add(told, .runResumed(RunResumed(recovery: number, diedAt: died)))
        }
        script.ends(told, step, number, part: part, closing)
        return told
    }
}
