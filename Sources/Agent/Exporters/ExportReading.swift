import Pipeline
import Telemetry

/// Fills a lane's outbox: streams are read, folded and encoded into batches for as long as it has
/// room, those of this process's runs first.
struct ExportReading {
    /// Why a run of this process can be read no further.
    private(set) var stuck: ExportProblem?
    private var own = ExportFollowing()
    /// Of every stream of which something may be on its way: what is here, no other exporter reads.
    private var tails: [ExportKey: any ExportTail] = [:]
    private var backlog: ExportBacklog?
    private var backlogTail: (any ExportTail)?
    private var builder: OTLPBatchBuilder
    private var assembly = Assembly()
    private var pending: ExportRest?
    private var isOwnExhausted = true
    private var isBacklogExhausted: Bool
    private let linger: Duration

    /// What goes with the batch that is being built.
    private struct Assembly {
        var marks: [ExportKey: ExportOutbox.Mark] = [:]
        var isBacklog = false
        var since: ContinuousClock.Instant?
        var oldest: Timestamp?

        var isEmpty: Bool { marks.isEmpty }
        var hasEnd: Bool { marks.values.contains { $0.cursor.isDone } }
    }

    /// Files open at once: each takes a descriptor until what was read of it has arrived.
    private static let tailsMax = 128

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
        return hasRead && itemCount(isBacklog: isBacklog) == 0
            && !(assembly.isBacklog == isBacklog && assembly.hasEnd)
    }

    func itemCount(isBacklog: Bool) -> Int {
        var count = assembly.isBacklog == isBacklog ? builder.spanCount : 0
        if let pending, pending.mark.source.isBacklog == isBacklog { count += pending.itemCount }
        return count
    }

    /// Another process sends what others left.
    var isBacklogElsewhere: Bool { backlog?.isElsewhere ?? false }

    /// Another exporter is at a run of this process.
    var isOwnElsewhere: Bool { own.isElsewhere }

    var oldest: Timestamp? { assembly.oldest ?? pending?.oldest }

    /// Follows a stream of a run of this process.
    mutating func follow(_ source: ExportSource) {
        own.follow(source)
        isOwnExhausted = false
    }

    /// The run does not go on here: what can be sent of it is backlog.
    mutating func leave(_ run: RunID) {
        own.leave(run)
    }

    /// The stream has been sent in full.
    mutating func forget(_ key: ExportKey) {
        own.forget(key)
    }

    /// Gives others the files that are read no more and of which nothing is on its way: their
    /// cursors stand where they should.
    mutating func releaseTails(besides outbox: ExportOutbox) {
        let read = own.openTails
        tails = tails.filter { key, tail in
            read.contains(ObjectIdentifier(tail)) || backlogTail === tail || outbox.holds(key)
                || assembly.marks[key] != nil || pending?.mark.source.key == key
        }
    }

    mutating func close() {
        own.close()
        tails = [:]
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
        if let batch = outbox.takeArrived() { builder.recycle(batch) }
        var lines = 0
        while outbox.hasRoom {
            if pending != nil {
                deliver(into: &outbox, &statistics, at: now)
            } else if lines >= ExportReading.linesPerTurn {
                return now
            } else if read(ending: ending, &statistics, at: now) {
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
        if isExhausted, outbox.isEmpty { builder.releaseMemory() }
        let searchAgain = ending == .atExit ? nil : backlog?.nextSearch
        let retry = canOpen ? own.nextRetry : nil
        return [assembly.since.map { $0 + linger }, searchAgain, retry].compactMap { $0 }.min()
    }

    /// Whether files that were not opened for want of room can be opened now.
    func canGoOn(ending: ExportEnding?, at now: ContinuousClock.Instant) -> Bool {
        let hasBacklog = ending != .atExit && backlog?.hasMore == true
        return canOpen && (hasBacklog || own.holdsWaiting(at: now))
    }

    /// Reads one line.
    ///
    /// - Returns: False when there is none to be read now.
    private mutating func read(
        ending: ExportEnding?,
        _ statistics: inout ExportStatistics,
        at now: ContinuousClock.Instant
    ) -> Bool {
        if readOwn(isEnding: ending != nil, &statistics, at: now) { return true }
        own.removeRead()
        // What could not be opened is read once something has arrived.
        guard canOpen || !own.holdsWaiting(at: now) else { return false }
        isOwnExhausted = true
        let withBacklog = ending != .atExit
        while withBacklog, let tail = nextBacklogTail(at: now) {
            // A run that cannot be read further waits for a person; the others go on.
            if (try? read(tail, &statistics, at: now)) == true { return true }
            tail.finish()
            backlogTail = nil
        }
        isBacklogExhausted = backlog.map { withBacklog && canOpen && !$0.hasMore } ?? true
        return false
    }

    private var canOpen: Bool { tails.count < Self.tailsMax }

    private mutating func readOwn(
        isEnding: Bool,
        _ statistics: inout ExportStatistics,
        at now: ContinuousClock.Instant
    ) -> Bool {
        for index in own.indices {
            do throws(ExportProblem) {
                let found = try own.tail(index, at: now, isEnding: isEnding, canOpen: canOpen)
                guard let tail = found else { continue }
                if tails[tail.source.key] !== tail { tails[tail.source.key] = tail }
                if try read(tail, &statistics, at: now) { return true }
            } catch {
                stuck = error
                own.giveUp(index)
            }
        }
        return false
    }

    /// Reads a line; its spans go into the batch while there is room.
    private mutating func read(
        _ tail: any ExportTail,
        _ statistics: inout ExportStatistics,
        at now: ContinuousClock.Instant
    ) throws(ExportProblem) -> Bool {
        let isBacklog = tail.source.isBacklog
        // A batch is of this process or of others, so that their counts can be told apart.
        let isOpen = assembly.isEmpty && builder.isEmpty || assembly.isBacklog == isBacklog
        var rest: [FinishedSpan] = []
        var resource: OTLPResource?
        let step = try tail.next { span, owner in
            resource = owner
            if isOpen, rest.isEmpty, add(span, owner, isBacklog, &statistics, at: now) { return }
            rest.append(copy span)
        }
        guard case .line(let cargo, let cursor) = step else { return false }
        if tail.isDone { tail.finish() }
        var piece: ExportPiece?
        if case .piece(let found) = cargo { piece = found }
        // Nothing to send and nothing to remember: most events.
        if resource == nil, piece == nil, !cursor.isDone { return true }
        let mark = ExportOutbox.Mark(tail.source, cursor)
        if resource != nil, rest.isEmpty {
            note(mark)
        } else {
            pending = ExportRest(spans: rest[...], resource: resource, piece: piece, mark: mark)
        }
        return true
    }

    private mutating func nextBacklogTail(
        at now: ContinuousClock.Instant
    ) -> (any ExportTail)? {
        if backlogTail == nil, canOpen, let tail = backlog?.next(besides: own.keys, at: now) {
            backlogTail = tail
            tails[tail.source.key] = tail
        }
        return backlogTail
    }

    // MARK: - Batches

    /// Puts what is pending into the batch, as far as the outbox has room.
    private mutating func deliver(
        into outbox: inout ExportOutbox,
        _ statistics: inout ExportStatistics,
        at now: ContinuousClock.Instant
    ) {
        guard let present = pending else { return }
        let isBacklog = present.mark.source.isBacklog
        if !assembly.isEmpty || !builder.isEmpty, assembly.isBacklog != isBacklog {
            return seal(into: &outbox)
        }
        if let piece = present.piece {
            // It goes as it came; what was gathered before it goes first.
            if !assembly.isEmpty { return seal(into: &outbox) }
            pending = nil
            let marks = [present.mark.source.key: present.mark]
            return outbox.append(piece, marks: marks, isBacklog: isBacklog, oldest: piece.at)
        }
        while let span = pending?.spans.first, let resource = present.resource {
            guard add(span, resource, isBacklog, &statistics, at: now) else {
                return seal(into: &outbox)
            }
            pending?.spans.removeFirst()
        }
        note(present.mark)
        pending = nil
    }

    /// All of a line is in the batch, or in those before it.
    private mutating func note(_ mark: ExportOutbox.Mark) {
        assembly.isBacklog = mark.source.isBacklog
        assembly.marks[mark.source.key] = mark
    }

    /// Puts a span into the batch.
    ///
    /// - Returns: False when the batch is full.
    private mutating func add(
        _ span: borrowing FinishedSpan,
        _ resource: OTLPResource,
        _ isBacklog: Bool,
        _ statistics: inout ExportStatistics,
        at now: ContinuousClock.Instant
    ) -> Bool {
        switch builder.add(span, of: resource) {
        case .added:
            assembly.isBacklog = isBacklog
            assembly.since = assembly.since ?? now
            let end = span.end
            assembly.oldest = min(assembly.oldest ?? end, end)
        case .oversized:
            statistics.count(ExportOutbox.Settled(rejected: 1, isBacklog: isBacklog))
        case .full: return false
        }
        return true
    }

    /// Closes the batch; the outbox has room.
    private mutating func seal(into outbox: inout ExportOutbox) {
        guard !builder.isEmpty || !assembly.isEmpty else { return }
        outbox.append(
            builder.take().map { ExportPiece($0) },
            marks: assembly.marks,
            isBacklog: assembly.isBacklog,
            oldest: assembly.oldest
        )
        assembly = Assembly()
    }
}
