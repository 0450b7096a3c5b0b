import Synchronization
import Transport

/// The end of all runs, waited for on a thread that is there from the start: one that must not be
/// missing at the end is not asked for then.
final class Drainage: Sendable {
    private final class Order: Sendable {
        let arrived: EventDescriptor
        let body = Mutex<(@Sendable () -> Void)?>(nil)

        init(_ arrived: EventDescriptor) {
            self.arrived = arrived
        }
    }

    private let order: Order
    private let thread: NamedThread

    init() throws(SystemError) {
        guard let arrived = EventDescriptor() else { throw SystemError("eventfd") }
        let order = Order(arrived)
        self.order = order
        thread = try NamedThread("weir-drain") {
            _ = order.arrived.wait(atMost: nil)
            order.body.withLock { $0 }?()
        }
    }

    /// Does `body`, once: further calls mean nothing.
    func begin(_ body: @escaping @Sendable () -> Void) {
        order.body.withLock { $0 = $0 ?? body }
        order.arrived.signal()
    }

    /// Waits until what was begun is done; call it once.
    func wait() {
        order.arrived.signal()
        thread.join()
    }
}
