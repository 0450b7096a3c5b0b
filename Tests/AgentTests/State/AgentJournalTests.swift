import Glibc
import Journal
import Pipeline
import TestSupport
import Testing

@testable import Agent

struct AgentJournalTests {
    private let folder = TemporaryDirectory()
    private let key = ScheduleKey("nightly", "cron 0 3 * * *")
    private var state: StateFolder { StateFolder(path: folder.path) }
    private var path: String { folder.path + "/agent/journal.jsonl" }

    private func open(
        seed: UInt64 = 7,
        bytesMax: Int = AgentJournal.bytesMax
    ) throws -> AgentJournal {
        try AgentJournal(
            in: state,
            syncer: SyncThread(),
            seed: SlotSeed(high: seed, low: 1),
            at: instant(1),
            bytesMax: bytesMax
        )
    }

    private func append(_ bytes: [UInt8]) throws {
        let file = Glibc.open(path, O_WRONLY | O_APPEND)
        try #require(file >= 0)
        defer { close(file) }
        #expect(write(file, bytes, bytes.count) == bytes.count)
    }

    @Test func `another life knows what this one wrote`() throws {
        let journal = try open()
        let events: [AgentEvent] = [
            .scheduleSeen(key, since: instant(10)), .slotQueued(key, slot: instant(20)),
            .slotQueued(key, slot: instant(30)),
            .slotStarted(key, slot: instant(20), run: RunID(high: 3, low: 4)),
        ]
        journal.write(events, at: instant(31))
        let memory = journal.memory
        journal.close(at: instant(32))
        let next = try open(seed: 9)
        #expect(next.memory == memory)
        #expect(next.memory.seed == SlotSeed(high: 7, low: 1))
        #expect(next.memory.standings[key]?.queued == [instant(30)])
        #expect(next.memory.standings[key]?.through == instant(30))
        #expect(next.notice == nil)
    }

    @Test func `a line that was cut short is cut off`() throws {
        let journal = try open()
        journal.write([.scheduleSeen(key, since: instant(10))], at: instant(11))
        journal.close(at: instant(12))
        try append(Array(#"{"crc":"0000"#.utf8))
        let next = try open()
        #expect(next.notice == nil)
        #expect(next.memory.standings[key]?.since == instant(10))
        next.write(
            [.slotsMissed(key, MissedSlots(first: instant(13), last: instant(13), .skip))],
            at: instant(14)
        )
        next.close(at: instant(15))
        #expect(try open().memory.standings[key]?.through == instant(13))
    }

    @Test func `a damaged journal is put aside, and what stands before the damage holds`() throws {
        let journal = try open()
        journal.write([.scheduleSeen(key, since: instant(10))], at: instant(11))
        journal.close(at: instant(12))
        var bytes = Array((folder.read("agent/journal.jsonl") ?? "").utf8)
        let lines = bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }
        // In the last of three lines.
        bytes[lines[1] + 40] ^= 1
        bytes += Array("{}\n".utf8)
        folder.write("agent/journal.jsonl", String(decoding: bytes, as: UTF8.self))
        let next = try open()
        #expect(next.notice?.contains("journal.damaged.jsonl") == true)
        #expect(next.memory.standings[key]?.since == instant(10))
        next.close(at: instant(13))
        #expect(folder.read("agent/journal.damaged.jsonl")?.isEmpty == false)
        let third = try open()
        #expect(third.notice == nil && third.memory.standings[key]?.since == instant(10))
        #expect(third.memory.seed == SlotSeed(high: 7, low: 1))
    }

    @Test func `it begins anew when it is long, with what it came to`() throws {
        let journal = try open(bytesMax: 4_000)
        journal.write([.scheduleSeen(key, since: instant(10))], at: instant(10))
        for second in 11...200 {
            let slot = instant(Int64(second))
            journal.write([.slotStarted(key, slot: slot, run: RunID(high: 1, low: 1))], at: slot)
        }
        journal.close(at: instant(201))
        #expect((folder.read("agent/journal.jsonl") ?? "").utf8.count < 4_500)
        #expect((folder.read("agent/journal.old.jsonl") ?? "").utf8.count > 3_900)
        let next = try open()
        #expect(next.memory.standings[key]?.through == instant(200))
        #expect(next.memory.standings[key]?.since == instant(10))
    }

    @Test func `events that the disk takes later are not lost`() throws {
        let journal = try open()
        // A journal that is gone takes nothing; the memory goes on.
        unlink(path)
        journal.write([.scheduleSeen(key, since: instant(10))], at: instant(11))
        #expect(journal.memory.standings[key]?.since == instant(10))
    }

    @Test(arguments: [
        AgentEvent.agentStarted(version: "0.1.0", seed: SlotSeed(high: 1, low: 2)), .agentStopped,
        .pipelinesReloaded(served: 3, faults: 1),
        .scheduleSeen(ScheduleKey("p", "every 1m"), since: instant(5)),
        .scheduleRetired(ScheduleKey("p", "cron * * * * * \"Mars\"")),
        .slotQueued(ScheduleKey("p", "every 1m"), slot: instant(60)),
        .slotStarted(ScheduleKey("p", "every 1m"), slot: instant(60), run: RunID(high: 8, low: 9)),
        .slotsMissed(
            ScheduleKey("p", "every 1m"),
            MissedSlots(first: instant(1), last: instant(2), count: 2, .latest, why: "a\nb")
        ),
        .clockJumped(by: .seconds(-3_600)),
    ])
    func `what is written is read back`(_ event: AgentEvent) throws {
        var lines: [UInt8] = []
        let recorded = RecordedAgentEvent(sequence: 1, at: instant(99), event: event)
        try AgentEventCodec.encode(recorded, into: &lines)
        folder.write("one.jsonl", String(decoding: lines, as: UTF8.self))
        var reader = try JournalReader(folder.path + "/one.jsonl")
        let line = try #require(try reader.next())
        #expect(try AgentEventCodec.decode(line) == recorded)
    }
}
