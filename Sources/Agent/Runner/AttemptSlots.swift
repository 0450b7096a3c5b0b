import Glibc
import Pipeline
import Transport

enum StreamKind: UInt64 {
    case exit
    case out
    case err
}

/// The running attempts, found by name and by epoll token.
///
/// A slot is used again; its generation tells an event of its former tenant from one of its own.
struct AttemptSlots {
    private var entries: [(generation: UInt32, active: ActiveAttempt?)] = []
    private var free: [Int] = []
    private var count = 0

    var isEmpty: Bool { count == 0 }
    var all: [ActiveAttempt] { entries.compactMap(\.active) }
    var pids: Set<Int32> { Set(all.map(\.process.pid)) }

    var hasHeldBytes: Bool {
        all.contains { $0.out.heldSince != nil || $0.err.heldSince != nil }
    }

    /// When the first attempt will have been silent for too long.
    var endOfSilence: Timestamp? {
        all.compactMap { $0.silence.map { $0.since + $0.limit } }.min()
    }

    mutating func insert(_ active: ActiveAttempt) -> Int {
        let slot = free.popLast() ?? entries.count
        if slot == entries.count { entries.append((0, nil)) }
        entries[slot].active = active
        count += 1
        return slot
    }

    mutating func remove(_ slot: Int) -> ActiveAttempt? {
        guard let active = entries[slot].active else { return nil }
        entries[slot].active = nil
        entries[slot].generation &+= 1
        count -= 1
        free.append(slot)
        return active
    }

    func attempt(_ attempt: AttemptRef) -> ActiveAttempt? {
        // Asked only to end an attempt: an index by name would cost every attempt.
        entries.first { $0.active?.attempt == attempt }?.active
    }

    func token(_ slot: Int, _ kind: StreamKind) -> UInt64 {
        UInt64(entries[slot].generation) << 32 | UInt64(slot) << 2 | kind.rawValue
    }

    func find(_ token: UInt64) -> (Int, StreamKind, ActiveAttempt)? {
        let slot = Int(token & 0xffff_ffff) >> 2
        guard slot < entries.count, let kind = StreamKind(rawValue: token & 3),
            UInt64(entries[slot].generation) == token >> 32, let active = entries[slot].active
        else { return nil }
        return (slot, kind, active)
    }

    /// Reaps every attempt's process, which has ended or is to be killed.
    mutating func closeAll(
        _ queue: inout EpollQueue,
        told: (ActiveAttempt, ProcessEnd) -> Void
    ) {
        for slot in entries.indices {
            guard let active = remove(slot) else { continue }
            for descriptor in [active.process.pidfd, active.out.descriptor, active.err.descriptor]
            where descriptor >= 0 {
                queue.remove(descriptor)
                _ = close(descriptor)
            }
            told(active, reap(active.process.pid))
        }
    }
}
