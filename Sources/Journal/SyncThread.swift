import CLinux
import Glibc
import Synchronization

/// Makes journals durable behind the back of those who write them: a thread that syncs what has
/// become dirty, at most once in `interval`, and sleeps while nothing is.
///
///     append ─▶ dirty? first one rings ─▶ wait `interval`, while more gather ─▶ sync them all
///
/// Whoever cannot wait calls `JournalWriter.sync` itself: the thread then finds nothing to do.
package final class SyncThread: Sendable {
    /// How much a power cut may take of what runs have written.
    package static let interval = Duration.milliseconds(200)

    private let bench: Bench
    private let thread: Mutex<pthread_t?>

    /// What the owner and the thread share; the thread never holds its owner.
    fileprivate final class Bench: Sendable {
        let interval: Duration
        /// An eventfd: rings when the first journal becomes dirty, and to stop.
        let bell: Int32
        let state = Mutex(State())
        let wakeUps = Atomic(0)

        struct State {
            var dirty: [JournalWriter] = []
            var isStopping = false
            var pings: [@Sendable () -> Void] = []
        }

        init(interval: Duration, bell: Int32) {
            self.interval = interval
            self.bell = bell
        }

        deinit {
            _ = Glibc.close(bell)
        }
    }

    /// Starts the thread.
    ///
    /// - Throws: `storage` when the system has no descriptor or no thread to give.
    package init(interval: Duration = SyncThread.interval) throws(JournalError) {
        let bell = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard bell >= 0 else { throw .storage(StorageError(.open, "eventfd", code: errno)) }
        bench = Bench(interval: interval, bell: bell)
        thread = Mutex(nil)
        let started = try SyncThread.start(bench)
        thread.withLock { $0 = started }
    }

    deinit {
        stop()
    }

    /// Syncs `journal` from now on whenever it is dirty.
    package func watch(_ journal: JournalWriter) {
        journal.whenDirty { [bench] journal in
            let isFirst = bench.state.withLock { state in
                state.dirty.append(journal)
                return state.dirty.count == 1
            }
            if isFirst { bench.ring() }
        }
    }

    /// Leaves `journal` to itself, as its owner closes it.
    package func unwatch(_ journal: JournalWriter) {
        journal.whenDirty(nil)
        bench.state.withLock { state in state.dirty.removeAll { $0 === journal } }
    }

    /// Has the thread call `answer` once it has synced what is dirty: a disk that stands still
    /// shows in how long that takes.
    ///
    /// - Returns: False when too many wait for that already, or the thread is ending.
    package func ping(_ answer: @escaping @Sendable () -> Void) -> Bool {
        let isTaken = bench.state.withLock { state in
            guard !state.isStopping, state.pings.count < 16 else { return false }
            state.pings.append(answer)
            return true
        }
        if isTaken { bench.ring() }
        return isTaken
    }

    /// Syncs what is dirty, ends the thread and waits for its end.
    package func stop() {
        bench.state.withLock { $0.isStopping = true }
        bench.ring()
        let taken = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        if let taken { pthread_join(taken, nil) }
    }

    /// How often the thread has been awake: never, while nothing is written.
    package var wakeUps: Int { bench.wakeUps.load(ordering: .relaxed) }

    private static func start(_ bench: Bench) throws(JournalError) -> pthread_t {
        let context = unsafe Unmanaged.passRetained(bench)
        var identifier = pthread_t()
        let code = unsafe pthread_create(
            &identifier,
            nil,
            { context in
                guard let context = unsafe context else { return nil }
                unsafe pthread_setname_np(pthread_self(), "weir-sync")
                unsafe Unmanaged<Bench>.fromOpaque(context).takeRetainedValue().run()
                return nil
            },
            context.toOpaque()
        )
        guard code == 0 else {
            unsafe context.release()
            throw .storage(StorageError(.open, "a thread", code: code))
        }
        return identifier
    }
}

extension SyncThread.Bench {
    func ring() {
        var one: UInt64 = 1
        _ = unsafe write(bell, &one, MemoryLayout<UInt64>.size)
    }

    func run() {
        blockSignals()
        while true {
            sleep(atMost: nil)
            wakeUps.add(1, ordering: .relaxed)
            var isStopping = state.withLock { $0.isStopping }
            if !isStopping {
                sleep(atMost: interval)
                isStopping = state.withLock { $0.isStopping }
            }
            let (dirty, pings) = state.withLock { state in
                defer { (state.dirty, state.pings) = ([], []) }
                return (state.dirty, state.pings)
            }
            for journal in dirty {
                // The journal's listeners hear of a failure, and its next append fails.
                try? journal.sync()
            }
            for answer in pings { answer() }
            if isStopping { return }
        }
    }

    /// Returns when the bell rings, and in `limit` if it does not.
    private func sleep(atMost limit: Duration?) {
        let deadline = limit.map { ContinuousClock.now + $0 }
        while true {
            var timeout: Int32 = -1
            if let deadline {
                let left = deadline - ContinuousClock.now
                if left <= .zero { return }
                // Rounded up: waking early would mean going round.
                timeout = Int32(clamping: Int64(left / .milliseconds(1)) + 1)
            }
            var descriptor = pollfd(fd: bell, events: Int16(POLLIN), revents: 0)
            let count = unsafe poll(&descriptor, 1, timeout)
            if count > 0 {
                var rings: UInt64 = 0
                _ = unsafe read(bell, &rings, MemoryLayout<UInt64>.size)
                return
            }
        }
    }

    /// Leaves every signal to the loop that waits for them.
    private func blockSignals() {
        var all = sigset_t()
        unsafe sigfillset(&all)
        unsafe pthread_sigmask(SIG_BLOCK, &all, nil)
    }
}
