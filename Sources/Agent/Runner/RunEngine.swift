import CLinux
import Glibc
import Journal
package import Pipeline
package import Transport

/// Runs one machine: a plain synchronous reactor.
///
///     pidfds, pipes, timers, signals, inbox ─▶ inputs ─▶ machine ─▶ one write ─▶ effects
///
/// Everything happens on the thread that calls `run`; nothing here waits for a disk's sync, a
/// network or a terminal.
package final class RunEngine {
    var machine: RunMachine
    let clock: RunClock
    let sink: any RunSink
    let context: RunContext
    let mask: SecretMask
    let environment: StepEnvironment
    let logs: LogPlace
    let outputsFolder: OutputsFolder
    /// `nil` where no step has one.
    var cache: EngineCache?
    var spawner: ProcessSpawner
    var queue: EpollQueue
    var slots = AttemptSlots()
    var floor = MemoryFloor()
    var oom = OOMWatch()
    /// Outputs of the steps that have given any, by step index.
    var outputs: [Int: [String: String]] = [:]
    var inputs: [RunInput] = []
    /// Attempts that have a process now: told with whatever happens next, or soon.
    var launches: [RunInput] = []
    var readBuffer = [UInt8](repeating: 0, count: 65_536)
    /// When the beginning of a line that an attempt has printed goes to its log, end or not.
    var linesDue: Timestamp?
    private var turn = RunTurn()
    /// Events that the machine has taken and the journal has not.
    private(set) var unwritten: [RunEvent] = []
    private var happened: [EpollQueue.Event] = []
    /// `nil` where somebody else decides what a signal means.
    private var signals: SignalInbox?
    private var inbox: InboxWatch?
    private let inboxFolder: Inbox
    private var touchedAt = Timestamp(nanoseconds: .min)
    private var sweptAt = Timestamp(nanoseconds: .min)
    var foreground = TerminalForeground()
    private var hasAlarm = false
    /// Whether any step has an `idle_timeout`: without one nobody looks for it.
    private let watchesSilence: Bool
    /// Asks whether the loop still turns.
    let pings: PingBox
    /// Where gates are asked; `nil`: the run has none.
    private let flow: FlowSeat?

    /// The signal that asked the run to end, if one did.
    package private(set) var cancelSignal: Int32?
    /// The first cancels, the second forces, the third gives up.
    private var signalCount = 0

    /// Takes a machine that has replayed all that the journal holds.
    ///
    /// Logs go to `folder`, and requests come from its inbox. Throws what keeps the reactor from
    /// being set up.
    package init(
        machine: RunMachine,
        clock: RunClock,
        context: RunContext,
        folder: RunFolder,
        sink: any RunSink,
        flow: FlowSeat? = nil
    ) throws(SystemError) {
        self.machine = machine
        self.clock = clock
        self.sink = sink
        self.flow = flow
        self.context = context
        spawner = ProcessSpawner(openFiles: context.openFiles)
        logs = LogPlace(folder.logsPath, bytesMax: context.logBytesMax, sink: context.lines)
        watchesSilence = context.isCaptured && machine.plan.steps.contains { $0.idleTimeout != nil }
        mask = SecretMask(values: Array(context.secrets.values))
        environment = StepEnvironment(plan: machine.plan, context: context)
        outputsFolder = try OutputsFolder(context.scratch)
        queue = try EpollQueue()
        pings = try PingBox()
        if context.children == nil {
            let inbox = SignalInbox()
            try queue.add(inbox.descriptor, token: Token.signals)
            signals = consume inbox
        }
        try queue.add(sink.alarm.number, token: Token.alarm)
        try queue.add(pings.bell.number, token: Token.ping)
        if let flow { try queue.add(flow.bell.number, token: Token.flow) }
        cache = try Self.makeCache(machine.plan, context)
        if let cache { try queue.add(cache.steps.bell.number, token: Token.cache) }
        inboxFolder = folder.inbox
        // What a step's processes leave behind becomes ours, so that it can be ended.
        _ = weir_prctl(PR_SET_CHILD_SUBREAPER, 1)
    }

    /// Runs to the end.
    ///
    /// - Parameter first: `start`, or `resume` after a replay.
    /// - Returns: How the run ended; its last event is durable.
    /// - Throws: When the journal takes no more, or a third signal came: no process is left, the
    ///   run has no end and can be resumed.
    package func run(first: RunInput) throws -> RunEnd {
        inputs.append(first)
        do {
            try takeInputs()
            // The first steps do not wait for it.
            try openInbox()
            while true {
                try takeInputs()
                if let end = machine.end { return finish(end) }
                guard signalCount < 3 else { throw RunAbandoned() }
                waitForWorld()
                if hasAlarm { try sink.checkJournal() }
                if let grace = pings.interruption { throw RunDrained(grace: grace) }
            }
        } catch {
            leave(because: error)
            throw error
        }
    }

    // MARK: - One turn

    private func takeInputs() throws {
        repeat {
            let now = clock.now
            turn.removeAll()
            for launch in launches { machine.handle(launch, at: now, into: &turn) }
            for input in inputs { machine.handle(input, at: now, into: &turn) }
            if launches.isEmpty, inputs.isEmpty { machine.handle(.tick, at: now, into: &turn) }
            launches.removeAll(keepingCapacity: true)
            inputs.removeAll(keepingCapacity: true)
            try write(at: now)
            for event in turn.events { take(event) }
            for effect in turn.effects { perform(effect, at: now) }
        } while !inputs.isEmpty
    }

    private func write(at now: Timestamp) throws {
        guard !turn.events.isEmpty else { return }
        do {
            try sink.write(turn.events, at: now)
        } catch {
            unwritten = turn.events
            throw error
        }
    }

    private func perform(_ effect: RunEffect, at now: Timestamp) {
        switch effect {
        case .launch(let attempt, let step): launch(attempt, step, at: now)
        case .lookUpCache(let step): lookUpCache(step)
        case .storeInCache(let step): storeInCache(step)
        case .terminate(let attempt):
            guard let pid = slots.attempt(attempt)?.process.pid else { return }
            _ = kill(-pid, SIGTERM)
            // A stopped process cannot act on it.
            _ = kill(-pid, SIGCONT)
        case .kill(let attempt):
            guard let pid = slots.attempt(attempt)?.process.pid else { return }
            _ = kill(-pid, SIGKILL)
        case .claim, .withdraw, .release:
            if let flow { inputs += flow.perform(effect, at: clock.now) }
        case .finish: break
        }
    }

    private func waitForWorld() {
        let before = clock.now
        touchLock(at: before)
        happened.removeAll(keepingCapacity: true)
        var hasNews = false
        queue.wait(timeout: timeout(from: before)) { happened.append($0) }
        for event in happened {
            switch event.token {
            case Token.signals: noticeSignals()
            case Token.inbox: noticeRequests()
            case Token.alarm: hasAlarm = true
            case Token.ping: pings.answer()
            case Token.flow: hasNews = true
            case Token.cache: noticeCache()
            default: notice(event)
            }
        }
        if let flow, hasNews || machine.waitsForGates { inputs += flow.take(at: clock.now) }
        if !mask.isEmpty { flushHeld(at: clock.now) }
        if let due = linesDue, due <= clock.now { flushLines(at: clock.now) }
        if watchesSilence { noticeSilence(at: clock.now) }
    }

    /// Until the next thing that only time brings.
    private func timeout(from now: Timestamp) -> Duration? {
        var next: Timestamp?
        func wake(at instant: Timestamp) { next = min(next ?? instant, instant) }
        if let deadline = machine.nextDeadline { wake(at: deadline) }
        if machine.waitsForGates, let left = flow?.timeLeft { wake(at: now + left) }
        if !launches.isEmpty { wake(at: now + RunEngine.launchDelay) }
        if !slots.isEmpty {
            wake(at: touchedAt + RunEngine.touchInterval)
            wake(at: sweptAt + RunEngine.sweepInterval)
        }
        if !mask.isEmpty, slots.hasHeldBytes { wake(at: now + RunEngine.holdLimit) }
        if let due = linesDue { wake(at: due) }
        if watchesSilence, let end = slots.endOfSilence { wake(at: end) }
        return next.map { max($0 - now, .zero) }
    }

    /// How long a pid may stay untold: a short attempt's start and end then share one write.
    ///
    /// Nothing depends on it: what a crash leaves running is also found by its environment.
    private static let launchDelay = Duration.milliseconds(5)
    private static let touchInterval = Duration.seconds(5)
    /// How long what a step left behind may stay a zombie: nothing else tells of its end.
    private static let sweepInterval = Duration.seconds(1)
    /// How long bytes that may begin a secret wait for the rest.
    static let holdLimit = Duration.milliseconds(50)

    private func touchLock(at now: Timestamp) {
        if !slots.isEmpty, now - touchedAt >= RunEngine.touchInterval {
            touchedAt = now
            sink.touch()
        }
        guard now - sweptAt >= RunEngine.sweepInterval else { return }
        sweptAt = now
        if !slots.isEmpty { oom.look(at: now, running: runningEverywhere) }
        if let children = context.children {
            children.sweep(at: now)
        } else {
            reapAdopted(except: slots.pids)
        }
    }

    // MARK: - Asking the run to end

    private func noticeSignals() {
        for signal in signals?.read() ?? [] {
            signalCount += 1
            if cancelSignal == nil { cancelSignal = signal }
            let name = signal == SIGINT ? "SIGINT" : signal == SIGTERM ? "SIGTERM" : "SIGHUP"
            inputs.append(.cancel(by: "signal \(name)", isForced: false))
        }
    }

    private func openInbox() throws {
        do throws(StateError) {
            try inboxFolder.make()
        } catch {
            if case .storage(let fault) = error, fault.code == ENOENT { return }
            throw error
        }
        let watch: InboxWatch
        do throws(SystemError) {
            watch = try InboxWatch(folder: inboxFolder.path)
        } catch {
            // The run's folder is gone, and with it the journal: its next sync ends the run.
            if error.code == ENOENT { return }
            throw error
        }
        try queue.add(watch.descriptor, token: Token.inbox)
        inbox = consume watch
        // Requests may have come before anyone watched.
        noticeRequests()
    }

    private func noticeRequests() {
        inbox?.drain()
        for request in sink.takeRequests() {
            switch request {
            case .cancel(let by, let isForced): inputs.append(.cancel(by: by, isForced: isForced))
            case .supersede(let other): inputs.append(.supersede(by: other))
            }
        }
    }

    func handTerminal(to pid: Int32) {
        if !context.isCaptured { foreground.hand(to: pid) }
    }
}
