import Pipeline
import Telemetry

/// Fills the outbox: journals are read, folded and encoded into batches for as long as it has
/// room, this process's runs first.
struct ExportReading {
    /// Why a run of this process can be read no further.
    private(set) var stuck: ExportProblem?
    private var own = ExportFollowing()
    /// Of every run of which something may be on its way: what is here, no other exporter reads.
    private var journals: [RunID: ExportTail] = [:]
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

    /// Journals open at once: each takes a descriptor until what was read of it has arrived.
    private static let journalsMax = 128

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

    /// Another exporter is at a run of this process.
    var isOwnElsewhere: Bool { own.isElsewhere }

    var oldest: Timestamp? { assembly.oldest ?? pending?.spans.first?.end }

    /// Follows a run of this process.
    mutating func follow(_ folder: RunFolder, before watermark: @escaping @Sendable () -> Int) {
        own.follow(folder, before: watermark)
        isOwnExhausted = false
    }

    /// The run does not go on here: what can be sent of it is backlog.
    mutating func leave(_ run: RunID) {
        own.leave(run)
    }

    /// The run has been sent in full.
    mutating func forget(_ run: RunID) {
        own.forget(run)
    }

    /// Gives others the journals that are read no more and of which nothing is on its way: their
    /// cursors stand where they should.
    mutating func releaseJournals(besides outbox: ExportOutbox) {
        let read = own.openTails
        journals = journals.filter { run, tail in
            read.contains(ObjectIdentifier(tail)) || backlogTail === tail || outbox.holds(run)
                || assembly.marks[run] != nil || pending?.mark.folder.id == run
        }
    }

    mutating func close() {
        own.close()
        journals = [:]
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
            } else if read(ending: ending, at: now) {
                lines += 1
            } else {
                break
            }
        }
        // Without room everything waits for an answer, and an answer is a turn.
        guard outbox.hasRoom else { return nil }
        if canOpen, ending != .atExit, backlog?.hasMore == true { return now }
        let isDue = assembly.since.map { now >= $0 + linger } ?? false
        if isDue || ending != nil || assembly.hasEnd || assembly.isBacklog { seal(into: &outbox) }
        let searchAgain = ending == .atExit ? nil : backlog?.nextSearch
        let retry = canOpen ? own.nextRetry : nil
        return [assembly.since.map { $0 + linger }, searchAgain, retry].compactMap { $0 }.min()
    }

    /// Whether journals that were not opened for want of room can be opened now.
    func canGoOn(ending: ExportEnding?, at now: ContinuousClock.Instant) -> Bool {
        let hasBacklog = ending != .atExit && backlog?.hasMore == true
        return canOpen && (hasBacklog || own.holdsWaiting(at: now))
    }

    /// Reads one event.
    ///
    /// - Returns: False when there is none to be read now.
    private mutating func read(
        ending: ExportEnding?,
        at now: ContinuousClock.Instant
    ) -> Bool {
        if readOwn(isEnding: ending != nil, at: now) { return true }
        own.removeRead()
        // What could not be opened is read once something has arrived.
        guard canOpen || !own.holdsWaiting(at: now) else { return false }
        isOwnExhausted = true
        let withBacklog = ending != .atExit
        while withBacklog, let tail = nextBacklogTail(at: now) {
            // A run that cannot be read further waits for a person; the others go on.
            if (try? read(tail)) == true { return true }
            tail.finish()
            backlogTail = nil
        }
        isBacklogExhausted = backlog.map { withBacklog && canOpen && !$0.hasMore } ?? true
        return false
    }

    private var canOpen: Bool { journals.count < Self.journalsMax }

    private mutating func readOwn(isEnding: Bool, at now: ContinuousClock.Instant) -> Bool {
        for index in own.indices {
            do throws(ExportProblem) {
                let found = try own.tail(index, at: now, isEnding: isEnding, canOpen: canOpen)
                guard let tail = found else { continue }
                if journals[tail.folder.id] !== tail { journals[tail.folder.id] = tail }
                if try read(tail) { return true }
            } catch {
                stuck = error
                own.giveUp(index)
            }
        }
        return false
    }

    private mutating func read(_ tail: ExportTail) throws(ExportProblem) -> Bool {
        var spans: [FinishedSpan] = []
        guard case .event(let cursor) = try tail.next(into: &spans) else { return false }
        if tail.isDone { tail.finish() }
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
        if backlogTail == nil, canOpen, let tail = backlog?.next(besides: own.ids, at: now) {
            backlogTail = tail
            journals[tail.folder.id] = tail
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
