import Pipeline
import Synchronization
import Transport

/// A run's place at the desk: it asks, and hears what others' asking means for it.
package final class FlowSeat: Sendable {
    let run: RunID
    /// Rung when there is something to take.
    let bell: EventDescriptor
    private let desk: FlowDesk
    private let waiting = Mutex<[FlowAnswer]>([])

    /// - Throws: When the system has no descriptor to give.
    init(_ run: RunID, at desk: FlowDesk) throws(SystemError) {
        guard let bell = EventDescriptor() else { throw SystemError("eventfd") }
        self.run = run
        self.bell = bell
        self.desk = desk
    }

    func join(_ policies: FlowPolicies) { desk.join(self, policies) }
    func leave() { desk.leave(self) }
    var timeLeft: Duration? { desk.timeLeft }

    /// Of what a lane waits for only the latest counts, and each of its claims is decided once: so
    /// the run's own gates bound what an engine that is held up has waiting here.
    func put(_ answer: FlowAnswer) {
        waiting.withLock { waiting in
            if case .blocked = answer.decision {
                waiting.removeAll { $0.ticket == answer.ticket && $0.isBlocked }
            }
            waiting.append(answer)
        }
        bell.signal()
    }

    /// Performs what the machine asks of gates.
    ///
    /// - Parameters:
    ///   - effect: Anything but a claim, a withdrawal or a release gives nothing.
    ///   - now: The present on the run's clock.
    /// - Returns: The inputs that follow at once.
    func perform(_ effect: RunEffect, at now: Timestamp) -> [RunInput] {
        switch effect {
        case .claim(let gates, let waiting, let since):
            let ticket = FlowTicket(run, gates)
            let since = desk.translate(since, from: now)
            return decide(at: now) { control, instant, answers in
                control.claim(ticket, waiting: waiting, since: since, at: instant, into: &answers)
            }
        case .withdraw(let gates):
            let ticket = FlowTicket(run, gates)
            return decide(at: now) { control, instant, answers in
                control.withdraw(ticket, at: instant, into: &answers)
            }
        case .release(let gates, let end, let isProbe):
            let ticket = FlowTicket(run, gates)
            var change: BreakerState?
            let inputs = decide(at: now) { control, instant, answers in
                change = control.release(
                    ticket,
                    end,
                    isProbe: isProbe,
                    at: instant,
                    into: &answers
                )
            }
            guard let breaker = gates.breaker, end != .unused else { return inputs }
            return [.released(breaker: breaker, change)] + inputs
        case .launch, .terminate, .kill, .lookUpCache, .storeInCache, .finish: return []
        }
    }

    /// What time and others' doings have brought.
    func take(at now: Timestamp) -> [RunInput] {
        bell.clear()
        let past = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        let fresh = decide(at: now) { control, instant, answers in
            control.advance(to: instant, into: &answers)
        }
        return past.map { input($0, at: now) } + fresh
    }

    private func decide(
        at now: Timestamp,
        _ ask: (inout FlowControl, Timestamp, inout [FlowAnswer]) -> Void
    ) -> [RunInput] {
        desk.decide(for: run, ask).map { input($0, at: now) }
    }

    private func input(_ answer: FlowAnswer, at now: Timestamp) -> RunInput {
        guard case .blocked(var wait) = answer.decision, let until = wait.until else {
            return .flow(answer.decision, answer.ticket.gates)
        }
        wait.until = desk.translate(until, to: now)
        return .flow(.blocked(wait), answer.ticket.gates)
    }
}
