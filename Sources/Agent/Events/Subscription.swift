import CLinux
import Glibc
package import Pipeline
import Synchronization
import Transport

/// A bounded mailbox between a run and one listener, on different threads.
///
/// The run never waits: what does not fit is dropped and counted. The listener waits for what it
/// likes, as long as it likes.
package final class Subscription: Sendable {
    /// What came since the last look.
    package struct Batch: Sendable {
        package var events: [RecordedEvent] = []
        /// The last line each running attempt printed, where there is a newer one.
        package var lastLines: [AttemptRef: String] = [:]
        /// What a person should be told that is no event, at most a few.
        package var notices: [String] = []
        /// Events that did not fit, since the last look.
        package var dropped = 0
        /// Nothing will follow.
        package var isLast = false
    }

    private let batch = Mutex(Batch())
    private let bell: FileDescriptor
    private let capacity: Int

    /// - Parameter capacity: Events that may wait; a run of ordinary size fits whole.
    package init(capacity: Int = 65_536) {
        self.capacity = capacity
        bell = FileDescriptor(eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK)))
    }

    package func offer(_ events: [RecordedEvent]) {
        batch.withLock { batch in
            let room = max(0, capacity - batch.events.count)
            batch.events.append(contentsOf: events.prefix(room))
            batch.dropped += max(0, events.count - room)
        }
        ring()
    }

    package func offer(_ attempt: AttemptRef, lastLine: String) {
        batch.withLock { batch in
            guard batch.lastLines.count < 1_024 || batch.lastLines[attempt] != nil else { return }
            batch.lastLines[attempt] = lastLine
        }
        ring()
    }

    package func offer(notice: String) {
        batch.withLock { batch in
            if batch.notices.count < 16 { batch.notices.append(notice) }
        }
        ring()
    }

    /// Nothing will follow.
    package func close() {
        batch.withLock { $0.isLast = true }
        ring()
    }

    /// Waits for something new; what came meanwhile, possibly nothing.
    ///
    /// - Parameter limit: How long to wait; `nil` is without end.
    /// - Returns: All that is there; `isLast` with the last of it.
    package func next(waitingAtMost limit: Duration?) -> Batch {
        var poller = pollfd(fd: bell.number, events: Int16(POLLIN), revents: 0)
        let milliseconds = limit.map { Int32(clamping: $0.wholeNanoseconds / 1_000_000) } ?? -1
        _ = unsafe poll(&poller, 1, milliseconds)
        var count: UInt64 = 0
        _ = unsafe read(bell.number, &count, 8)
        return batch.withLock { batch in
            let taken = batch
            batch = Batch()
            batch.isLast = taken.isLast
            return taken
        }
    }

    private func ring() {
        var one: UInt64 = 1
        _ = unsafe write(bell.number, &one, 8)
    }
}

/// A thread of ours, with a name, that is waited for.
package final class NamedThread: Sendable {
    private let handle: pthread_t

    /// Starts `body` on a thread of its own.
    ///
    /// - Parameters:
    ///   - name: At most 15 bytes, as the kernel keeps it.
    ///   - body: Runs once; the thread ends with it.
    package init(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let box = unsafe Unmanaged.passRetained(ThreadBody(name: name, run: body))
        var handle = pthread_t()
        let code = unsafe pthread_create(&handle, nil, threadEntry, box.toOpaque())
        precondition(code == 0, "pthread_create: \(systemErrorText(code))")
        self.handle = handle
    }

    package func join() {
        pthread_join(handle, nil)
    }
}

private final class ThreadBody {
    let name: String
    let run: @Sendable () -> Void

    init(name: String, run: @escaping @Sendable () -> Void) {
        self.name = name
        self.run = run
    }
}

private func threadEntry(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument = unsafe argument else { return nil }
    let body = unsafe Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue()
    _ = unsafe pthread_setname_np(pthread_self(), body.name)
    body.run()
    return nil
}
