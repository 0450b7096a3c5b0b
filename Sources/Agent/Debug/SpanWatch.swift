import Pipeline
import Synchronization
import Telemetry
import Transport

/// Feeds `/debug/spans`: takes runs' events from their engines, and folds them on a thread of its own.
///
/// An engine only leaves its events in a mailbox; ten times a second at most the thread empties it,
/// and it answers the page itself. So nobody computes under a lock that an engine waits for, and the
/// endpoint loop does not render.
final class SpanWatch: Sendable {
    /// Events that may wait; a tenth of a second of a very busy agent.
    private static let capacity = 65_536
    private static let rest = Duration.milliseconds(100)

    private enum Letter: Sendable {
        case events(RunID, [RecordedEvent])
        case closed(RunID)
    }

    private struct Mailbox {
        var letters: [Letter] = []
        var count = 0
        /// The thread will look.
        var isAwaited = false
    }

    private let mailbox = Mutex(Mailbox())
    /// The thread alone takes this lock.
    private let board: Mutex<SpanBoard>
    private let dropped: CounterChild
    private let capacity: Int
    private let rest: Duration
    private let thread: WorkThread

    /// Begins to watch.
    ///
    /// - Parameters:
    ///   - registry: Where dropped events are counted.
    ///   - capacity: Events that may wait to be folded.
    ///   - rest: How long they wait at most, if nobody looks.
    /// - Throws: When the system has no descriptor or thread to give.
    init(
        _ registry: MetricRegistry,
        capacity: Int = SpanWatch.capacity,
        rest: Duration = SpanWatch.rest
    ) throws(SystemError) {
        board = Mutex(SpanBoard(since: RunClock.wallNow))
        dropped = registry.counter(
            MetricCatalog.eventsDropped,
            [EventSubscriber.spans.rawValue]
        )
        self.capacity = capacity
        self.rest = rest
        thread = try WorkThread("weir-spans")
    }

    /// Whom a run has to tell.
    func listener(of run: RunID) -> any RunListener { Listener(run: run, watch: self) }

    /// Answers from the board as it is after all that was offered so far.
    func answer(_ page: @escaping @Sendable (SpanBoard) -> HTTPResponse) -> HTTPReply {
        .task { [self] in
            let response = await thread.perform { [self] in
                empty()
                return page(board.withLock { $0 })
            }
            let detail = "too many requests wait for this page: try again"
            return response
                ?? .problem(status: 503, detail: detail, headers: ["Retry-After": "1"])
        }
    }

    /// Folds what is left and ends the thread; call it once.
    func stop() { thread.stop() }

    private func post(_ letter: Letter, _ events: Int) {
        let (isTaken, wakes) = mailbox.withLock { mailbox in
            // One turn may be a whole journal that is taken up: it shares its memory with others.
            // An end always fits: there are no more of them than runs.
            guard events == 0 || mailbox.count == 0 || mailbox.count + events <= capacity else {
                return (false, false)
            }
            mailbox.letters.append(letter)
            mailbox.count += events
            defer { mailbox.isAwaited = true }
            return (true, !mailbox.isAwaited)
        }
        if !isTaken { dropped.add(UInt64(events)) }
        if wakes { thread.submit(after: rest) { [weak self] in self?.empty() } }
    }

    private func empty() {
        let letters = mailbox.withLock { mailbox in
            defer { mailbox = Mailbox() }
            return mailbox.letters
        }
        board.withLock { board in
            for letter in letters {
                switch letter {
                case .events(let run, let events): board.apply(events, of: run)
                case .closed(let run): board.close(run)
                }
            }
        }
    }

    private struct Listener: RunListener {
        let run: RunID
        let watch: SpanWatch

        func offer(_ events: [RecordedEvent]) {
            if !events.isEmpty { watch.post(.events(run, events), events.count) }
        }

        func close() { watch.post(.closed(run), 0) }
        func offer(_ attempt: AttemptRef, lastLine: String) {}
        func offer(notice: String) {}
    }
}
