import CLinux
import Glibc
package import Pipeline
import Synchronization
import Transport

/// A bounded mailbox between a run and one listener, on different threads.
///
/// The run never waits: what does not fit is dropped and counted. The listener waits for what it
/// likes, as long as it likes. It is woken only while it sleeps, and it rests after each look: a
/// wake-up for every event of a busy run would cost more than the event.
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

    private let state = Mutex(State())
    private let bell: FileDescriptor
    /// Rung once, when nothing will follow: no rest is that important.
    private let ending: FileDescriptor
    private let capacity: Int

    private struct State {
        var batch = Batch()
        /// The listener found nothing, and sleeps until the bell.
        var isAsleep = false
        var isOver = false
    }

    private let rest: Duration

    /// A mailbox for one listener.
    ///
    /// - Parameters:
    ///   - capacity: Events that may wait; a run of ordinary size fits whole.
    ///   - rest: Between two looks of the listener; no person reads faster.
    package init(capacity: Int = 65_536, rest: Duration = .milliseconds(20)) {
        self.capacity = capacity
        self.rest = rest
        bell = FileDescriptor(eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK)))
        ending = FileDescriptor(eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK)))
    }

    package func offer(_ events: [RecordedEvent]) {
        change { batch in
            let room = max(0, capacity - batch.events.count)
            batch.events.append(contentsOf: events.prefix(room))
            batch.dropped += max(0, events.count - room)
        }
    }

    package func offer(_ attempt: AttemptRef, lastLine: String) {
        change { batch in
            guard batch.lastLines.count < 1_024 || batch.lastLines[attempt] != nil else { return }
            batch.lastLines[attempt] = lastLine
        }
    }

    package func offer(notice: String) {
        change { batch in
            if batch.notices.count < 16 { batch.notices.append(notice) }
        }
    }

    /// Nothing will follow.
    package func close() {
        change { $0.isLast = true }
        ring(ending)
    }

    /// Waits for something new; what came meanwhile, possibly nothing.
    ///
    /// - Parameter limit: How long to wait; `nil` is without end.
    /// - Returns: All that is there; `isLast` with the last of it.
    package func next(waitingAtMost limit: Duration?) -> Batch {
        _ = wait(for: ending, atMost: limit.map { min($0, rest) } ?? rest)
        let isEmpty = state.withLock { state in
            state.isAsleep = state.batch.isEmpty
            return state.isAsleep
        }
        if isEmpty { _ = wait(for: bell, atMost: limit) }
        return state.withLock { state in
            defer {
                state.batch = Batch()
                state.batch.isLast = state.isOver
            }
            state.isAsleep = false
            state.isOver = state.batch.isLast
            return state.batch
        }
    }

    private func change(_ body: (inout Batch) -> Void) {
        let wasAsleep = state.withLock { state in
            body(&state.batch)
            defer { state.isAsleep = false }
            return state.isAsleep
        }
        if wasAsleep { ring(bell) }
    }

    private func wait(for descriptor: borrowing FileDescriptor, atMost limit: Duration?) -> Bool {
        var poller = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
        let milliseconds = limit.map { Int32(clamping: $0.wholeNanoseconds / 1_000_000) } ?? -1
        guard unsafe poll(&poller, 1, milliseconds) > 0 else { return false }
        var count: UInt64 = 0
        if descriptor.number == bell.number { _ = unsafe read(bell.number, &count, 8) }
        return true
    }

    private func ring(_ descriptor: borrowing FileDescriptor) {
        var one: UInt64 = 1
        _ = unsafe write(descriptor.number, &one, 8)
    }
}

extension Subscription.Batch {
    fileprivate var isEmpty: Bool {
        events.isEmpty && lastLines.isEmpty && notices.isEmpty && dropped == 0 && !isLast
    }
}
