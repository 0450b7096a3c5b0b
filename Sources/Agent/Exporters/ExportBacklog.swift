import Journal
import Pipeline

/// The runs of the state folder that no process runs and that are not sent in full, one after the
/// other, oldest first; for the holder of `export.lock` only.
///
/// Confined to the exporter's thread.
struct ExportBacklog {
    private let state: StateFolder
    private var lock: FileLock?
    /// Another process holds `export.lock`.
    private(set) var isElsewhere = false
    private var waiting: [RunID] = []
    /// When to look again.
    private(set) var nextSearch: ContinuousClock.Instant
    private let interval: Duration
    /// Unfinished runs as they were when they were last read to their end, by the journal's size:
    /// there is nothing new in them until it changes.
    private var visited: [RunID: Int] = [:]

    /// Folders looked into in one turn: most hold nothing to send, and there may be thousands.
    private static let looksPerTurn = 64

    init(_ state: StateFolder, at now: ContinuousClock.Instant, interval: Duration) {
        self.state = state
        self.interval = interval
        nextSearch = now
    }

    /// Runs that are still to be looked at, right now.
    var hasMore: Bool { !waiting.isEmpty }

    /// The next run to send, if there is one among the next few; those of this process (`own`) are
    /// followed anyway.
    mutating func next(
        besides own: Set<RunID>,
        at now: ContinuousClock.Instant
    ) -> ExportTail? {
        if waiting.isEmpty {
            guard now >= nextSearch else { return nil }
            nextSearch = now + interval
            search()
        }
        var looks = 0
        while looks < ExportBacklog.looksPerTurn, let id = waiting.popLast() {
            looks += 1
            // What cannot be read stays as it is, for the next search or for a person.
            if !own.contains(id), let tail = try? open(id) { return tail }
        }
        return nil
    }

    private mutating func search() {
        guard takeLock() else { return }
        let ids = (try? state.runIDs()) ?? []
        waiting = ids
        let known = Set(ids)
        visited = visited.filter { known.contains($0.key) }
    }

    private mutating func takeLock() -> Bool {
        guard lock == nil else { return true }
        do throws(StateError) {
            lock = try state.takeExportLock()
            isElsewhere = false
            return true
        } catch {
            if case .locked = error { isElsewhere = true }
            return false
        }
    }

    private mutating func open(_ id: RunID) throws -> ExportTail? {
        let folder = state.run(id)
        guard let cursor = try ExportTail.cursor(of: folder), !cursor.isDone,
            try folder.ownerPID() == nil
        else { return nil }
        let size = try synced(folder)
        guard visited[id] != size,
            case .tail(let tail) = try ExportTail.open(folder, isBacklog: true, before: { size })
        else { return nil }
        visited[id] = size
        return tail
    }

    /// Makes what a dead owner left durable before any of it is sent: a power cut must not take
    /// back what the collector has, and a resume then tell it differently.
    private func synced(_ folder: RunFolder) throws -> Int {
        let storage = folder.storage
        let file = try storage.open(folder.journalPath, .append)
        defer { storage.close(file) }
        try storage.sync(file, at: folder.journalPath)
        return try storage.status(file, at: folder.journalPath).bytes
    }
}
