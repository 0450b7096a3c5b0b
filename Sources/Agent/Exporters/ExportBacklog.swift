import Journal
import Pipeline
import Telemetry

/// What of one signal is not sent in full of the state folder's runs that no process runs, one
/// stream after the other, oldest run first; for the holder of `export.lock` only.
///
/// Confined to the exporter's thread.
struct ExportBacklog {
    private let state: StateFolder
    private let lock: BacklogLock
    private let streams: [ExportStream]
    /// Runs still to be looked at, the oldest last, and streams of the present one.
    private var waiting: [RunID] = []
    private var present: (run: RunID, streams: ArraySlice<ExportStream>)?
    /// When to look again.
    private(set) var nextSearch: ContinuousClock.Instant
    private let interval: Duration
    /// Whether there is reason to look again soon: something was found, runs go on here, or
    /// somebody else looks.
    private var isWorthwhile = false
    /// Unfinished streams as they were when they were last read to their end, by the file's size:
    /// there is nothing new in them until it changes.
    private var visited: [ExportKey: Int] = [:]

    /// Streams looked at in one turn: most hold nothing to send, and there may be thousands.
    private static let looksPerTurn = 64
    /// As many times longer an idle process waits: what others leave meanwhile is not urgent.
    private static let idleIntervals = 15

    init(
        _ state: StateFolder,
        of signal: OTLPSignal,
        _ lock: BacklogLock,
        at now: ContinuousClock.Instant,
        interval: Duration
    ) {
        self.state = state
        self.lock = lock
        self.interval = interval
        streams = ExportStream.all(of: signal)
        nextSearch = now
    }

    /// Another process holds `export.lock`.
    var isElsewhere: Bool { lock.isElsewhere }

    /// Streams that are still to be looked at, right now.
    var hasMore: Bool { present != nil || !waiting.isEmpty }

    /// The next stream to send, if there is one among the next few; those of this process (`own`)
    /// are followed anyway.
    mutating func next(
        besides own: Set<ExportKey>,
        at now: ContinuousClock.Instant
    ) -> (any ExportTail)? {
        if !hasMore {
            guard now >= nextSearch else { return nil }
            search()
            let isIdle = !isWorthwhile && own.isEmpty && !isElsewhere
            nextSearch = now + interval * (isIdle ? Self.idleIntervals : 1)
            isWorthwhile = false
        }
        for _ in 0..<ExportBacklog.looksPerTurn {
            guard let key = nextKey() else { return nil }
            // What cannot be read stays as it is, for the next search or for a person.
            if !own.contains(key), let tail = try? open(key) {
                isWorthwhile = true
                return tail
            }
        }
        return nil
    }

    private mutating func nextKey() -> ExportKey? {
        if present == nil, let run = waiting.popLast() { present = (run, streams[...]) }
        guard let run = present?.run, let stream = present?.streams.popFirst() else { return nil }
        if present?.streams.isEmpty == true { present = nil }
        return ExportKey(run, stream)
    }

    private mutating func search() {
        guard lock.take(in: state) else { return }
        waiting = (try? state.runIDs()) ?? []
        let known = Set(waiting)
        visited = visited.filter { known.contains($0.key.run) }
    }

    private mutating func open(_ key: ExportKey) throws -> (any ExportTail)? {
        let folder = state.run(key.run)
        let path = folder.path(of: key.stream)
        if key.stream != .spans, !folder.holds(path) { return nil }
        guard try folder.unsentCursor(of: key.stream) != nil, try folder.ownerPID() == nil else {
            return nil
        }
        let size = try folder.sync(path)
        // Nobody runs it, and it has ended: no child will send anything any more.
        let isOver = try key.stream != .spans && folder.hasEnded
        let source = ExportSource(
            folder,
            key.stream,
            isBacklog: true,
            before: { size },
            isOver: { isOver }
        )
        guard isOver || visited[key] != size, case .tail(let tail) = try source.open() else {
            return nil
        }
        visited[key] = size
        return tail
    }
}

/// `export.lock`, taken once for all lanes of an exporter and kept.
final class BacklogLock {
    private var lock: FileLock?
    private(set) var isElsewhere = false

    /// - Returns: Whether it is ours.
    func take(in state: StateFolder) -> Bool {
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
}
