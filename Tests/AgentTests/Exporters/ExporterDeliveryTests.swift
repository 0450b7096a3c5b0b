import Agent
import Journal
import Pipeline
import TestSupport
import Testing
import Transport

/// G3 and G2: what reaches the collector, and how often.
@Suite(.timeLimit(.minutes(2)))
struct ExporterDeliveryTests {
    let fixture = ExportFixture()

    @Test func `a finished run arrives whole, once, and its cursor is done`() throws {
        let collector = try LoopbackCollector()
        let run = try fixture.makeRun(steps: 3)
        let exporter = try fixture.exporter(fixture.settings(to: collector.endpoint))
        exporter.follow(run.folder, run.journal)
        let summary = exporter.finish()
        #expect(summary.isComplete)
        #expect("\(summary)" == "7 accepted by \(collector.endpoint)")
        let received = try ReceivedSpans(collector.bodies())
        #expect(received.ids == run.expectedSpans && received.copies == 7)
        #expect(try run.folder.exportCursor()?.isDone == true)
        #expect(exporter.finish() == summary)
    }

    @Test func `a live run is sent behind its synced watermark only`() throws {
        let collector = try LoopbackCollector()
        let run = try fixture.makeRun(steps: 2, isFinished: false)
        try run.append(synced: false) { script in
            script.succeeds("unsynced", at: 9)
            script.ends(10, run: RunEnd(.success))
        }
        let exporter = try fixture.exporter(fixture.settings(to: collector.endpoint))
        exporter.follow(run.folder, run.journal)
        #expect(exporter.finish().isComplete)
        #expect(try ReceivedSpans(collector.bodies()).copies == 4)
        #expect(try run.folder.exportCursor()?.isDone == false)

        // The process ends; the next one finds the rest, and only that.
        _ = run.letGo()
        let summary = try fixture.sendBacklog(to: collector.endpoint)
        #expect(summary.statistics.backlog.accepted == 3)
        let received = try ReceivedSpans(collector.bodies())
        #expect(received.ids == run.expectedSpans && received.copies == 7)
    }

    @Test func `large runs go in batches, and every span arrives once`() throws {
        let collector = try LoopbackCollector()
        let run = try fixture.makeRun(steps: 1_500)
        let exporter = try fixture.exporter(fixture.settings(to: collector.endpoint))
        exporter.follow(run.folder, run.journal)
        let summary = exporter.finish(within: .seconds(60))
        #expect(summary.isComplete, "\(summary)")
        let received = try ReceivedSpans(collector.bodies())
        #expect(received.ids == run.expectedSpans && received.copies == 3_001)
        #expect(try collector.stats().requests == 6)
    }

    @Test func `partial success is counted and not sent again`() throws {
        let collector = try LoopbackCollector(script: "partial:2")
        let run = try fixture.makeRun(steps: 3)
        let exporter = try fixture.exporter(fixture.settings(to: collector.endpoint))
        exporter.follow(run.folder, run.journal)
        let summary = exporter.finish()
        #expect("\(summary)" == "5 accepted by \(collector.endpoint), 2 rejected")
        _ = run.letGo()
        _ = try fixture.sendBacklog(to: collector.endpoint)
        #expect(try collector.stats().requests == 1)
    }

    @Test func `an older cursor costs a second copy, the same to the byte`() throws {
        let collector = try LoopbackCollector()
        let run = try fixture.makeRun(steps: 5)
        let exporter = try fixture.exporter(fixture.settings(to: collector.endpoint))
        exporter.follow(run.folder, run.journal)
        exporter.finish()
        _ = run.letGo()
        try run.folder.setExportCursor(ExportCursor(sequence: 7, isDone: false))
        _ = try fixture.sendBacklog(to: collector.endpoint)
        let received = try ReceivedSpans(collector.bodies())
        #expect(received.ids == run.expectedSpans)
        #expect(received.ambiguous.isEmpty)
        // Five events a step, so the second step's attempt and step ended behind event 7.
        #expect(received.copies == 11 + 9)
    }

    @Test func `a damaged cursor is taken for none`() throws {
        let collector = try LoopbackCollector()
        let run = try fixture.makeRun(steps: 2)
        _ = run.letGo()
        try fixture.state.storage.replaceFile(
            run.folder.exportPath,
            with: Array("{\"seq\":".utf8),
            synced: false
        )
        _ = try fixture.sendBacklog(to: collector.endpoint)
        #expect(try ReceivedSpans(collector.bodies()).ids == run.expectedSpans)
        #expect(try run.folder.exportCursor()?.isDone == true)
    }

    @Test func `a lost answer costs a second copy, and no more`() throws {
        let collector = try LoopbackCollector(script: "lost,ok")
        let run = try fixture.makeRun(steps: 2)
        _ = run.letGo()
        var delays = ExportGate.Delays()
        delays.retryMinimum = .milliseconds(10)
        let exporter = try fixture.exporter(
            fixture.settings(to: collector.endpoint, delays: delays)
        )
        let summary = exporter.finish(.everything, within: .seconds(30))
        #expect(summary.statistics.isBacklogDrained)
        let received = try ReceivedSpans(collector.bodies())
        #expect(received.ids == run.expectedSpans && received.ambiguous.isEmpty)
        #expect(received.copies == 10)
    }

    @Test func `a run that is sampled out is passed over for good`() throws {
        let collector = try LoopbackCollector()
        let run = try fixture.makeRun(isSampled: false)
        _ = run.letGo()
        _ = try fixture.sendBacklog(to: collector.endpoint)
        #expect(try collector.stats().requests == 0)
        #expect(try run.folder.exportCursor()?.isDone == true)
    }

    @Test func `a run that was not to be exported is left alone`() throws {
        let collector = try LoopbackCollector()
        let run = try fixture.makeRun(isExported: false)
        _ = run.letGo()
        _ = try fixture.sendBacklog(to: collector.endpoint)
        #expect(try collector.stats().requests == 0)
        #expect(try run.folder.exportCursor() == nil)
    }

    @Test func `requests say who sends them and carry the headers asked for`() throws {
        let collector = try LoopbackCollector()
        let run = try fixture.makeRun()
        var settings = fixture.settings(to: collector.endpoint)
        settings.headers = [.init("Authorization", "Bearer abc")]
        let exporter = try fixture.exporter(settings)
        exporter.follow(run.folder, run.journal)
        exporter.finish()
        let headers = try collector.lastHeaders()
        let agent = #""user-agent": "weir/0.1 OTel-OTLP-Exporter-Swift/0.1""#
        #expect(headers.contains(agent), "\(headers)")
        #expect(headers.contains(#""content-type": "application/json""#))
        #expect(headers.contains(#""authorization": "Bearer abc""#))
    }
}
