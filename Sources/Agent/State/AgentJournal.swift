import Glibc
package import Journal
package import Pipeline

/// `agent/journal.jsonl`: what happens on an agent and belongs to no run, for the holder of the
/// agent's lock.
///
/// It is an ordinary journal of bounded length: one that has grown too long becomes
/// `journal.old.jsonl`, and a new one begins with what it came to. What is written is durable
/// within the sync thread's interval: no slot is run twice because a line was lost, since runs
/// tell themselves whether they were begun (`SlotSeed`).
package final class AgentJournal {
    /// What the journal told when it was opened, and what was written since.
    package private(set) var memory = ScheduleMemory()
    /// What was found wrong with it, for people; `nil`: nothing.
    package private(set) var notice: String?
    private let folder: String
    private let storage: any JournalStorage
    private let syncer: SyncThread
    private let bytesMax: Int
    private var writer: JournalWriter
    private var sequence: UInt64 = 0
    /// Events that the disk had no room for, oldest first.
    private var unwritten: [(at: Timestamp, event: AgentEvent)] = []

    /// Some tens of thousands of slots.
    package static let bytesMax = 8 << 20
    /// What waits for a disk that takes nothing is bounded; the memory knows it all the same.
    private static let unwrittenMax = 10_000

    private var path: String { folder + "/journal.jsonl" }

    /// Opens the journal, or begins it where there is none.
    ///
    /// - Parameters:
    ///   - state: The folder; the caller has its agent's lock.
    ///   - syncer: Makes it durable.
    ///   - seed: Of a folder that has none yet.
    ///   - now: By the wall clock.
    ///   - bytesMax: How long it may become.
    /// - Throws: What keeps a journal from being made.
    package init(
        in state: StateFolder,
        syncer: SyncThread,
        seed: SlotSeed,
        at now: Timestamp,
        bytesMax: Int = AgentJournal.bytesMax
    ) throws(StateError) {
        (folder, storage, self.syncer, self.bytesMax) = (
            state.agentFolderPath, state.storage, syncer, bytesMax
        )
        do throws(StorageError) {
            try storage.makeFolder(folder)
        } catch {
            guard error.code == EEXIST else { throw .storage(error) }
        }
        let past = Past(of: folder + "/journal.jsonl", in: storage)
        (memory, notice, sequence) = (past.memory, past.notice, past.sequence)
        writer = try Self.open(folder, past, storage)
        syncer.watch(writer)
        if writer.written > bytesMax { beginAnew(at: now) }
        write([.agentStarted(version: WeirVersion.text, seed: memory.seed ?? seed)], at: now)
        if case .damaged = past.standing { beginAnew(at: now) }
    }

    /// Remembers events, in memory in any case.
    package func write(_ events: [AgentEvent], at now: Timestamp) {
        guard !events.isEmpty else { return }
        for event in events { memory.apply(event) }
        unwritten += events.map { (now, $0) }
        if unwritten.count > Self.unwrittenMax {
            unwritten.removeFirst(unwritten.count - Self.unwrittenMax)
        }
        flush()
        if writer.written > bytesMax { beginAnew(at: now) }
    }

    /// Closes the journal with its last line, durably.
    package func close(at now: Timestamp) {
        write([.agentStopped], at: now)
        syncer.unwatch(writer)
        _ = try? writer.sync()
    }

    private func flush() {
        var lines: [UInt8] = []
        var next = sequence
        for (at, event) in unwritten {
            next += 1
            let recorded = RecordedAgentEvent(sequence: next, at: at, event: event)
            // Names and reasons are bounded: no line is too long.
            do { try AgentEventCodec.encode(recorded, into: &lines) } catch { next -= 1 }
        }
        // What was not written stays for the next time.
        guard (try? writer.append(lines)) != nil else { return }
        sequence = next
        unwritten = []
    }

    /// The old journal is kept beside the new one, in which the memory stands.
    private func beginAnew(at now: Timestamp) {
        var lines: [UInt8] = []
        var count: UInt64 = 0
        let start = memory.seed.map { AgentEvent.agentStarted(version: WeirVersion.text, seed: $0) }
        for event in [start].compactMap(\.self) + memory.events {
            count += 1
            let recorded = RecordedAgentEvent(sequence: count, at: now, event: event)
            do { try AgentEventCodec.encode(recorded, into: &lines) } catch { return }
        }
        do {
            let new = folder + "/journal.new"
            try? storage.remove(new)
            try storage.createFile(new, with: lines, synced: true)
            try storage.rename(path, to: folder + "/journal.old.jsonl")
            try storage.rename(new, to: path)
            let opened = try JournalWriter.open(
                path,
                at: lines.count,
                entriesOf: folder,
                in: storage
            )
            syncer.unwatch(writer)
            syncer.watch(opened)
            (writer, sequence) = (opened, count)
        } catch {
            // It goes on in the one it has.
        }
    }

    private static func open(
        _ folder: String,
        _ past: Past,
        _ storage: any JournalStorage
    ) throws(StateError) -> JournalWriter {
        let path = folder + "/journal.jsonl"
        return try journaled { () throws(JournalError) in
            switch past.standing {
            case .missing: try JournalWriter.create(path, in: storage)
            case .good(let end):
                try JournalWriter.open(path, at: end, entriesOf: folder, in: storage)
            case .torn(let tail):
                try Self.cut(tail, path, folder, storage)
            case .damaged: try Self.replace(path, folder, storage)
            }
        }
    }

    private static func cut(
        _ tail: TornTail,
        _ path: String,
        _ folder: String,
        _ storage: any JournalStorage
    ) throws(JournalError) -> JournalWriter {
        try storage.cut(tail, off: path)
        return try JournalWriter.open(path, at: tail.offset, entriesOf: folder, in: storage)
    }

    /// Nobody can mend it, and nothing but schedules depends on it: it is put aside.
    private static func replace(
        _ path: String,
        _ folder: String,
        _ storage: any JournalStorage
    ) throws(JournalError) -> JournalWriter {
        do throws(StorageError) {
            try storage.rename(path, to: folder + "/journal.damaged.jsonl")
        } catch {
            throw .storage(error)
        }
        return try JournalWriter.create(path, in: storage)
    }
}

/// What a journal tells that somebody else wrote.
private struct Past {
    enum Standing {
        case missing
        case good(end: Int)
        case torn(TornTail)
        case damaged
    }

    var memory = ScheduleMemory()
    var sequence: UInt64 = 0
    var standing = Standing.missing
    var notice: String?

    init(of path: String, in storage: any JournalStorage) {
        guard unsafe access(path, F_OK) == 0 else { return }
        do {
            try read(path, storage)
        } catch {
            setAside(path, why: "\(error)")
        }
    }

    private mutating func read(_ path: String, _ storage: any JournalStorage) throws {
        var reader = try JournalReader(path, in: storage)
        while let line = try reader.next() {
            sequence = line.sequence
            if let recorded = try AgentEventCodec.decode(line) { memory.apply(recorded.event) }
        }
        switch reader.report.verdict {
        case .complete: standing = .good(end: reader.report.end)
        case .tornTail(let tail): standing = .torn(tail)
        case .corrupt(let damage): setAside(path, why: "\(damage)")
        }
    }

    /// What was read before the damage is as good as ever.
    private mutating func setAside(_ path: String, why: String) {
        notice =
            "\(path) is damaged and was put aside as journal.damaged.jsonl (\(why)): schedules go "
            + "on from what could be read"
        standing = .damaged
        sequence = 0
    }
}
