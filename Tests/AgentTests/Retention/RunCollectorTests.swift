import Glibc
import Journal
import Pipeline
import TestSupport
import Testing

@testable import Agent

/// Deleting whole runs, and nothing else.
struct RunCollectorTests {
    let bench = RetentionFixture()

    @Test func `the folder goes, and what the steps left, and nothing of others`() throws {
        let (old, young) = (try bench.make(1), try bench.make(2))
        let gone = [
            try bench.leaveOutputs(of: old), try bench.leaveOutputs(of: old, step: "b"),
        ]
        let stays = try bench.leaveOutputs(of: young)
        let report = try bench.collect(
            RetentionLimits(runs: 1, age: .seconds(1 << 40), bytes: .max)
        )
        #expect(report.deleted.map(\.run) == [old.id])
        #expect(report.deleted.first?.why == .count)
        #expect(report.deleted.first?.pipeline == "daily")
        #expect(report.bytes > 0)
        #expect(report.kept == [.limits: 1])
        #expect(try bench.names() == [young.id.description])
        for path in gone { #expect(!bench.exists(path)) }
        #expect(bench.exists(stays + "/result"))
    }

    @Test func `a dry run says the same and changes nothing`() throws {
        let old = try bench.make(1)
        let left = try bench.leaveOutputs(of: old)
        let dry = try bench.collect(isDry: true)
        #expect(dry.isDry)
        #expect(try bench.names() == [old.id.description])
        #expect(bench.exists(left + "/result"))
        let real = try bench.collect()
        #expect(real.deleted == dry.deleted)
    }

    @Test func `links are not followed, whoever put them there`() throws {
        let elsewhere = TemporaryDirectory()
        let run = try bench.make(1)
        let left = try bench.leaveOutputs(of: run)
        let name = String(left.split(separator: "/")[3])
        elsewhere.write("precious", "x")
        mkdir(elsewhere.path + "/" + name, 0o700)
        elsewhere.write(name + "/precious", "x")
        // A link among the outputs, in the place of a step's folder, and of the run's own.
        symlink(elsewhere.path, bench.state.path + "/" + left + "/link")
        symlink(elsewhere.path, bench.state.outputsPath + "/daily/b")
        mkdir(bench.state.outputsPath + "/daily/c", 0o700)
        symlink(elsewhere.path, bench.state.outputsPath + "/daily/c/" + name)
        symlink(elsewhere.path, run.path + "/logs")
        let report = try bench.collect()
        #expect(report.deleted.count == 1)
        #expect(report.remarks.isEmpty)
        #expect(!bench.exists(left))
        #expect(elsewhere.read("precious") == "x")
        #expect(elsewhere.read(name + "/precious") == "x")
    }

    @Test func `the whole of the outputs may be elsewhere: then it is not ours to look into`()
        throws
    {
        let elsewhere = TemporaryDirectory()
        let run = try bench.make(1)
        symlink(elsewhere.path, bench.state.path + "/outputs")
        let left = try bench.leaveOutputs(of: run)
        #expect(try bench.collect().deleted.count == 1)
        #expect(bench.exists(left + "/result"))
    }

    @Test func `what has not ended is kept, whoever runs it or does not`() throws {
        try bench.make(1, endsAt: .some(nil))
        let running = try bench.fixture.makeRun(2, suffix: 2)
        let finishing = try bench.fixture.makeRun(3, suffix: 3)
        try finishing.append([.runFinished(RunEnd(.success))])
        let report = try bench.collect()
        #expect(report.deleted.isEmpty)
        #expect(report.kept == [.interrupted: 1, .running: 2])
        #expect(try bench.names().count == 3)
        withExtendedLifetime((running, finishing)) {}
    }

    @Test func `a journal that is damaged anywhere is kept, and named`() throws {
        let runs = try (1...4).map { try bench.make($0) { $0.stepCount = 2 } }
        // In its first line, in the middle, in its last line, and no journal at all.
        try damage(runs[0]) { _ in 40 }
        try damage(runs[1]) { bytes in
            let second = "\u{7B}\"crc\":\"00000000\",\"seq\":2}\n"
            let end = (bytes.firstIndex(of: 10) ?? 0) + 1
            bytes.insert(contentsOf: Array(second.utf8), at: end)
            return nil
        }
        try damage(runs[2]) { $0.count - 10 }
        unlink(runs[3].journalPath)
        let report = try bench.collect()
        #expect(report.deleted.isEmpty)
        #expect(Set(report.remarks.map(\.run)) == [runs[0].id, runs[1].id, runs[3].id])
        // A torn last line is nothing unusual: the run has not ended.
        #expect(report.kept == [.unreadable: 3, .interrupted: 1])
        #expect(try bench.names().count == 4)
    }

    /// Changes one byte of the journal, or whatever `place` does.
    private func damage(_ run: RunFolder, _ place: (inout [UInt8]) -> Int?) throws {
        var bytes = try PosixStorage().readFile(run.journalPath, limit: 1 << 20)
        if let place = place(&bytes) { bytes[place] ^= 1 }
        try PosixStorage().replaceFile(run.journalPath, with: bytes, synced: false)
    }

    @Test func `unsent spans keep a run until it is too old, and an exporter at work any time`()
        throws
    {
        let unsent = try bench.make(1, isExported: true)
        let sent = try bench.make(2, isExported: true)
        try sent.setExportCursor(ExportCursor(sequence: 2, isDone: true))
        let report = try bench.collect()
        #expect(report.deleted.map(\.run) == [sent.id])
        #expect(report.kept == [.unsent: 1])

        let old = RetentionLimits(runs: 0, age: .seconds(60), bytes: .max)
        do {
            guard
                case .tail(let tail) = try ExportSource(
                    unsent,
                    .spans,
                    isBacklog: true,
                    before: { .max }
                ).open()
            else {
                Issue.record("the exporter cannot open it")
                return
            }
            let busy = try bench.collect(old)
            #expect(busy.kept == [.unsent: 1])
            withExtendedLifetime(tail) {}
        }
        #expect(try bench.collect(old).deleted.map(\.why) == [.age])
        guard case .nothing = try ExportSource(unsent, .spans, before: { .max }).open() else {
            Issue.record("there is something to send of a run that is gone")
            return
        }
    }

    @Test func `a run that a keyed start may ask for again is kept for a day`() throws {
        let key = RequestDigest(of: [1])
        try bench.make(1) { $0.request = RequestIdentity(key: key, content: key) }
        #expect(try bench.collect().kept == [.request: 1])
        let later = instant(1) + RequestIndex.age
        let report = try RunCollector(in: bench.state).collect(RetentionFixture.none, at: later)
        #expect(report.deleted.count == 1)
    }

    @Test func `many go in turns, the oldest first`() throws {
        let runs = try (1...70).map { try bench.make($0) }
        let first = try bench.collect(atMost: 40)
        #expect(first.deleted.map(\.run) == runs[..<40].map(\.id))
        #expect(first.hasMore)
        let second = try bench.collect(atMost: 40)
        #expect(second.deleted.map(\.run) == runs[40...].map(\.id))
        #expect(!second.hasMore)
    }

    @Test func `what comes of it can be told as JSON and read again`() throws {
        try bench.make(1)
        try bench.make(2, endsAt: .some(nil))
        let broken = try bench.make(3)
        unlink(broken.journalPath)
        let report = try bench.collect()
        #expect(report.deleted.count == 1 && report.kept.count == 2 && report.remarks.count == 1)
        #expect(RetentionReport(json: try JSONValue(parsing: report.json)) == report)
        #expect(RetentionReport(json: .object([])) == nil)
    }

    @Test func `a folder where nothing ever ran has nothing to delete`() throws {
        let report = try bench.collect()
        #expect(report == RetentionReport(folder: bench.state.runsPath))
    }
}
