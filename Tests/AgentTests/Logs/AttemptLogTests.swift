import Glibc
import Pipeline
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import Agent

/// What an attempt prints, from the engine's chunks to the file and back.
struct AttemptLogTests {
    let folder = TemporaryDirectory()
    let attempt = AttemptRef(step: "load", number: 2)

    private var run: RunFolder { RunFolder(id: RunID(high: 1, low: 2), path: folder.path) }

    private func place(bytesMax: Int = AttemptLog.bytesMax, sink: Lines? = nil) -> LogPlace {
        LogPlace(run.logsPath, bytesMax: bytesMax, sink: sink)
    }

    private func at(_ milliseconds: Int64) -> Timestamp {
        RunScript.start + .milliseconds(milliseconds)
    }

    /// What a reader finds, each stream's bytes together.
    private func read() -> (pieces: [LogPiece], texts: [StepStream: [UInt8]]) {
        var pieces: [LogPiece] = []
        var texts: [StepStream: [UInt8]] = [:]
        let reader = AttemptLogReader(attempt, of: run)
        #expect(
            reader.read { piece in
                pieces.append(piece.owningItsBytes)
                if let stream = piece.stream {
                    texts[stream, default: []] += piece.text
                    if piece.ending == .line { texts[stream, default: []].append(0x0A) }
                }
                return true
            }
        )
        return (pieces, texts)
    }

    @Test func `lines of both streams stand in the order of their ends, with the time`() {
        var log = AttemptLog(of: attempt, in: place())
        log.append(Array("one\ntw".utf8)[...], of: .stdout, at: at(1))
        log.append(Array("oops\n".utf8)[...], of: .stderr, at: at(2))
        log.append(Array("o\nend".utf8)[...], of: .stdout, at: at(3))
        log.end(.stdout, at: at(4))
        log.end(.stderr, at: at(4))
        #expect(
            folder.read("logs/load.2.cri.log") == """
                2026-03-09T23:10:00.001000000Z stdout F one
                2026-03-09T23:10:00.002000000Z stderr F oops
                2026-03-09T23:10:00.003000000Z stdout F two
                2026-03-09T23:10:00.004000000Z stdout F:noeol end

                """
        )
    }

    @Test func `the beginning of a line is written when it has waited long enough`() {
        var log = AttemptLog(of: attempt, in: place())
        log.append(Array("Name? ".utf8)[...], of: .stdout, at: at(0))
        log.flushUnfinished(at: at(99))
        #expect(folder.read("logs/load.2.cri.log") == nil)
        #expect(log.unfinishedSince == at(0))
        log.flushUnfinished(at: at(100))
        #expect(log.unfinishedSince == nil)
        log.append(Array("\nx".utf8)[...], of: .stdout, at: at(200))
        #expect(log.unfinishedSince == at(200))
        log.append(Array("\ny".utf8)[...], of: .stdout, at: at(250))
        #expect(log.unfinishedSince == at(250), "another line")
        let (pieces, texts) = read()
        #expect(pieces.map(\.ending) == [.piece, .line, .line])
        #expect(texts[.stdout] == Array("Name? \nx\n".utf8))
    }

    @Test(arguments: 0..<8)
    func `whatever is printed, however it is cut, comes back byte for byte`(round: Int) {
        var random = SeededRandom(seed: UInt64(round))
        // From no line end at all to hardly anything else.
        let ends = [0, 1, 64, 250][round % 4]
        let pool = (0..<70_000).map { _ in
            let draw = random.next()
            return Int(draw & 0xFF) < ends ? 0x0A : UInt8(truncatingIfNeeded: draw >> 8)
        }
        let place = place()
        var log = AttemptLog(of: attempt, in: place)
        var printed: [StepStream: [UInt8]] = [:]
        for turn in 0..<12 {
            let stream = Bool.random(using: &random) ? StepStream.stdout : .stderr
            let lengths = [1, 100, 16_383, 16_384, 16_385, 40_000, 70_000]
            let bytes = pool.suffix(lengths.randomElement(using: &random) ?? 1)
            printed[stream, default: []] += bytes
            log.append(bytes, of: stream, at: at(Int64(turn)))
            if random.oneIn(3) { log.flushUnfinished(at: at(Int64(turn) + 200)) }
        }
        for stream in StepStream.allCases { log.end(stream, at: at(9_999)) }
        let (pieces, texts) = read()
        #expect(texts == printed)
        #expect(pieces.allSatisfy { $0.text.count <= LogPiece.textBytes && $0.time != nil })
        #expect(log.droppedBytes == 0)
    }

    @Test func `a line of just as many bytes as a record holds is one record`() {
        var log = AttemptLog(of: attempt, in: place())
        let line = [UInt8](repeating: 0x78, count: LogPiece.textBytes)
        log.append((line + [0x0A])[...], of: .stdout, at: at(0))
        log.append((line + [0x78, 0x0A])[...], of: .stdout, at: at(0))
        #expect(read().pieces.map(\.ending) == [.line, .piece, .line])
    }

    @Test func `a stream that ends after a piece has its line ended`() {
        var log = AttemptLog(of: attempt, in: place())
        log.append(Array("Name? ".utf8)[...], of: .stderr, at: at(0))
        log.flushUnfinished(at: at(100))
        log.end(.stderr, at: at(200))
        log.end(.stderr, at: at(300))
        #expect(read().pieces.map(\.ending) == [.piece, .end])
    }

    // MARK: - The bound

    @Test func `the file moves aside at the limit, and what is lost is counted`() throws {
        let limit = 1 << 20
        var log = AttemptLog(of: attempt, in: place(bytesMax: limit))
        let line = [UInt8](repeating: 0x78, count: 199) + [0x0A]
        let bytes = Array(repeatElement(line, count: 200).joined())
        var printed = 0
        for turn in 0..<200 {
            printed += bytes.count
            log.append(bytes[...], of: .stdout, at: at(Int64(turn)))
        }
        for suffix in ["", ".1"] {
            var status = stat()
            try #require(stat(folder.path + "/logs/load.2.cri.log" + suffix, &status) == 0)
            #expect(Int(status.st_size) <= limit)
        }
        let left = read().texts[.stdout]?.count ?? 0
        #expect(left >= limit / 2)
        #expect(log.droppedBytes == printed - left)
    }

    @Test func `a folder that cannot be written drops what is printed, and counts it`() {
        var log = AttemptLog(of: attempt, in: LogPlace(folder.path + "/no/such/logs"))
        log.append(Array("gone\nalso".utf8)[...], of: .stdout, at: at(0))
        log.end(.stdout, at: at(1))
        #expect(log.droppedBytes == 9)
    }

    // MARK: - Following

    /// A file holds some 200 lines: it has moved aside once, or twice, between two readings.
    @Test(arguments: [170, 330])
    func `a reader goes on through rotation, and misses nothing`(pause: Int) {
        var log = AttemptLog(of: attempt, in: place(bytesMax: 10_000))
        let reader = AttemptLogReader(attempt, of: run)
        var seen: [String] = []
        func take() {
            #expect(
                reader.read { piece in
                    seen.append(String(decoding: piece.text, as: UTF8.self))
                    return true
                }
            )
        }
        take()
        #expect(!reader.isThere)
        for line in 0..<2_000 {
            log.append(Array("line \(line)\n".utf8)[...], of: .stdout, at: at(Int64(line)))
            if line % pause == 0 { take() }
        }
        take()
        #expect(seen == (0..<2_000).map { "line \($0)" })
    }

    @Test func `half a record is waited for, and read when nothing follows`() {
        folder.write("logs", "")
        unlink(folder.path + "/logs")
        mkdir(folder.path + "/logs", 0o700)
        let head = "2026-03-09T23:10:00.001000000Z stdout F "
        folder.write("logs/load.2.cri.log", "\(head)one\n\(head)tw")
        let reader = AttemptLogReader(attempt, of: run)
        var seen: [String] = []
        let take = { (piece: LogPiece) -> Bool in
            seen.append(String(decoding: piece.text, as: UTF8.self))
            return true
        }
        _ = reader.read(take)
        #expect(seen == ["one"])
        folder.write("logs/load.2.cri.log", "\(head)one\n\(head)two\n\(head.prefix(9))")
        _ = reader.read(take)
        #expect(seen == ["one", "two"])
        _ = reader.finish(take)
        #expect(seen == ["one", "two"], "a crash has left no text")
    }

    @Test func `a log of an older version is read as lines, whatever they look like`() {
        mkdir(folder.path + "/logs", 0o700)
        let fake = "2026-03-09T23:10:00.001000000Z stdout P not one"
        folder.write("logs/load.2.log.1", "old\n")
        folder.write("logs/load.2.log", "\(fake)\nlast")
        let reader = AttemptLogReader(attempt, of: run)
        var seen: [LogPiece] = []
        let take = { (piece: LogPiece) -> Bool in
            seen.append(piece.owningItsBytes)
            return true
        }
        _ = reader.read(take)
        _ = reader.finish(take)
        #expect(seen.map { String(decoding: $0.text, as: UTF8.self) } == ["old", fake, "last"])
        #expect(seen.map(\.ending) == [.line, .line, .end])
        #expect(seen.allSatisfy { $0.time == nil && $0.stream == nil })
    }

    // MARK: - Who else wants the lines

    private final class Lines: OutputLineSink {
        let seen = Mutex<[(String, StepStream, Bool)]>([])

        func offer(_ line: OutputLine) {
            let text = String(decoding: line.text, as: UTF8.self)
            seen.withLock { $0.append((text, line.stream, line.isPartial)) }
        }
    }

    @Test func `each line is offered once, as it is in the file`() {
        let sink = Lines()
        var log = AttemptLog(of: attempt, in: place(sink: sink))
        log.append(Array("one\n\ntw".utf8)[...], of: .stdout, at: at(1))
        log.flushUnfinished(at: at(200))
        log.append(Array("o\n".utf8)[...], of: .stdout, at: at(300))
        log.append(Array("end".utf8)[...], of: .stderr, at: at(300))
        log.end(.stderr, at: at(301))
        let seen = sink.seen.withLock { $0 }
        #expect(seen.map(\.0) == ["one", "", "tw", "o", "end"])
        #expect(seen.map(\.2) == [false, false, true, false, false])
        #expect(seen.last?.1 == .stderr)
    }
}
