import CLinux
import Glibc
import Pipeline
import Synchronization
import Telemetry
import TestSupport
import Testing
import Transport

@testable import Agent

/// Weir's own log on a pipe, read or not.
@Suite(.timeLimit(.minutes(10)))
struct AgentLogTests {
    /// A pipe whose reader is the test.
    private final class Pipe {
        var ends: [Int32] = [-1, -1]

        init() {
            pipe(&ends)
        }

        deinit {
            for end in ends where end >= 0 { close(end) }
        }

        func closeWriting() {
            close(ends[1])
            ends[1] = -1
        }

        /// Reads until `text` has come, or everybody has closed.
        func read(until text: String? = nil) -> String {
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = Glibc.read(ends[0], &buffer, buffer.count)
                guard count > 0 else { break }
                bytes += buffer[..<count]
                if let text, String(decoding: bytes, as: UTF8.self).contains(text) { break }
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    @Test func `what is written comes out, from the level on`() throws {
        let pipe = Pipe()
        let log = try AgentLog(to: pipe.ends[1], from: .info, as: .logfmt)
        log.write(.debug, "hidden")
        log.write(.info, "shown") { $0.with("run", "7f3c") }
        log.tell("for people")
        log.level = .debug
        log.write(.debug, "shown now")
        log.stop()
        log.write(.error, "too late")
        pipe.closeWriting()
        let lines = pipe.read().split(separator: "\n").map(String.init)
        #expect(lines.count == 3)
        #expect(lines.first?.hasSuffix("level=info msg=shown run=7f3c") == true)
        #expect(lines.dropFirst().first == "weir: for people")
        #expect(lines.last?.hasSuffix(#"level=debug msg="shown now""#) == true)
    }

    @Test func `where all is JSON, a line for people is a record`() throws {
        let pipe = Pipe()
        let log = try AgentLog(to: pipe.ends[1], from: .warn, as: .json)
        log.tell("for people", .warn)
        log.tell("not so loud", .info)
        log.stop()
        pipe.closeWriting()
        let text = pipe.read()
        let value = try JSONValue(parsing: Array(text.utf8))
        #expect(value["msg"]?.string == "for people")
    }

    @Test func `a pipe that nobody reads holds up nobody, and drops are counted and told`() throws {
        let pipe = Pipe()
        let log = try AgentLog(to: pipe.ends[1], from: .info, as: .logfmt)
        let dropped = Atomic(0)
        let box = Box(dropped)
        log.countDrops { box.count.add($0, ordering: .relaxed) }
        let filler = String(repeating: "x", count: 500)
        let start = ContinuousClock.now
        // Far beyond a pipe's 64 KiB and the ring.
        for _ in 0..<20_000 { log.write(.info, "busy") { $0.with("filler", filler) } }
        #expect(ContinuousClock.now - start < .seconds(20))
        let lost = box.count.load(ordering: .relaxed)
        #expect(lost > 10_000)
        #expect(lost < 20_000)
        let text = pipe.read(until: "records were dropped")
        #expect(text.contains(#"level=warn msg="log records were dropped" count="#))
        #expect(text.contains("msg=busy"))
        log.stop()
    }

    @Test func `the end does not wait for a reader that never comes`() throws {
        let pipe = Pipe()
        let log = try AgentLog(to: pipe.ends[1], from: .info, as: .logfmt)
        let filler = String(repeating: "x", count: 4_000)
        for _ in 0..<100 { log.write(.info, "busy") { $0.with("filler", filler) } }
        let start = ContinuousClock.now
        log.stop()
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    private final class Box: Sendable {
        let count: Atomic<Int>

        init(_ count: consuming Atomic<Int>) { self.count = count }
    }

    // MARK: - What is told of a run

    @Test func `a listener tells what happens from now on, not what happened before`() throws {
        let pipe = Pipe()
        let log = try AgentLog(to: pipe.ends[1], from: .info, as: .logfmt)
        let listener = RunLogListener(log, of: RunScript.run)
        var script = RunScript(pipeline: "daily", steps: 1)
        script.add(60, .runResumed(RunResumed(recovery: 1, diedAt: RunScript.at(5))))
        listener.offer(script.events)
        let now = RunClock.wallNow
        let end = RunEvent.runFinished(RunEnd(.exit, step: "load", message: "said ***"))
        listener.offer([RecordedEvent(sequence: 3, at: now + .seconds(1), event: end)])
        listener.offer(notice: "request refused")
        log.stop()
        pipe.closeWriting()
        let lines = pipe.read().split(separator: "\n").map(String.init)
        #expect(lines.count == 2, "\(lines)")
        #expect(lines.first?.contains("pipeline=daily") == true)
        #expect(lines.first?.contains(#"error="said ***""#) == true)
        #expect(lines.last?.contains(#"level=warn msg="request refused""#) == true)
    }

    // MARK: - What is told of the export

    @Test func `a collector that goes and comes back is told once each`() {
        var changes = ExportChanges(of: .traces)
        var statistics = ExportStatistics()
        func look() -> [String] {
            changes.look(at: statistics, RunScript.start).records.map(\.message)
        }
        #expect(look().isEmpty)
        statistics.problem = .status(503)
        statistics.own.queued = 4
        #expect(look() == ["collector does not take spans"])
        #expect(look().isEmpty)
        statistics.isParked = true
        statistics.problem = .status(401)
        #expect(look() == ["export is parked"])
        #expect(changes.look(at: statistics, RunScript.start).isUnsettled)
        statistics = ExportStatistics()
        statistics.own.accepted = 4
        statistics.own.rejected = 1
        #expect(look() == ["collector is back", "collector refused spans for good"])
        #expect(!changes.look(at: statistics, RunScript.start).isUnsettled)
    }
}
