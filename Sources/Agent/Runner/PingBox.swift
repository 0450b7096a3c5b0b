import Synchronization
import Transport

/// Pings for a loop that waits on descriptors: posted by anyone, answered in its next turn; and the
/// order to leave off.
///
/// Whoever posts never waits, and a loop that nobody asks is never woken.
final class PingBox: Sendable {
    let bell: EventDescriptor
    private let grace = Mutex<Duration?>(nil)
    private let waiting = Mutex<[@Sendable () -> Void]>([])
    /// Each asker has one ping on its way: more than a few are a mistake.
    private static let capacity = 16

    /// - Throws: When the system has no descriptor to give.
    init() throws(SystemError) {
        guard let bell = EventDescriptor() else { throw SystemError("eventfd") }
        self.bell = bell
    }

    /// - Returns: False when too many wait already: the loop does not turn.
    func post(_ answer: @escaping @Sendable () -> Void) -> Bool {
        let isTaken = waiting.withLock { waiting in
            guard waiting.count < Self.capacity else { return false }
            waiting.append(answer)
            return true
        }
        if isTaken { bell.signal() }
        return isTaken
    }

    /// Has the loop leave its work for later, and give what runs so long to end.
    func interrupt(grace: Duration) {
        self.grace.withLock { $0 = $0 ?? grace }
        bell.signal()
    }

    /// How long what runs is given to end; `nil`: the work goes on.
    var interruption: Duration? { grace.withLock { $0 } }

    /// Called by the loop when the bell has rung.
    func answer() {
        bell.clear()
        let answers = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        for answer in answers { answer() }
    }
}
