import Pipeline
import Telemetry

/// Fills the outbox: journals are read, folded and encoded into batches for as long as it has
/// room, this process's runs first.
struct ExportReading {
    /// Why a run of this process can be read no further.
    private(set) var stuck: ExportProblem?
    private var own: [ExportTail] = []
    /// The runs of this process that are not sent in full: not backlog, even if their lock is free.
    private var followed: Set<RunID> = []
    private var backlog: ExportBacklog?
    private var backlogTail: ExportTail?
    private var builder: OTLPBatchBuilder
    private var assembly = Assembly()
    private var pending: Pending?
    private var isOwnExhausted = true
    private var isBacklogExhausted: Bool
    private let linger: Duration

    /// What goes with the batch that is being built.
    private struct Assembly {
        var marks: [RunID: ExportOutbox.Mark] = [:]
        var isBacklog = false
        var since: ContinuousClock.Instant?
        var oldest: Timestamp?

        var isEmpty: Bool { marks.isEmpty }
        var hasEnd: Bool { marks.values.contains { $0.cursor.isDone } }
    }

    /// An event whose spans are not all in a batch yet.
    private struct Pending {
        var spans: [FinishedSpan]
        var resource: OTLPResource
        var mark: ExportOutbox.Mark
    }

    /// Lines read in one turn: libcurl is not kept waiting by a long journal.
    private static let linesPerTurn = 8_192

    init(backlog: ExportBacklog?, linger: Duration, batchSpans: Int) {
        builder = OTLPBatchBuilder(maximumSpans: batchSpans)
        self.backlog = backlog
        self.linger = linger
        isBacklogExhausted = backlog == nil
    }

    var isExhausted: Bool { isExhausted(isBacklog: false) && isExhausted(isBacklog: true) }

    /// Whether all that can be read now is in the outbox.
    func isExhausted(isBacklog: Bool) -> Bool {
        let hasRead = isBacklog ? isBacklogExhausted : isOwnExhausted
        return hasRead && spanCount(isBacklog: isBacklog) == 0
            && !(assembly.isBacklog == isBacklog && assembly.hasEnd)
    }

    func spanCount(isBacklog: Bool) -> Int {
        var count = assembly.isBacklog == isBacklog ? builder.spanCount : 0
        if let pending, pending.mark.isBacklog == isBacklog { count += pending.spans.count }
        return count
    }

    /// Another process sends what others left.
    var isBacklogElsewhere: Bool { backlog?.isElsewhere ?? false }

    var oldest: Timestamp? { assembly.oldest ?? pending?.spans.first?.end }

    /// Follows a run of this process.
    mutating func follow(_ folder: RunFolder, before watermark: @escaping @Sendable () -> Int) {
        // A run that was interrupted and taken up again by the same process.
        own.removeAll { $0.folder.id == folder.id }
        do throws(ExportProblem) {
            let tail = try ExportTail(folder, isBacklog: false, before: watermark)
            guard let tail else { return }
            own.append(tail)
            followed.insert(folder.id)
            isOwnExhausted = false
        } catch {
            stuck = error
        }
    }

    /// The run has been sent in full.
    mutating func forget(_ run: RunID) {
        followed.remove(run)
    }

    mutating func close() {
        own = []
        backlogTail = nil
        backlog = nil
    }

    /// Reads until the outbox is full or nothing is left to read.
    ///
    /// - Returns: When there may be more to do here, if nothing happens before.
    mutating func fill(
        _ outbox: inout ExportOutbox,
        _ statistics: inout ExportStatistics,
        ending: ExportEnding?,
        at now: ContinuousClock.Instant
    ) -> ContinuousClock.Instant? {
        isOwnExhausted = false
        isBacklogExhausted = false
        var lines = 0
        while outbox.hasRoom {
            if pending != nil {
                deliver(into: &outbox, &statistics, at: now)
            } else if lines >= ExportReading.linesPerTurn {
                return now
            } else if read(withBacklog: ending != .atExit, at: now) {
                lines += 1
            } else {
                break
            }
        }
        // Without room everything waits for an answer, and an answer is a turn.
        guard outbox.hasRoom else { return nil }
        if ending != .atExit, backlog?.hasMore == true { return now }
        let isDue = assembly.since.map { now >= $0 + linger } ?? false
        if isDue || ending != nil || assembly.hasEnd || assembly.isBacklog { seal(into: &outbox) }
        let searchAgain = ending == .atExit ? nil : backlog?.nextSearch
        return [assembly.since.map { $0 + linger }, searchAgain].compactMap { $0 }.min()
    }

    /// Reads one event.
    ///
    /// - Returns: False when there is none to be read now.
    private mutating func read(withBacklog: Bool, at now: ContinuousClock.Instant) -> Bool {
        for tail in own {
            do throws(ExportProblem) {
                if try read(tail) { return true }
            } catch {
                stuck = error
                own.removeAll { $0 === tail }
            }
        }
        own.removeAll { $0.isDone }
        isOwnExhausted = true
        while withBacklog, let tail = nextBacklogTail(at: now) {
            // A run that cannot be read further waits for a person; the others go on.
            if (try? read(tail)) == true { return true }
            backlogTail = nil
        }
        isBacklogExhausted = backlog.map { withBacklog && !$0.hasMore } ?? true
        return false
    }

    private mutating func read(_ tail: ExportTail) throws(ExportProblem) -> Bool {
        var spans: [FinishedSpan] = []
        guard case .event(let cursor) = try tail.next(into: &spans) else { return false }
        // Nothing to send and nothing to remember: most events.
        guard !spans.isEmpty || cursor.isDone else { return true }
        let mark = ExportOutbox.Mark(
            folder: tail.folder,
            cursor: cursor,
            isBacklog: tail.isBacklog
        )
        pending = Pending(spans: spans, resource: tail.resource, mark: mark)
        return true
    }

    private mutating func nextBacklogTail(at now: ContinuousClock.Instant) -> ExportTail? {
        if backlogTail == nil {
            backlogTail = backlog?.next(besides: followed, at: now)
        }
        return backlogTail
    }

    // MARK: - Batches

    /// Puts the pending spans into the batch, as far as the outbox has room.
    private mutating func deliver(
        into outbox: inout ExportOutbox,
        _ statistics: inout ExportStatistics,
        at now: ContinuousClock.Instant
    ) {
        guard var present = pending else { return }
        // A batch is of this process or of others, so that their counts can be told apart.
        if !assembly.isEmpty, assembly.isBacklog != present.mark.isBacklog {
            seal(into: &outbox)
            return
        }
        assembly.isBacklog = present.mark.isBacklog
        while let span = present.spans.first {
            switch builder.add(span, of: present.resource) {
            case .added:
                assembly.since = assembly.since ?? now
                assembly.oldest = min(assembly.oldest ?? span.end, span.end)
            case .oversized:
                statistics.count(
                    ExportOutbox.Settled(rejected: 1, isBacklog: present.mark.isBacklog)
                )
            case .full:
                pending = present
                seal(into: &outbox)
                return
            }
            present.spans.removeFirst()
        }
        assembly.marks[present.mark.folder.id] = present.mark
        pending = nil
    }

    /// Closes the batch; the outbox has room.
    private mutating func seal(into outbox: inout ExportOutbox) {
        guard !builder.isEmpty || !assembly.isEmpty else { return }
        outbox.append(
            builder.take(),
            marks: assembly.marks,
            isBacklog: assembly.isBacklog,
            oldest: assembly.oldest
        )
        assembly = Assembly()
    }
}
