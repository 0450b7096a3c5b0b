import Glibc
import Journal
import Pipeline
import Telemetry
import TestSupport
import Testing

@testable import Agent

/// One exporter at a time sends a run, whoever runs it: no span goes out twice.
@Suite(.timeLimit(.minutes(10)))
struct ExporterClaimTests {
    let fixture = ExportFixture()

    @Test func `a run that has ended is its exporter's until the collector has answered`() throws {
        let collector = try LoopbackCollector(script: "late:200*1,ok")
        let run = try fixture.makeRun()
        let patient = fixture.settings(to: collector.endpoint, timeout: .seconds(300))
        // What others left is not for it to send: `export.lock` is for the one that comes next.
        let first = try TelemetryExporter([.traces: patient], backlog: nil)
        first.follow(run.folder, run.journal)
        #expect(try collector.stats(after: 5).spans == 5)
        // It has not been told so, and the run is nobody's.
        _ = run.letGo()
        let other = try fixture.sendBacklog(to: collector.endpoint)
        #expect(other[.traces].backlog.accepted == 0)
        #expect(try ReceivedSpans(collector.bodies()).copies == 5)
        #expect(try run.folder.exportCursor()?.isDone == false)
        first.finish(within: .zero)
    }

    @Test func `what an exporter gave up, the next one sends`() throws {
        let collector = try LoopbackCollector(script: "hang")
        let run = try fixture.makeRun()
        let first = try fixture.exporter(fixture.settings(to: collector.endpoint))
        first.follow(run.folder, run.journal)
        _ = run.letGo()
        #expect(!first.finish(within: .milliseconds(50)).isComplete)
        try collector.setMode("ok")
        #expect(try fixture.sendBacklog(to: collector.endpoint)[.traces].backlog.accepted == 5)
        #expect(try ReceivedSpans(collector.bodies()).ids == run.expectedSpans)
    }

    @Test func `a run that is taken up while its past is being sent waits for that`() throws {
        let collector = try LoopbackCollector(script: "late:2*1,ok")
        let run = try fixture.makeRun(isFinished: false)
        let folder = run.letGo()
        let backlog = try fixture.exporter(fixture.settings(to: collector.endpoint))
        #expect(try collector.stats(after: 4).spans == 4)

        let taken = try folder.takeUp { _ in }
        let resumed = try fixture.exporter(fixture.settings(to: collector.endpoint))
        resumed.follow(folder, taken.owned.journal)
        let end = RecordedEvent(
            sequence: taken.last.sequence + 1,
            at: RunScript.at(10),
            event: .runFinished(RunEnd(.success))
        )
        var line: [UInt8] = []
        var codec = RunEventCodec()
        try codec.encode(end, into: &line)
        try taken.owned.journal.append(line)
        try taken.owned.journal.sync()

        #expect(try collector.stats(after: 5).spans == 5)
        #expect(resumed.finish(within: .seconds(30)).isComplete)
        backlog.finish(within: .seconds(30))
        let received = try ReceivedSpans(collector.bodies())
        #expect(received.copies == 5 && received.ids.count == 5)
        #expect(try folder.exportCursor()?.isDone == true)
    }

    @Test func `an exit does not wait for another exporter`() throws {
        let collector = try LoopbackCollector(script: "late:200*1,ok")
        let run = try fixture.makeRun()
        let folder = run.letGo()
        let patient = fixture.settings(to: collector.endpoint, timeout: .seconds(300))
        let backlog = try fixture.exporter(patient)
        #expect(try collector.stats(after: 5).spans == 5)
        let own = try fixture.exporter(fixture.settings(to: collector.endpoint))
        own.follow(ExportSource(folder, .spans, before: { .max }))
        let start = ContinuousClock.now
        let summary = own.finish(within: .seconds(150))
        #expect(ContinuousClock.now - start < .seconds(100))
        #expect(!summary.isComplete && summary.description.contains("another process"))
        backlog.finish(within: .zero)
    }

    @Test func `however many runs wait, few journals are open, and all are sent`() throws {
        var reading = ExportReading(backlog: nil, linger: .zero, batchSpans: 512)
        var outbox = ExportOutbox()
        var statistics = ExportStatistics()
        for seed in UInt64(1)...300 {
            let folder = try fixture.makeRun(steps: 1, seed: seed).letGo()
            reading.follow(ExportSource(folder, .spans, before: { .max }))
        }
        #expect(openJournals(of: fixture.state) == 0)
        var rounds: [Int] = []
        var spans = 0
        repeat {
            _ = reading.fill(&outbox, &statistics, ending: nil, at: .now)
            rounds.append(openJournals(of: fixture.state))
            while let (id, _) = outbox.next(onlyOldest: false) {
                spans += outbox.settle(id, .accepted(rejected: 0, warning: nil)).accepted
            }
            for mark in outbox.takeSettled() { try mark.source.settle(mark.cursor) }
            reading.releaseTails(besides: outbox)
        } while reading.canGoOn(ending: nil, at: .now)
        #expect(rounds == [128, 128, 44])
        #expect(spans == 900)
        #expect(openJournals(of: fixture.state) == 0)
    }

    @Test func `a run that its process has left behind holds no descriptor`() throws {
        let collector = try LoopbackCollector(script: "503")
        let exporter = try fixture.exporter(fixture.settings(to: collector.endpoint))
        var expected: Set<SpanID> = []
        for seed in UInt64(1)...100 {
            let run = try fixture.makeRun(steps: 1, seed: seed)
            exporter.follow(run.folder, run.journal)
            expected.formUnion(run.expectedSpans)
            // Here it goes, with its lock, as a session does.
        }
        // The writers' alone would be a hundred.
        let own = openJournals(of: fixture.state)
        #expect(own <= 100, "\(own) journals are open")
        try collector.setMode("ok")
        #expect(try collector.stats(after: 300).spans == 300)
        #expect(exporter.finish(within: .seconds(30)).isComplete)
        let received = try ReceivedSpans(collector.bodies())
        #expect(received.ids == expected && received.copies == 300)
        #expect(openJournals(of: fixture.state) == 0)
    }

    @Test func `an interrupted run is let go, and whoever takes it up has it`() throws {
        let collector = try LoopbackCollector()
        let run = try fixture.makeRun(isFinished: false)
        let first = try fixture.exporter(fixture.settings(to: collector.endpoint))
        first.follow(run.folder, run.journal)
        #expect(try collector.stats(after: 4).spans == 4)
        first.leave(run.folder.id)
        let folder = run.letGo()
        let deadline = ContinuousClock.now + .seconds(60)
        while openJournals(of: fixture.state) > 0 {
            try #require(ContinuousClock.now < deadline, "the exporter keeps the journal")
            _ = try collector.stats()
        }
        let taken = try folder.takeUp { _ in }
        let second = try fixture.exporter(fixture.settings(to: collector.endpoint))
        second.follow(folder, taken.owned.journal)
        #expect(second.finish(within: .seconds(30)).isComplete)
        first.finish(within: .seconds(30))
        #expect(try ReceivedSpans(collector.bodies()).copies == 4)
    }
}

/// How many descriptors of this process are journals of `state`.
private func openJournals(of state: StateFolder) -> Int {
    var count = 0
    var buffer = [CChar](repeating: 0, count: 4_096)
    for number in 0..<1_024 {
        let length = readlink("/proc/self/fd/\(number)", &buffer, buffer.count)
        guard length > 0 else { continue }
        let bytes = buffer[..<length].map(UInt8.init(bitPattern:))
        let path = String(decoding: bytes, as: UTF8.self)
        if path.hasPrefix(state.path), path.hasSuffix("/journal.jsonl") { count += 1 }
    }
    return count
}
