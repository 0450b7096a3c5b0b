import Agent
import Journal
import Pipeline
import Telemetry
import TestSupport
import Testing

/// Whose runs an exporter may send.
@Suite(.timeLimit(.minutes(10)))
struct ExporterBacklogTests {
    let fixture = ExportFixture()

    @Test func `runs of dead processes go out, oldest first`() throws {
        let collector = try LoopbackCollector()
        var expected: [SpanID] = []
        for seed in UInt64(1)...5 {
            let run = try fixture.makeRun(steps: 1, seed: seed)
            _ = run.letGo()
            expected += [try #require(run.expectedSpans.min { $0.value < $1.value })]
        }
        let summary = try fixture.sendBacklog(to: collector.endpoint)
        #expect(summary[.traces].backlog.accepted == 15)
        #expect(summary[.traces].own.accepted == 0)
        let body = try #require(collector.bodies().first)
        let places = try expected.map { id in
            try #require(body.firstRange(of: "\"spanId\":\"\(id)\"")).lowerBound
        }
        #expect(places == places.sorted())
    }

    @Test func `a long history is looked through, to the last run`() throws {
        let collector = try LoopbackCollector()
        for seed in UInt64(1)...150 {
            let run = try fixture.makeRun(steps: 1, seed: seed)
            if seed % 75 != 0 {
                try run.folder.setExportCursor(ExportCursor(sequence: 7, isDone: true))
            }
            _ = run.letGo()
        }
        let summary = try fixture.sendBacklog(to: collector.endpoint)
        #expect(summary.backlogDescription == "6 accepted by \(collector.endpoint)")
        #expect(try collector.stats().requests == 1)
    }

    @Test func `a run that somebody runs is not touched`() throws {
        let collector = try LoopbackCollector()
        let run = try fixture.makeRun()
        let summary = try fixture.sendBacklog(to: collector.endpoint)
        #expect(summary[.traces].isBacklogDrained)
        #expect(try collector.stats().requests == 0)
        #expect(try run.folder.exportCursor()?.sequence == 0)
        withExtendedLifetime(run) {}
    }

    @Test func `an interrupted run gives what has ended, and waits for the rest`() throws {
        let collector = try LoopbackCollector()
        let run = try fixture.makeRun(steps: 3, isFinished: false)
        _ = run.letGo()
        let summary = try fixture.sendBacklog(to: collector.endpoint)
        #expect(summary[.traces].backlog.accepted == 6)
        // Event 1 and five for each step, of which the last one ends the step.
        #expect(
            try run.folder.exportCursor() == ExportCursor(sequence: 16, isDone: false)
        )
    }

    @Test func `only the holder of the lock sends what others left`() throws {
        let collector = try LoopbackCollector()
        let run = try fixture.makeRun()
        _ = run.letGo()
        let lock = try fixture.state.takeExportLock()
        let summary = try fixture.sendBacklog(to: collector.endpoint)
        #expect(summary.backlogDescription == "another process is sending what is unsent")
        #expect(try collector.stats().requests == 0)
        withExtendedLifetime(lock) {}
    }

    @Test func `a corrupt journal gives what stands before the damage, and stops nobody`() throws {
        let collector = try LoopbackCollector()
        let bad = try fixture.makeRun(steps: 2, seed: 1)
        let good = try fixture.makeRun(steps: 2, seed: 2)
        _ = bad.letGo()
        _ = good.letGo()
        var bytes = try fixture.state.storage.readFile(bad.folder.journalPath, limit: 1 << 20)
        // In the second step: behind the first step's two spans.
        bytes[bytes.count * 2 / 3] ^= 1
        try fixture.state.storage.replaceFile(bad.folder.journalPath, with: bytes, synced: false)
        _ = try fixture.sendBacklog(to: collector.endpoint)
        let received = try ReceivedSpans(collector.bodies())
        #expect(received.ids.isSuperset(of: good.expectedSpans))
        #expect(received.ids.isSubset(of: good.expectedSpans.union(bad.expectedSpans)))
        #expect(received.ids.count >= 7)
        #expect(try good.folder.exportCursor()?.isDone == true)
        #expect(try bad.folder.exportCursor()?.isDone == false)
    }

    @Test func `a torn last line is no obstacle`() throws {
        let collector = try LoopbackCollector()
        let run = try fixture.makeRun(steps: 2)
        _ = run.letGo()
        let bytes = try fixture.state.storage.readFile(run.folder.journalPath, limit: 1 << 20)
        let torn = Array(bytes.dropLast(20))
        try fixture.state.storage.replaceFile(run.folder.journalPath, with: torn, synced: false)
        let summary = try fixture.sendBacklog(to: collector.endpoint)
        #expect(summary[.traces].backlog.accepted == 4)
        #expect(try run.folder.exportCursor()?.isDone == false)
    }

    @Test func `an own run comes first, whatever lies about`() throws {
        let collector = try LoopbackCollector(script: "slow:0.2*1,ok")
        for seed in UInt64(10)...12 { _ = try fixture.makeRun(seed: seed).letGo() }
        let run = try fixture.makeRun(seed: 1)
        let exporter = try fixture.exporter(fixture.settings(to: collector.endpoint))
        exporter.follow(run.folder, run.journal)
        let summary = exporter.finish()
        #expect(summary.isComplete)
        #expect(summary[.traces].own.accepted == 5)
        #expect(try ReceivedSpans(collector.bodies()).ids.isSuperset(of: run.expectedSpans))
    }
}
