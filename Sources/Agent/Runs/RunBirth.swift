import Synchronization
import Transport

/// What came of a beginning, from the run's thread to whoever asked for it.
final class RunBirth: Sendable {
    private let arrived: EventDescriptor
    private let outcome = Mutex<Result<HostedRun, any Error>?>(nil)

    init() throws {
        guard let arrived = EventDescriptor() else {
            throw RunHostExhausted(why: SystemError("eventfd"))
        }
        self.arrived = arrived
    }

    func end(_ outcome: Result<HostedRun, any Error>) {
        self.outcome.withLock { $0 = outcome }
        arrived.signal()
    }

    func wait() throws -> HostedRun {
        _ = arrived.wait(atMost: nil)
        guard let outcome = outcome.withLock({ $0 }) else { throw RunHostClosed() }
        return try outcome.get()
    }
}
