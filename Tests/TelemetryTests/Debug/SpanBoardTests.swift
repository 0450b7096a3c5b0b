import Pipeline
import TestSupport
import Testing

@testable import Telemetry

struct SpanBoardTests {
    private let run = RunScript.run

    private func board(_ script: RunScript, since: Timestamp = RunScript.start) -> SpanBoard {
        var board = SpanBoard(since: since)
        // As an engine offers them: one turn after the other.
        for event in script.events { board.apply([event], of: run) }
        return board
    }

    private func row(_ board: SpanBoard, _ step: String?, _ part: SpanClass.Part) -> SpanTally? {
        board.tallies[SpanClass(pipeline: "daily-reports", step: step, part: part)]
    }

    private func open(_ board: SpanBoard) -> [String: OpenSpan] {
        var found: [String: OpenSpan] = [:]
        board.forEachOpen { found["\($0.part.name) \($1.name)"] = $1 }
        return found
    }

    private var failing: RunScript {
        var script = RunScript.traced(steps: 2)
        script.ready(0, "load")
        script.starts(0, "load", part: .condition)
        script.ends(0.02, "load", 1, part: .condition, .success())
        script.starts(0.02, "load")
        script.ends(2, "load", .failure(2, tail: ["ERROR: no table"]))
        script.add(2, .retryScheduled(step: "load", next: 2, until: RunScript.at(3)))
        script.starts(3, "load", 2)
        script.ends(15, "load", 2, .failure(2, tail: ["ERROR: no table"]))
        script.finishes(15, "load", .exit, attempts: 2)
        script.starts(15, "load", part: .compensation)
        script.ends(15.1, "load", 1, part: .compensation, .success())
        script.ends(15.1, run: RunEnd(.exit, step: "load"))
        return script
    }

    @Test func `counts each span in its class, by how long it took`() throws {
        let board = board(failing)
        let counts = board.tallies.keys.sorted().map { spanClass -> String in
            let buckets = board.tallies[spanClass]?.buckets.map(\.count) ?? []
            let filled = zip(SpanTally.labels, buckets).filter { $0.1 > 0 }
            let words = filled.map { "\($0.1)≥\($0.0)" }.joined(separator: " ")
            return "\(spanClass.step ?? "-") \(spanClass.part.name) \(words)"
        }
        #expect(
            counts == [
                "- run 1≥10s", "load step 1≥10s", "load if 1≥10ms", "load attempt 1≥1s 1≥10s",
                "load wait 1≥1s", "load compensate 1≥100ms",
            ]
        )
        #expect(row(board, "load", .attempt)?.failed.count == 2)
        #expect(row(board, "load", .compensation)?.failed.count == 0)
        #expect(row(board, nil, .run)?.failed.latest.map(\.name) == ["RUN daily-reports"])
        let sample = try #require(row(board, "load", .attempt)?.failed.latest.last)
        #expect(sample.name == "attempt 2")
        #expect(sample.events.isEmpty && sample.droppedEvents == 1, "counted, not kept")
        #expect(open(board).isEmpty)
    }

    @Test(arguments: [(Int64(0), 0), (9_999, 0), (10_000, 1), (99_999_999_999, 7), (.max, 10)])
    func `a bucket begins with its bound`(nanoseconds: Int64, bucket: Int) {
        var tally = SpanTally()
        var span = RunScript.traced().spanOfRun
        span.start = Timestamp(nanoseconds: 0)
        span.end = Timestamp(nanoseconds: nanoseconds)
        _ = tally.add(span, room: 9)
        #expect(tally.buckets.map(\.count).firstIndex(of: 1) == bucket)
        #expect(tally.finished == 1)
    }

    @Test func `shows what is open, as it will be called`() throws {
        var script = RunScript.traced(steps: 3)
        script.ready(0, "load")
        script.starts(1, "load", pid: 77)
        script.ready(2, "wait")
        script.add(2, .stepBlocked(step: "wait", GateWait(.pool, "db")))
        let board = board(script)
        let open = open(board)
        #expect(
            open.keys.sorted() == [
                "attempt attempt 1", "run RUN daily-reports", "step load", "step wait",
                "wait wait pool",
            ]
        )
        let attempt = try #require(open["attempt attempt 1"])
        #expect(attempt.pid == 77)
        #expect(attempt.start == RunScript.at(1))
        // The same ids that the finished spans will have.
        script.ends(3, "load", .success())
        let finished = try #require(script.spans.last)
        #expect(attempt.spanID == finished.spanID && attempt.parentID == finished.parentID)
        #expect(open["run RUN daily-reports"]?.parentID == nil)
        var undoing = failing
        undoing = RunScript.cut(undoing, before: 15.1)
        #expect(self.open(self.board(undoing))["compensate compensate load"]?.pid == 4_242)
    }

    @Test func `a run that is taken up counts only what ended here`() {
        let whole = failing.events
        let half = whole.count / 2
        var elsewhere = SpanBoard(since: RunScript.at(4))
        elsewhere.apply(whole, of: run)
        #expect(row(elsewhere, "load", .attempt)?.finished == 1, "the first ended before")
        #expect(row(elsewhere, "load", .condition) == nil)
        var here = SpanBoard(since: RunScript.start)
        here.apply(Array(whole[..<half]), of: run)
        here.close(run)
        #expect(open(here).isEmpty)
        here.apply(Array(whole[..<half]), of: run)
        #expect(!open(here).isEmpty)
        here.apply(Array(whole[half...]), of: run)
        #expect(row(here, "load", .attempt)?.finished == 2, "the first is not counted again")
        #expect(row(here, nil, .run)?.finished == 1)
    }

    @Test func `a run of which events are missing is left out, and counted`() {
        var board = SpanBoard(since: RunScript.start)
        let events = failing.events
        board.apply(Array(events[..<3]), of: run)
        board.apply(Array(events[4...]), of: run)
        #expect(board.runsLost == 1)
        #expect(open(board).isEmpty)
        #expect(board.tallies.isEmpty)
        board.apply([], of: run)
        board.close(run)
        board.apply(events, of: run)
        #expect(row(board, nil, .run)?.finished == 1, "as soon as it is whole")
    }

    @Test func `classes and samples are bounded, and what is too much is counted`() {
        var board = SpanBoard(since: RunScript.start)
        for number in 1...1_500 {
            var started = makeStart(
                run: RunID(high: 1, low: UInt64(number)),
                pipeline: "p\(number)"
            )
            started.trace = TraceContext(run: started.run)
            var script = RunScript()
            script.add(0, .runStarted(started))
            script.succeeds("load", from: 0, to: 1)
            script.ends(1, run: RunEnd(.success))
            board.apply(script.events, of: started.run)
        }
        #expect(board.tallies.count <= 1_024 + SpanClass.Part.allCases.count)
        let finished = board.tallies.values.reduce(0) { $0 + $1.finished }
        #expect(finished == 4_500, "none is forgotten")
        let other = SpanClass(pipeline: "__other__", step: nil, part: .run)
        #expect(board.tallies[other]?.finished ?? 0 > 1_000)
        let kept = board.tallies.values.flatMap(\.buckets).reduce(0) { $0 + $1.latest.count }
        #expect(kept <= 2_048)
        #expect(kept + board.samplesDropped <= 4_500)
        var many = SpanTally()
        let span = RunScript.traced().spanOfRun
        for _ in 0..<100 { _ = many.add(span, room: 100) }
        #expect(many.buckets.map(\.latest.count).max() == 2)
        #expect(many.add(span, room: 0).dropped == 0, "a newer one takes an older one's place")
        var full = SpanTally()
        #expect(full.add(span, room: 0).dropped == 1)
        #expect(full.finished == 1)
    }

    @Test func `a pipeline of thousands of steps leaves the others their rows`() {
        var script = RunScript.traced(steps: 3_000)
        for step in 0..<2_000 { script.succeeds("s\(step)", from: 0, to: 1) }
        for step in 2_000..<3_000 { script.ready(1, "s\(step)") }
        var board = board(script)
        var started = makeStart(run: RunID(high: 1, low: 1), pipeline: "small")
        started.trace = TraceContext(run: started.run)
        var small = RunScript()
        small.add(0, .runStarted(started))
        small.succeeds("only", from: 0, to: 1)
        small.ends(1, run: RunEnd(.success))
        board.apply(small.events, of: started.run)
        #expect(board.tallies[SpanClass(pipeline: "small", step: "only", part: .step)] != nil)
        let table = SpanTable(board, SpanTable.Query(), sampler: "", at: RunScript.at(2))
        #expect(table.rows.count < 300)
        let rest = SpanClass(pipeline: "daily-reports", step: "__other__", part: .step)
        #expect(table.rows.first { $0.spanClass == rest }?.open == 1_000)
        #expect(table.rows.reduce(0) { $0 + $1.open } == 1_001)
        #expect(table.rows.contains { $0.spanClass.part == .run && $0.spanClass.step == nil })
        #expect(table.open.count == 100 && table.openOmitted == 901)
    }

    @Test(arguments: [UInt64(5), 6, 7])
    func `any list of events is taken`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let script = failing
        for _ in 0..<200 {
            var board = SpanBoard(since: RunScript.start)
            for event in script.events.shuffled(using: &random) {
                board.apply([event], of: run)
                if Int.random(in: 0..<20, using: &random) == 0 { board.close(run) }
            }
            let table = SpanTable(board, SpanTable.Query(), sampler: "x", at: RunScript.at(20))
            #expect(!table.json.isEmpty && !table.html.isEmpty)
        }
    }
}

extension RunScript {
    /// The one span of a run that ends at once.
    fileprivate var spanOfRun: FinishedSpan {
        var script = self
        script.ends(0, run: RunEnd(.success))
        return script.spans[0]
    }

    fileprivate static func cut(_ script: RunScript, before seconds: Double) -> RunScript {
        var kept = RunScript()
        for event in script.events where event.at < RunScript.at(seconds) {
            kept.add(Double(event.at.nanoseconds - RunScript.start.nanoseconds) / 1e9, event.event)
        }
        return kept
    }
}
