import Synchronization
import Transport

/// The thread that writes what is received (`weir-received`): what waits for one file goes to the
/// disk with one `fdatasync`.
final class ReceivedWriter: Sendable {
    /// Told whether a body is durable.
    typealias Done = @Sendable (Result<Void, ReceivedRefusal>) -> Void

    struct Job: Sendable {
        let body: ReceivedBody
        let spool: ReceivedSpool
        let done: Done
    }

    fileprivate enum Work: Sendable {
        case write(Job)
        /// Something to be done when all that was asked before it is durable.
        case errand(@Sendable () -> Void)
    }

    fileprivate struct State {
        var work: [Work] = []
        /// Of bodies, those that are being written included.
        var bodies = 0
        var bytes = 0
        var isEnding = false
    }

    fileprivate final class Desk: Sendable {
        let state = Mutex(State())
        let bell: EventDescriptor

        init(_ bell: EventDescriptor) {
            self.bell = bell
        }
    }

    private let desk: Desk
    private let queuedBytes: Int
    private let thread: Mutex<NamedThread?>

    /// Starts the thread.
    ///
    /// - Parameter queuedBytes: So many may wait for the disk.
    /// - Throws: When the system has no descriptor or thread to give.
    init(queuedBytes: Int = ReceivedLimits.queuedBytes) throws(SystemError) {
        self.queuedBytes = queuedBytes
        guard let bell = EventDescriptor() else { throw SystemError("eventfd") }
        let desk = Desk(bell)
        self.desk = desk
        let started = try NamedThread("weir-received") { desk.run() }
        thread = Mutex(started)
    }

    deinit {
        stop()
    }

    /// Has a body written.
    ///
    /// - Returns: False when too much waits already, or the thread is ending: `done` is not called.
    func submit(_ job: Job) -> Bool {
        let isTaken = desk.state.withLock { state in
            guard !state.isEnding, state.bodies < ReceivedLimits.queuedBodies,
                state.bytes + job.body.bytes.count <= queuedBytes
            else { return false }
            state.bodies += 1
            state.bytes += job.body.bytes.count
            state.work.append(.write(job))
            return true
        }
        if isTaken { desk.bell.signal() }
        return isTaken
    }

    /// Has something done behind what waits; a handful for each run.
    ///
    /// - Returns: False when the thread is ending.
    func submit(_ errand: @escaping @Sendable () -> Void) -> Bool {
        let isTaken = desk.state.withLock { state in
            guard !state.isEnding else { return false }
            state.work.append(.errand(errand))
            return true
        }
        if isTaken { desk.bell.signal() }
        return isTaken
    }

    /// Does what waits and ends the thread.
    func stop() {
        desk.state.withLock { $0.isEnding = true }
        desk.bell.signal()
        let taken = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        taken?.join()
    }
}

extension ReceivedWriter.Desk {
    fileprivate func run() {
        while true {
            let (work, isEnding) = state.withLock { state in
                defer { state.work = [] }
                return (state.work, state.isEnding)
            }
            perform(work)
            guard work.isEmpty else { continue }
            if isEnding { return }
            _ = bell.wait(atMost: nil)
            bell.clear()
        }
    }

    private func perform(_ work: [ReceivedWriter.Work]) {
        var group: [ReceivedWriter.Job] = []
        for piece in work {
            switch piece {
            case .write(let job): group.append(job)
            case .errand(let errand):
                write(group)
                group = []
                errand()
            }
        }
        write(group)
    }

    /// Appends all, then syncs each file once, then answers.
    private func write(_ group: [ReceivedWriter.Job]) {
        var spools: [ObjectIdentifier: ReceivedSpool] = [:]
        var outcomes: [Result<Void, ReceivedRefusal>] = []
        for job in group {
            outcomes.append(result { () throws(ReceivedRefusal) in try job.spool.append(job.body) })
            spools[ObjectIdentifier(job.spool)] = job.spool
        }
        let synced = spools.mapValues { spool in
            result { () throws(ReceivedRefusal) in try spool.sync() }
        }
        for (job, outcome) in zip(group, outcomes) {
            let durable = synced[ObjectIdentifier(job.spool)] ?? .success(())
            if case .failure = outcome { job.done(outcome) } else { job.done(durable) }
            state.withLock { state in
                state.bodies -= 1
                state.bytes -= job.body.bytes.count
            }
        }
    }

    private func result(
        _ operation: () throws(ReceivedRefusal) -> Void
    ) -> Result<Void, ReceivedRefusal> {
        do throws(ReceivedRefusal) {
            try operation()
            return .success(())
        } catch {
            return .failure(error)
        }
    }
}
