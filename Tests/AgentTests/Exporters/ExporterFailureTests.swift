import Agent
import Pipeline
import Telemetry
import TestSupport
import Testing

/// G3: a collector that is absent, refuses, hangs, flaps.
@Suite(.timeLimit(.minutes(10)))
struct ExporterFailureTests {
    let fixture = ExportFixture()

    struct Bad: CustomTestStringConvertible {
        var script: String
        var words: String
        /// How long the exit would wait, and is seen not to: a refusal ends it.
        var within: Duration = .seconds(60)
        var testDescription: String { script }
    }

    @Test(arguments: [
        Bad(script: "refuse", words: "queued: collector refused"),
        Bad(script: "500", words: "queued: collector answered 500"),
        Bad(script: "401", words: "queued: collector answered 401"),
        Bad(script: "307", words: "queued: collector answered 307"),
        Bad(script: "503", words: "queued: collector answered 503"),
        Bad(script: "429:60", words: "queued: collector answered 429"),
        Bad(script: "close", words: "queued: collector closed the connection"),
        Bad(
            script: "hang",
            words: "queued: collector did not answer in time",
            within: .seconds(3)
        ),
    ])
    func `the exit is not held up, the cursor stays, and the next start sends all`(
        _ bad: Bad
    ) throws {
        let collector = try LoopbackCollector(script: bad.script)
        let run = try fixture.makeRun(steps: 3)
        let exporter = try fixture.exporter(fixture.settings(to: collector.endpoint))
        exporter.follow(run.folder, run.journal)
        let start = ContinuousClock.now
        let summary = exporter.finish(within: bad.within)
        // Neither all the time it was given, nor that of a request (30 s).
        let took = ContinuousClock.now - start
        #expect(took < .seconds(25), "\(took)")
        #expect(!summary.isComplete)
        #expect("\(summary)" == bad.words)
        #expect(summary[.traces].own.queued == 7)
        #expect(try run.folder.exportCursor() == ExportCursor(sequence: 0, isDone: false))

        _ = run.letGo()
        try collector.setMode("ok")
        let next = try fixture.sendBacklog(to: collector.endpoint)
        #expect(next[.traces].isBacklogDrained)
        #expect(next[.traces].backlog.accepted == 7)
        let received = try ReceivedSpans(collector.bodies())
        #expect(received.ids == run.expectedSpans && received.copies == 7)
        #expect(try run.folder.exportCursor()?.isDone == true)
    }

    @Test func `a collector that calls everything bad gets each span alone, and once`() throws {
        let collector = try LoopbackCollector(script: "400")
        let run = try fixture.makeRun(steps: 3)
        let exporter = try fixture.exporter(fixture.settings(to: collector.endpoint))
        exporter.follow(run.folder, run.journal)
        let summary = exporter.finish(within: .seconds(20))
        #expect("\(summary)" == "0 accepted by \(collector.endpoint), 7 rejected")
        #expect(try collector.stats().requests == 13)
        #expect(try run.folder.exportCursor()?.isDone == true)
    }

    @Test func `one bad span does not take the others with it`() throws {
        let collector = try LoopbackCollector(script: "poison:attempt 77")
        let run = try fixture.makeRun(steps: 40, isFinished: false)
        try run.append { script in
            script.starts(50, "bad", 77)
            script.ends(51, "bad", 77)
            script.ends(52, run: RunEnd(.success))
        }
        let exporter = try fixture.exporter(fixture.settings(to: collector.endpoint))
        exporter.follow(run.folder, run.journal)
        let summary = exporter.finish(within: .seconds(20))
        #expect("\(summary)" == "81 accepted by \(collector.endpoint), 1 rejected")
        #expect(try ReceivedSpans(collector.bodies()).copies == 81)
    }

    @Test func `bodies that are too large are cut until they fit`() throws {
        let collector = try LoopbackCollector(script: "limit:9000")
        let run = try fixture.makeRun(steps: 100)
        let exporter = try fixture.exporter(fixture.settings(to: collector.endpoint))
        exporter.follow(run.folder, run.journal)
        #expect(exporter.finish(within: .seconds(30))[.traces].own.accepted == 201)
        let received = try ReceivedSpans(collector.bodies())
        #expect(received.ids == run.expectedSpans && received.copies == 201)
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func `whatever a flapping collector answers, every span arrives`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let moods = ["503*2", "close", "ok", "lost", "429", "500", "204", "garbage", "502", "ok*2"]
        let script = (0..<12).compactMap { _ in moods.randomElement(using: &random) }
        let collector = try LoopbackCollector(script: script.joined(separator: ",") + ",ok")
        let run = try fixture.makeRun(steps: 120)
        _ = run.letGo()
        var delays = ExportGate.Delays()
        delays.retryMinimum = .milliseconds(2)
        delays.parkMinimum = .milliseconds(5)
        let exporter = try fixture.exporter(
            fixture.settings(to: collector.endpoint, delays: delays, batchSpans: 16)
        )
        let summary = exporter.finish(.everything, within: .seconds(60))
        #expect(summary[.traces].isBacklogDrained, "seed \(seed): \(script)")
        let received = try ReceivedSpans(collector.bodies())
        #expect(received.ids == run.expectedSpans, "seed \(seed): \(script)")
        #expect(received.ambiguous.isEmpty, "seed \(seed): \(script)")
        #expect(summary[.traces].backlog.accepted == 241, "seed \(seed): \(script)")
    }

    @Test func `a gigabyte of thanks is thanks, and is cut short`() throws {
        let collector = try LoopbackCollector(script: "flood")
        let run = try fixture.makeRun(steps: 3)
        let exporter = try fixture.exporter(fixture.settings(to: collector.endpoint))
        exporter.follow(run.folder, run.journal)
        let summary = exporter.finish(within: .seconds(60))
        #expect(summary.isComplete && summary[.traces].own.accepted == 7)
        #expect(try run.folder.exportCursor()?.isDone == true)
        #expect(try ReceivedSpans(collector.bodies()).copies == 7)
    }

    @Test func `no call of the engine waits while the collector hangs`() throws {
        let collector = try LoopbackCollector(script: "hang")
        let runs = try (1...40).map { try fixture.makeRun(steps: 20, seed: $0) }
        let exporter = try fixture.exporter(
            fixture.settings(to: collector.endpoint, batchSpans: 16)
        )
        var slowest = Duration.zero
        for run in runs {
            let start = ContinuousClock.now
            exporter.follow(run.folder, run.journal)
            for _ in 0..<100 { exporter.noteSynced() }
            _ = exporter.statistics
            slowest = max(slowest, ContinuousClock.now - start)
        }
        // The collector never answers, and a request may take 30 s.
        #expect(slowest < .seconds(10), "\(slowest)")
        let start = ContinuousClock.now
        let summary = exporter.finish(within: .milliseconds(300))
        #expect(ContinuousClock.now - start < .seconds(25))
        #expect(!summary.isComplete)
        // Four batches, one event at the door, and not a span more is in memory.
        #expect(summary[.traces].own.queued <= 4 * 16 + 1)
    }

    @Test func `without a word from the collector nothing secret is shown`() throws {
        let run = try fixture.makeRun()
        let settings = fixture.settings(to: "http://user:pa55@127.0.0.1:1/x?key=s3cret#f")
        #expect(settings.shownEndpoint == "http://127.0.0.1:1/x")
        let exporter = try fixture.exporter(settings)
        exporter.follow(run.folder, run.journal)
        #expect("\(exporter.finish())" == "queued: collector refused")
    }
}
