import Journal
import Pipeline
import Telemetry
import TestSupport
import Testing

@testable import Agent

/// What children sent goes on to where its signal goes, as it came.
@Suite(.timeLimit(.minutes(10)))
struct ExporterReceivedTests {
    let fixture = ExportFixture()

    private func body(
        _ signal: OTLPSignal,
        _ encoding: OTLPEncoding,
        _ bytes: [UInt8],
        items: Int = 1
    ) -> ReceivedBody {
        ReceivedBody(
            signal: signal,
            encoding: encoding,
            items: items,
            attempt: AttemptRef(step: "s0", number: 1),
            at: RunScript.start,
            bytes: bytes
        )
    }

    /// All signals go to one collector, but where `elsewhere` says.
    private func exporter(
        _ collector: LoopbackCollector,
        _ elsewhere: [OTLPSignal: LoopbackCollector] = [:],
        withBacklog: Bool = true
    ) throws -> TelemetryExporter {
        var settings: [OTLPSignal: ExportSettings] = [:]
        for signal in OTLPSignal.allCases {
            let base = (elsewhere[signal] ?? collector).base
            settings[signal] = fixture.settings(to: "\(base)/\(signal.path)")
        }
        return try TelemetryExporter(settings, backlog: withBacklog ? fixture.state : nil) { 0.5 }
    }

    private func spool(_ folder: RunFolder, _ bodies: [ReceivedBody]) throws -> ReceivedSpool {
        let spool = ReceivedSpool(folder, try #require(bodies.first).signal)
        try spool.recover()
        for body in bodies { try spool.append(body) }
        try spool.sync()
        return spool
    }

    @Test func `bodies go to their signal's service with the type they came with`() throws {
        let collector = try LoopbackCollector()
        let run = try fixture.makeRun()
        let sent: [(OTLPSignal, OTLPEncoding, [UInt8])] = [
            (.traces, .protobuf, [0x0A, 0x00]), (.metrics, .json, Array(#"{"a": 1}"#.utf8)),
            (.logs, .protobuf, Array(repeating: 0xC3, count: 900_000)),
        ]
        let exporter = try exporter(collector, withBacklog: false)
        exporter.follow(run.folder, run.journal)
        for (signal, encoding, bytes) in sent {
            let spool = try spool(run.folder, [body(signal, encoding, bytes, items: 3)])
            exporter.follow(
                ExportSource(
                    run.folder,
                    .received(signal),
                    before: { spool.synced },
                    isOver: { true }
                )
            )
        }
        let summary = exporter.finish(within: .seconds(60))
        #expect(summary.isComplete)
        #expect(summary[.traces].own.accepted == 5 + 3 && summary[.logs].own.accepted == 3)
        #expect(summary.description.contains("log records 3 accepted by \(collector.base)/v1/logs"))
        let others = try collector.others()
        #expect(others.count == 3)
        for (signal, encoding, bytes) in sent {
            let other = try #require(others.first { $0.signal == signal.rawValue })
            #expect(other.type == encoding.mediaType && other.body == bytes)
            #expect(try run.folder.exportCursor(of: .received(signal))?.isDone == true)
        }
        #expect(try ReceivedSpans(collector.bodies()).ids == run.expectedSpans)
    }

    @Test func `a service that hangs holds up nothing but its own signal`() throws {
        let collector = try LoopbackCollector()
        let hanging = try LoopbackCollector(script: "hang")
        let run = try fixture.makeRun()
        let exporter = try exporter(collector, [.logs: hanging], withBacklog: false)
        let bodies = (1...9).map { body(.logs, .json, [UInt8($0)]) }
        let spool = try spool(run.folder, bodies)
        exporter.follow(
            ExportSource(run.folder, .received(.logs), before: { spool.synced })
        )
        exporter.follow(run.folder, run.journal)
        #expect(try collector.stats(after: 5).spans == 5)
        let summary = exporter.finish(within: .seconds(2))
        #expect(!summary.isComplete && summary[.traces].isDrained, "\(summary)")
        #expect(summary[.logs].own.accepted == 0 && summary[.logs].own.queued == 4)
        #expect(summary.description.contains("log records queued: collector did not answer"))
    }

    @Test func `what an ended process left is sent once by the next, and is done with`() throws {
        let collector = try LoopbackCollector()
        let run = try fixture.makeRun()
        try spool(run.folder, (1...5).map { body(.traces, .protobuf, [$0]) }).close()
        let folder = run.letGo()
        let first = try exporter(collector).finish(.everything, within: .seconds(60))
        #expect(first.isBacklogComplete)
        #expect(first[.traces].backlog.accepted == 5 + 5)
        // Four are on their way at once.
        #expect(Set(try collector.others().map(\.body)) == Set((1...5).map { [$0] }))
        #expect(try folder.exportCursor(of: .received(.traces))?.isDone == true)
        #expect(try !folder.isUnsent)
        let second = try exporter(collector).finish(.everything, within: .seconds(60))
        #expect(second[.traces].backlog.accepted == 0)
        #expect(try collector.others().count == 5)
    }

    /// Sends the run on request, to the collector that it is sent to by itself or to another.
    private func request(
        _ folder: RunFolder,
        _ collector: LoopbackCollector,
        isElsewhere: Bool = false
    ) throws -> ExportSummary {
        let base = ["OTEL_EXPORTER_OTLP_ENDPOINT": collector.base]
        let usual = OTelConfiguration(environment: base)
        return try RunExport(usual, to: isElsewhere ? collector.base : nil)
            .send([folder], within: .seconds(60))
    }

    @Test func `a request for an interrupted run leaves what comes later to be sent`() throws {
        let collector = try LoopbackCollector()
        let run = try fixture.makeRun(isFinished: false)
        try spool(run.folder, [body(.logs, .json, [1])]).close()
        let folder = run.letGo()
        #expect(try request(folder, collector)[.logs].own.accepted == 1)
        #expect(try folder.exportCursor(of: .received(.logs))?.isDone == false)
        try spool(folder, [body(.logs, .json, [2])]).close()
        let rest = try exporter(collector).finish(.everything, within: .seconds(60))
        #expect(rest[.logs].backlog.accepted == 1)
        #expect(try collector.others().map(\.body) == [[1], [2]])
    }

    @Test func `a request sends all of a run, and no cursor goes back`() throws {
        let collector = try LoopbackCollector()
        let run = try fixture.makeRun()
        try spool(run.folder, (1...3).map { body(.logs, .json, [$0]) }).close()
        let folder = run.letGo()
        try folder.setExportCursor(
            ExportCursor(sequence: 2, isDone: false),
            of: .received(.logs)
        )
        #expect(try request(folder, collector, isElsewhere: true)[.logs].own.accepted == 3)
        let cursor = try folder.exportCursor(of: .received(.logs))
        #expect(cursor == ExportCursor(sequence: 2, isDone: false), "elsewhere is not sent")
        #expect(try folder.isUnsent)
        let refusing = try LoopbackCollector(script: "503")
        let usual = OTelConfiguration(environment: ["OTEL_EXPORTER_OTLP_ENDPOINT": refusing.base])
        _ = try RunExport(usual, to: nil).send([folder], within: .milliseconds(200))
        #expect(try folder.exportCursor(of: .received(.logs)) == cursor)
        #expect(try request(folder, collector)[.logs].own.accepted == 3)
        #expect(try !folder.isUnsent)
        #expect(try request(folder, collector)[.logs].own.accepted == 3, "sent again")
        #expect(try collector.others().count == 9)
    }

    @Test func `who finds another process at it has not sent everything`() throws {
        let collector = try LoopbackCollector()
        let lock = try fixture.state.takeExportLock()
        let summary = try exporter(collector).finish(.onRequest, within: .milliseconds(100))
        #expect(!summary.isBacklogComplete)
        #expect(summary.backlogDescription == "another process is sending what is unsent")
        _ = consume lock
    }

    @Test func `what waits longest is told of bodies, too`() throws {
        let collector = try LoopbackCollector(script: "503")
        let run = try fixture.makeRun(isExported: false)
        try spool(run.folder, [body(.logs, .json, [1])]).close()
        _ = run.letGo()
        let summary = try exporter(collector).finish(.everything, within: .milliseconds(300))
        #expect(summary[.logs].oldestQueued == RunScript.start)
    }

    @Test func `a run of which only a body is unsent is kept by retention`() throws {
        let run = try fixture.makeRun(isExported: false)
        try spool(run.folder, [body(.metrics, .json, [1])]).close()
        let folder = run.letGo()
        #expect(try #require(folder.facts()).isUnsent)
        try folder.setExportCursor(
            ExportCursor(sequence: 1, isDone: true),
            of: .received(.metrics)
        )
        #expect(try !#require(folder.facts()).isUnsent)
    }

    @Test func `a run that is taken up sends on what comes then, and nothing twice`() throws {
        let collector = try LoopbackCollector()
        let run = try fixture.makeRun(isFinished: false)
        try spool(run.folder, [body(.logs, .json, [1])]).close()
        let folder = run.letGo()
        let first = try exporter(collector).finish(.everything, within: .seconds(60))
        #expect(first[.logs].backlog.accepted == 1)
        #expect(try folder.exportCursor(of: .received(.logs))?.isDone == false)
        let spool = try spool(folder, [body(.logs, .json, [2])])
        let second = try exporter(collector, withBacklog: false)
        second.follow(
            ExportSource(folder, .received(.logs), before: { spool.synced }, isOver: { true })
        )
        #expect(second.finish(within: .seconds(60))[.logs].own.accepted == 1)
        #expect(try collector.others().map(\.body) == [[1], [2]])
    }

    @Test func `a body that is refused for good is counted and passed over`() throws {
        let collector = try LoopbackCollector(script: "poison:bad")
        let run = try fixture.makeRun()
        let texts = ["good", "bad", "fine"]
        let spool = try spool(
            run.folder,
            texts.map { body(.logs, .json, Array($0.utf8), items: 7) }
        )
        let exporter = try exporter(collector, withBacklog: false)
        exporter.follow(
            ExportSource(run.folder, .received(.logs), before: { spool.synced }, isOver: { true })
        )
        let summary = exporter.finish(within: .seconds(60))
        #expect(summary[.logs].own.accepted == 14 && summary[.logs].own.rejected == 7)
        #expect(
            Set(try collector.others().map(\.body)) == [Array("good".utf8), Array("fine".utf8)]
        )
        #expect(try run.folder.exportCursor(of: .received(.logs))?.isDone == true)
    }
}
