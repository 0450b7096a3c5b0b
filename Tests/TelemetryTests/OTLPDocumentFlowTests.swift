import Pipeline
import Telemetry
import TestSupport
import Testing

/// Whole documents of what happens around attempts: gates, caches, undoing, endings, limits.
struct OTLPDocumentFlowTests {
    @Test func `a step that the kernel ends for want of memory`() throws {
        var script = RunScript.traced()
        script.ready(0, "train")
        script.starts(0, "train")
        var end = AttemptEnd(
            Outcome(.oomKill),
            signal: 9,
            usage: .make(peakMemory: 4_294_967_296),
            executable: "/usr/bin/python3.12",
            tail: OutputTail(lines: ["epoch 3: loss 0.21"], totalLines: 3)
        )
        script.ends(30, "train", end)
        script.add(30, .retryScheduled(step: "train", next: 2, until: RunScript.at(31)))
        script.starts(31, "train", 2)
        end.isOOMDoubtful = true
        script.ends(60, "train", 2, end)
        script.finishes(60, "train", Outcome(.oomKill), attempts: 2)
        script.ends(60, run: RunEnd(Outcome(.oomKill), step: "train"))
        try Golden.expect(script.document(), matches: "oom")
    }

    @Test func `steps that are skipped for want of what they need`() throws {
        var script = RunScript.traced(steps: 3)
        script.ready(0, "fetch")
        script.starts(0, "fetch", part: .condition)
        let no = AttemptEnd(Outcome(.condition), exitCode: 1, executable: "bash")
        script.ends(0.02, "fetch", 1, part: .condition, no)
        script.finishes(0.02, "fetch", Outcome(.condition), attempts: 0)
        script.finishes(0.02, "clean", Outcome(.dependency), attempts: 0, because: "fetch")
        script.finishes(0.02, "index", Outcome(.dependency), attempts: 0, because: "clean")
        script.ends(0.02, run: RunEnd(.success))
        try Golden.expect(script.document(), matches: "skip")
    }

    @Test func `a run whose steps are undone`() throws {
        var script = RunScript.traced(steps: 2)
        script.ready(0, "reserve")
        script.starts(0, "reserve")
        script.ends(1, "reserve", .success())
        script.finishes(1, "reserve")
        script.ready(1, "pay", after: "reserve")
        script.starts(1, "pay")
        script.ends(2, "pay", .failure(4, tail: ["card refused"]))
        script.finishes(2, "pay", .exit)
        script.add(2, .runStopping(.failed(step: "pay")))
        script.starts(2, "reserve", 1, part: .compensation)
        script.ends(2.5, "reserve", 1, part: .compensation, .failure(75, tail: ["busy"]))
        let next = AttemptRef(step: "reserve", part: .compensation, number: 2)
        script.add(2.5, .retryScheduled(next, until: RunScript.at(3.5)))
        script.starts(3.5, "reserve", 2, part: .compensation)
        script.ends(4, "reserve", 2, part: .compensation, .success())
        let undone = CompensationEnd(.success, attempts: 2)
        script.add(4, .compensationFinished(step: "reserve", undone))
        script.ends(4, run: RunEnd(.exit, step: "pay"))
        try Golden.expect(script.document(), matches: "compensation")
    }

    @Test func `a step that waits for a place in a pool and at a breaker`() throws {
        var script = RunScript.traced()
        script.ready(0, "load")
        script.add(0, .stepBlocked(step: "load", GateWait(.pool, "db")))
        let closed = GateWait(.breaker, "site", until: RunScript.at(5))
        script.add(2, .stepBlocked(step: "load", closed))
        script.starts(5, "load")
        script.ends(6, "load", .success())
        script.add(6, .breakerChanged(breaker: "site", to: .closed))
        script.finishes(6, "load")
        script.ends(6, run: RunEnd(.success))
        try Golden.expect(script.document(), matches: "waits")
    }

    @Test func `what is done finally`() throws {
        var script = RunScript.traced(steps: 2, finally: ["notify"])
        script.ready(0, "load")
        script.starts(0, "load")
        script.ends(1, "load", .failure(2, tail: ["no such table"]))
        script.finishes(1, "load", .exit)
        script.ready(1, "notify", after: "load")
        script.starts(1, "notify")
        script.ends(1.5, "notify", .success())
        script.finishes(1.5, "notify")
        script.ends(1.5, run: RunEnd(.exit, step: "load"))
        try Golden.expect(script.document(), matches: "finally")
    }

    @Test func `work that is taken from elsewhere: a retried run and a cached step`() throws {
        let source = LinkedRun(run: RunID(high: 5, low: 6), trace: TraceID(high: 7, low: 8))
        let cached = LinkedRun(run: RunID(high: 3, low: 4), trace: TraceID(high: 9, low: 10))
        var script = RunScript.traced(steps: 3, retryOf: source)
        script.add(0, .stepReused(step: "collect", ReusedStep(from: source)))
        script.finishes(0, "collect", Outcome(.reused), attempts: 0)
        script.ready(0, "compile", after: "collect")
        script.add(0.01, .stepReused(step: "compile", ReusedStep(from: cached)))
        script.add(0.01, .outputReused(step: "compile", key: "objects", value: "12"))
        script.finishes(0.01, "compile", Outcome(.cacheHit), attempts: 0)
        script.succeeds("link", from: 0.01, to: 1, after: "compile")
        script.ends(1, run: RunEnd(.success))
        try Golden.expect(script.document(), matches: "reuse")
    }

    @Test func `a failure within narrow limits`() throws {
        let limits = SpanLimits(
            attributeCount: 4,
            attributeValueLength: 8,
            eventCount: 1,
            linkCount: 1,
            eventAttributeCount: 1,
            linkAttributeCount: 0
        )
        let source = LinkedRun(run: RunID(high: 5, low: 6), trace: TraceID(high: 7, low: 8))
        var script = RunScript.traced(limits: limits, retryOf: source)
        script.ready(0, "load")
        for number in 1...3 {
            let instant = Double(number)
            script.starts(instant, "load", number)
            script.ends(instant + 0.5, "load", number, .failure(2, tail: ["größer als größer"]))
            guard number < 3 else { continue }
            let until = RunScript.at(instant + 1)
            script.add(instant + 0.5, .retryScheduled(step: "load", next: number + 1, until: until))
        }
        script.finishes(3.5, "load", .exit, attempts: 3)
        script.add(3.5, .runStopping(.failed(step: "load")))
        script.ends(3.5, run: RunEnd(.exit, step: "load"))
        try Golden.expect(script.document(), matches: "limits")
    }
}
