import Agent
import Glibc
import Journal
import Pipeline
import Telemetry
import TestSupport
import Testing

struct ReceivedSpoolTests {
    private let directory = TemporaryDirectory()
    private let folder: RunFolder

    init() {
        folder = RunFolder(id: RunID(high: 1, low: 2), path: directory.path)
    }

    private var path: String { folder.receivedPath(of: .traces) }

    private func fill(_ bodies: [ReceivedBody]) throws {
        let spool = ReceivedSpool(folder, .traces)
        for body in bodies { try spool.append(body) }
        try spool.sync()
    }

    /// As it was given, but for its place in the file.
    private func unplaced(_ bodies: [ReceivedBody]) -> [ReceivedBody] {
        bodies.map { body in
            var body = body
            body.sequence = 0
            return body
        }
    }

    @Test func `what was appended is read, whatever it is and whoever's`() throws {
        let bodies = [
            makeBody([], items: 0), makeBody([0]), makeBody([1, 2]), makeBody(noise(1_000)),
            makeBody(Array("{}".utf8), encoding: .json, attempt: nil),
            makeBody([7], attempt: AttemptRef(step: "a\"b", part: .condition, number: 3)),
            makeBody(
                [8],
                items: .max,
                attempt: AttemptRef(step: "u", part: .compensation, number: 1)
            ),
        ]
        try fill(bodies)
        let (read, report) = try readBodies(folder)
        #expect(unplaced(read) == bodies)
        #expect(read.map(\.sequence) == Array(1...7))
        #expect(report.verdict == .complete)
    }

    @Test func `a long body is several lines, and is given whole`() throws {
        let size = ReceivedLimits.pieceBytes
        let counts = [size - 1, size, size + 1, 2 * size, ReceivedLimits.bodyBytes]
        let bodies = counts.enumerated().map { makeBody(noise($1, seed: UInt64($0))) }
        try fill(bodies)
        let (read, report) = try readBodies(folder)
        #expect(unplaced(read) == bodies)
        #expect(read.map(\.sequence) == [1, 2, 4, 6, 12])
        #expect(report.lines == 12)
    }

    @Test func `nothing is there before the first body`() throws {
        let spool = ReceivedSpool(folder, .traces)
        try spool.recover()
        try spool.sync()
        #expect(spool.synced == 0)
        #expect(access(folder.receivedPath, F_OK) != 0)
        #expect(throws: JournalError.self) {
            _ = try ReceivedReader(folder: folder, signal: .traces).report
        }
        try spool.append(makeBody([1]))
        #expect(access(path, F_OK) == 0)
        #expect(access(folder.receivedPath(of: .logs), F_OK) != 0)
    }

    @Test func `only what is synced lies before the watermark`() throws {
        let spool = ReceivedSpool(folder, .traces)
        var reader: ReceivedReader
        try spool.append(makeBody([1]))
        reader = try ReceivedReader(folder: folder, signal: .traces)
        #expect(try reader.next(before: spool.synced) == nil)
        try spool.sync()
        #expect(try reader.next(before: spool.synced)?.bytes == [1])
        // A watermark within a body gives none of it; the reader goes on where it was.
        let long = noise(ReceivedLimits.pieceBytes + 1)
        try spool.append(makeBody(long))
        try spool.sync()
        let first = spool.synced - 4_096
        #expect(try reader.next(before: first) == nil)
        #expect(try reader.next(before: spool.synced)?.bytes == long)
    }

    @Test func `a cursor passes over what was sent`() throws {
        let size = ReceivedLimits.pieceBytes
        try fill([makeBody([1]), makeBody(noise(size + 1)), makeBody([3])])
        #expect(try readBodies(folder, after: 1).bodies.map(\.sequence) == [3, 4])
        #expect(try readBodies(folder, after: 3).bodies.map(\.bytes) == [[3]])
        #expect(try readBodies(folder, after: 4).bodies.isEmpty)
    }

    @Test func `one reader at a time has the file`() throws {
        try fill([makeBody([1])])
        var first = try ReceivedReader(folder: folder, signal: .traces)
        var second = try ReceivedReader(folder: folder, signal: .traces)
        #expect(try first.lock())
        #expect(try !second.lock())
        first.finish()
        #expect(try !second.lock())
    }

    @Test func `reopened, it goes on behind a torn tail`() throws {
        try fill([makeBody([1]), makeBody([2])])
        let whole = try #require(directory.read("received/traces.jsonl"))
        let half = whole.dropLast(10)
        directory.write("received/traces.jsonl", String(half))
        let spool = ReceivedSpool(folder, .traces)
        try spool.recover()
        #expect(spool.synced > 0)
        try spool.append(makeBody([3]))
        let (read, report) = try readBodies(folder)
        #expect(read.map(\.bytes) == [[1], [3]])
        #expect(read.map(\.sequence) == [1, 2])
        #expect(report.verdict == .complete)
    }

    @Test func `the beginning of a body without its end is passed over`() throws {
        let size = ReceivedLimits.pieceBytes
        let three = makeBody(noise(2 * size + 1))
        try fill([makeBody([1]), three])
        let text = try #require(directory.read("received/traces.jsonl"))
        let lines = text.split(separator: "\n")
        // Two of its three lines are there, as a power cut may leave it.
        directory.write("received/traces.jsonl", lines[..<3].joined(separator: "\n") + "\n")
        let two = makeBody(noise(size + 1, seed: 9))
        try fill([two, makeBody([5])])
        let (read, report) = try readBodies(folder)
        #expect(unplaced(read) == [makeBody([1]), two, makeBody([5])])
        #expect(read.map(\.sequence) == [1, 5, 6])
        #expect(report.verdict == .complete)
    }

    @Test func `a damaged file takes nothing more, and is left as it is`() throws {
        try fill([makeBody([1]), makeBody([2]), makeBody([3])])
        let text = try #require(directory.read("received/traces.jsonl"))
        let damaged = text.replacing("\"items\":1", with: "\"items\":2", maxReplacements: 1)
        directory.write("received/traces.jsonl", damaged)
        let spool = ReceivedSpool(folder, .traces)
        #expect {
            try spool.append(makeBody([4]))
        } throws: { error in
            if case ReceivedRefusal.corrupt = error { true } else { false }
        }
        #expect(directory.read("received/traces.jsonl") == damaged)
    }

    @Test func `a file holds so much and no more, and takes what still fits`() throws {
        let spool = ReceivedSpool(folder, .traces, limit: 2_000)
        try spool.append(makeBody(noise(1_000)))
        #expect(throws: ReceivedRefusal.full(limit: 2_000)) {
            try spool.append(makeBody(noise(1_000)))
        }
        try spool.append(makeBody([1]))
        #expect(try readBodies(folder).bodies.map(\.sequence) == [1, 2])
    }

    @Test func `a full disk refuses a body, and takes the next one when there is room`() throws {
        let storage = GatedStorage()
        let spool = ReceivedSpool(
            RunFolder(id: folder.id, path: folder.path, storage: storage),
            .traces
        )
        try spool.append(makeBody([1]))
        storage.failWrites(ENOSPC)
        #expect(throws: ReceivedRefusal.self) { try spool.append(makeBody([2])) }
        storage.failWrites(nil)
        try spool.append(makeBody([3]))
        #expect(try readBodies(folder).bodies.map(\.bytes) == [[1], [3]])
    }

    @Test func `after a sync that failed nothing is promised any more`() throws {
        let storage = GatedStorage()
        let spool = ReceivedSpool(
            RunFolder(id: folder.id, path: folder.path, storage: storage),
            .traces
        )
        try spool.append(makeBody([1]))
        try spool.sync()
        let synced = spool.synced
        try spool.append(makeBody([2]))
        storage.failSyncs(EIO)
        #expect(throws: ReceivedRefusal.self) { try spool.sync() }
        storage.failSyncs(nil)
        #expect(throws: ReceivedRefusal.self) { try spool.append(makeBody([3])) }
        #expect(spool.synced == synced)
    }

    @Test func `a crash at any operation loses nothing that was synced`() throws {
        var operations = 0
        while true {
            let place = TemporaryDirectory()
            let storage = CrashingStorage(after: operations)
            let crashing = RunFolder(id: folder.id, path: place.path, storage: storage)
            var synced: [[UInt8]] = []
            let bodies = [[1], noise(ReceivedLimits.pieceBytes + 5), [3]]
            let isWhole = appendAll(bodies, to: ReceivedSpool(crashing, .traces), &synced)
            let real = RunFolder(id: folder.id, path: place.path)
            let spool = ReceivedSpool(real, .traces)
            try spool.recover()
            try spool.append(makeBody([9]))
            let read = try readBodies(real).bodies.map(\.bytes)
            #expect(Array(read.prefix(synced.count)) == synced)
            #expect(read.last == [9])
            if isWhole { break }
            operations += 1
        }
        #expect(operations > 10)
    }

    /// - Returns: Whether all of it went well.
    private func appendAll(
        _ bodies: [[UInt8]],
        to spool: ReceivedSpool,
        _ synced: inout [[UInt8]]
    ) -> Bool {
        do {
            for body in bodies {
                try spool.append(makeBody(body))
                try spool.sync()
                synced.append(body)
            }
            return true
        } catch {
            return false
        }
    }
}
