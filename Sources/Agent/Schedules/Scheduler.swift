package import Pipeline
import Synchronization
import Telemetry
import Transport

/// The thread that begins runs by themselves: the shell around `ScheduleMachine`.
///
///     bell, wall clock ─▶ machine ─▶ agent/journal.jsonl ─▶ runs
///
/// It sleeps until the next slot is due, whatever else happens: an agent with nothing to do is not
/// woken up. What it knows is published as a value after every turn.
package final class Scheduler: Sendable {
    /// How the schedules of an agent stand.
    package struct Standing: Sendable {
        /// When the next run of a pipeline is due; of those that have one.
        package var nextDue: [String: Timestamp] = [:]
        /// Slots that wait to begin, and since when the first does.
        package var waiting = 0
        package var oldestWaiting: Timestamp?
    }

    fileprivate enum Message: Sendable {
        case load([String: ServedPipeline])
        case ended(pipeline: String)
        case ping(@Sendable () -> Void)
        case stop
    }

    private struct Mailbox {
        var messages: [Message] = []
        var pings = 0
        var isEnding = false
    }

    private let mailbox = Mutex(Mailbox())
    private let bell: EventDescriptor
    private let published = Mutex(Standing())
    private let thread = Mutex<NamedThread?>(nil)
    /// Why its memory could not be read whole, for people; `nil`: it could.
    package let notice: String?

    /// Starts the thread, with what former lives remember.
    ///
    /// - Parameters:
    ///   - host: Runs what is due.
    ///   - state: Where it is remembered; its agent's lock is held.
    ///   - pipelines: Those that are served.
    ///   - environment: Where secrets of runs are found.
    ///   - meters: Told of what happens.
    ///   - log: Weir's own.
    ///   - newID: Draws ids.
    /// - Throws: `StateError`; what the system has none of.
    init(
        _ host: RunHost,
        in state: StateFolder,
        pipelines: PipelineFolder,
        environment: [String: String],
        meters: ScheduleMeters,
        log: AgentLog?,
        newID: () -> RunID
    ) throws {
        guard let bell = EventDescriptor() else { throw SystemError("eventfd") }
        self.bell = bell
        let journal = try AgentJournal(
            in: state,
            syncer: host.services.syncer,
            seed: SlotSeed(high: newID().low, low: newID().low),
            at: RunClock.wallNow
        )
        notice = journal.notice
        let seed = journal.memory.seed ?? SlotSeed(high: newID().low, low: newID().low)
        let turns = SchedulerTurns(
            machine: ScheduleMachine(restoring: journal.memory),
            journal: journal,
            starter: try SlotStarter(host, state, environment, seed),
            meters: meters,
            log: log
        )
        let timer = try WallTimer()
        // Here, so that what is due next is known when this returns.
        turns.load(pipelines.pipelines)
        turns.show()
        let standing = turns.standing
        published.withLock { $0 = standing }
        let started = try Self.start(self, timer, turns)
        thread.withLock { $0 = started }
    }

    private static func start(
        _ scheduler: Scheduler,
        _ timer: consuming WallTimer,
        _ turns: sending SchedulerTurns
    ) throws(SystemError) -> NamedThread {
        let parts = Parts(timer: timer, turns: turns)
        return try NamedThread("weir-schedule") { [weak scheduler] in
            while let scheduler, scheduler.turn(parts) {}
        }
    }

    /// What the thread has to itself.
    private final class Parts {
        let timer: WallTimer
        let turns: SchedulerTurns

        init(timer: consuming WallTimer, turns: SchedulerTurns) {
            self.timer = timer
            self.turns = turns
        }
    }

    /// As of the last turn.
    package var standing: Standing { published.withLock { $0 } }

    /// Other definitions are served from now on.
    func load(_ pipelines: PipelineFolder) { post(.load(pipelines.pipelines)) }

    /// A run is over, and what it held is free.
    func runEnded(of pipeline: String) { post(.ended(pipeline: pipeline)) }

    /// Has the thread call `answer`: whether it still turns.
    ///
    /// - Returns: False when too many wait for that, or the thread is ending.
    func ping(_ answer: @escaping @Sendable () -> Void) -> Bool {
        let (isTaken, isEnding) = mailbox.withLock { mailbox in
            guard !mailbox.isEnding, mailbox.pings < 16 else { return (false, mailbox.isEnding) }
            mailbox.pings += 1
            mailbox.messages.append(.ping(answer))
            return (true, false)
        }
        if isTaken { bell.signal() }
        // One that was asked to end is not late.
        if isEnding { answer() }
        return isTaken || isEnding
    }

    /// Begins nothing more, writes what it knows, and ends the thread; further calls mean nothing.
    package func stop() {
        guard let thread = thread.withLock({ $0.take() }) else { return }
        mailbox.withLock { mailbox in
            mailbox.isEnding = true
            mailbox.messages.append(.stop)
        }
        bell.signal()
        thread.join()
    }

    private func post(_ message: Message) {
        mailbox.withLock { mailbox in
            guard !mailbox.isEnding else { return }
            // Definitions replace one another, and an end that was told needs no second telling:
            // at most one message a pipeline waits.
            mailbox.messages.removeAll { $0.isReplaced(by: message) }
            mailbox.messages.append(message)
        }
        bell.signal()
    }

    /// One turn, which ends with a wait for the next.
    ///
    /// - Returns: False after the last one.
    private func turn(_ parts: Parts) -> Bool {
        let messages = mailbox.withLock { mailbox in
            defer { (mailbox.messages, mailbox.pings) = ([], 0) }
            return mailbox.messages
        }
        var answers: [@Sendable () -> Void] = []
        // After all else: who hears of it sees what came of the messages before it.
        defer { for answer in answers { answer() } }
        for message in messages {
            switch message {
            case .load(let pipelines): parts.turns.load(pipelines)
            case .ended(let pipeline): parts.turns.runEnded(of: pipeline)
            case .ping(let answer): answers.append(answer)
            case .stop:
                parts.turns.stop()
                return false
            }
        }
        parts.turns.advance { mailbox.withLock { !$0.messages.isEmpty } }
        let standing = parts.turns.standing
        published.withLock { $0 = standing }
        for answer in answers { answer() }
        answers = []
        parts.timer.wait(until: parts.turns.wake, or: bell)
        return true
    }
}

extension Scheduler.Message {
    fileprivate func isReplaced(by newer: Scheduler.Message) -> Bool {
        switch (self, newer) {
        case (.load, .load): true
        case (.ended(let one), .ended(let other)): one == other
        default: false
        }
    }
}
