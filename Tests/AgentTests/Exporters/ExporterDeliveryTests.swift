import Agent
import Glibc
import Journal
import Pipeline
import Telemetry
import TestSupport
import Testing
import Transport

/// Where the checker's libraries are.
private let venvPython = toolPath("../../.build/venv/bin/python")

/// G3 and G2: what reaches the collector, and how often.
@Suite(.timeLimit(.minutes(10)))
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
        #expect(summary[.traces].backlog.accepted == 3)
        let received = try ReceivedSpans(collector.bodies())
        #expect(received.ids == run.expectedSpans && received.copies == 7)
    }

    @Test func `spans arrive while their run goes on`() throws {
        let collector = try LoopbackCollector()
        let run = try fixture.makeRun(steps: 1, isFinished: false)
        var settings = fixture.settings(to: collector.endpoint)
        settings.linger = .milliseconds(20)
        let exporter = try fixture.exporter(settings)
        exporter.follow(run.folder, run.journal)
        #expect(try collector.stats(after: 2).spans == 2)
        // From here on only the journal's own sync tells the exporter.
        try run.append { $0.succeeds("later", at: 5) }
        #expect(try collector.stats(after: 4).spans == 4)
        try run.append { $0.ends(9, run: RunEnd(.success)) }
        #expect(try collector.stats(after: 5).spans == 5)
        #expect(exporter.finish().isComplete)
        #expect(try collector.stats().requests == 3)
    }

    @Test(.enabled(if: access(venvPython, X_OK) == 0, "needs .build/venv (Tests/Tools/setup.sh)"))
    func `the independent checker finds nothing amiss`() throws {
        let collector = try LoopbackCollector(script: "lost,503,ok")
        let runs = try (1...3).map { try fixture.makeRun(steps: 40, seed: $0) }
        for run in runs { _ = run.letGo() }
        var delays = ExportGate.Delays()
        delays.retryMinimum = .milliseconds(5)
        let settings = fixture.settings(to: collector.endpoint, delays: delays, batchSpans: 32)
        _ = try fixture.exporter(settings).finish(.everything, within: .seconds(30))
        let check = try ChildProcess([
            venvPython, toolPath("otlp_check.py"), collector.bodiesFile, "--expect-runs", "3",
            "--expect-attempts", "s7=1",
        ])
        let (output, status) = check.finish()
        #expect(status == 0, "\(output)")
        #expect(output.hasPrefix("ok: 243 spans of 3 runs"), "\(output)")
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
        #expect(summary[.traces].isBacklogDrained)
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
