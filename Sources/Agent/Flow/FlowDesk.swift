import Journal
package import Pipeline
import Synchronization
import Transport

/// Where the runs of one process ask for slots, tokens and breakers: one `FlowControl` for all of
/// them, and a seat for each.
///
/// An answer for the run that asks is given at once; one for another run is put on its seat, and
/// its bell rung. Under the lock nothing is waited for, so that a scrape may take it as well.
package final class FlowDesk: Sendable {
    private struct State {
        var control: FlowControl
        var seats: [RunID: FlowSeat] = [:]
        var version: UInt64 = 0
    }

    /// What a decision leaves to do without the lock.
    private struct Aftermath {
        var others: [(seat: FlowSeat, answer: FlowAnswer)] = []
        var memory: (FlowMemory, version: UInt64)?
    }

    private let state: Mutex<State>
    /// One clock for all runs: each has its own, and they may differ by what the wall clock was
    /// put forward or back between their starts.
    private let clock = RunClock()
    private let store: FlowStore?
    /// The version that the store has.
    private let saved = Mutex<UInt64>(0)

    /// Goes on where a former life stood.
    ///
    /// - Parameters:
    ///   - policies: The gates that are known from the start.
    ///   - store: Where rate limits and breakers are remembered; `nil`: nowhere.
    package init(_ policies: FlowPolicies = FlowPolicies(), store: FlowStore?) {
        self.store = store
        var control = FlowControl()
        let now = clock.now
        control.define(policies, at: now)
        if let memory = store?.read() { control.restore(memory, at: now) }
        state = Mutex(State(control: control))
    }

    /// The gates as they stand.
    package var standing: FlowStanding { state.withLock { $0.control.standing } }

    /// Brings a run in, with the gates that its plan defines and nobody knows yet.
    func join(_ seat: FlowSeat, _ policies: FlowPolicies) {
        let now = clock.now
        state.withLock { state in
            state.control.define(policies, at: now)
            state.seats[seat.run] = seat
        }
    }

    /// Other definitions count from now on, for runs that go on as well.
    func redefine(_ policies: FlowPolicies) {
        let now = clock.now
        var answers: [FlowAnswer] = []
        let aftermath = state.withLock { state in
            state.control.redefine(policies, at: now, into: &answers)
            return note(answers, for: nil, at: now, &state)
        }
        if let (memory, version) = aftermath.memory { save(memory, version) }
        for (seat, answer) in aftermath.others { seat.put(answer) }
    }

    /// A run is gone; what it held is free.
    func leave(_ seat: FlowSeat) {
        _ = decide(for: seat.run) { control, now, answers in
            control.forget(seat.run, at: now, into: &answers)
        }
        state.withLock { _ = $0.seats.removeValue(forKey: seat.run) }
    }

    /// When time alone may change something, seen from now; `nil`: never.
    var timeLeft: Duration? {
        let deadline = state.withLock { $0.control.nextDeadline }
        return deadline.map { max(.zero, $0 - clock.now) }
    }

    /// Asks the control, and hands out what it answers.
    ///
    /// - Returns: The answers for `run`.
    func decide(
        for run: RunID,
        _ ask: (inout FlowControl, Timestamp, inout [FlowAnswer]) -> Void
    ) -> [FlowAnswer] {
        let now = clock.now
        var answers: [FlowAnswer] = []
        let aftermath = state.withLock { state in
            ask(&state.control, now, &answers)
            return note(answers, for: run, at: now, &state)
        }
        // Before anybody acts on it: a token that a crash gives back is one too many.
        if let (memory, version) = aftermath.memory { save(memory, version) }
        for (seat, answer) in aftermath.others { seat.put(answer) }
        return answers.filter { $0.ticket.run == run }
    }

    private func note(
        _ answers: [FlowAnswer],
        for run: RunID?,
        at now: Timestamp,
        _ state: inout State
    ) -> Aftermath {
        var aftermath = Aftermath()
        for answer in answers where answer.ticket.run != run {
            if let seat = state.seats[answer.ticket.run] { aftermath.others.append((seat, answer)) }
        }
        if state.control.isChanged {
            state.version += 1
            aftermath.memory = (state.control.memory(at: now), state.version)
        }
        return aftermath
    }

    private func save(_ memory: FlowMemory, _ version: UInt64) {
        guard let store else { return }
        saved.withLock { saved in
            guard version > saved else { return }
            store.write(memory)
            saved = version
        }
    }

    /// An instant of this desk's clock on another, that shows `now`.
    func translate(_ instant: Timestamp, to now: Timestamp) -> Timestamp {
        now + (instant - clock.now)
    }

    /// An instant of a clock that shows `now`, on this desk's.
    func translate(_ instant: Timestamp, from now: Timestamp) -> Timestamp {
        clock.now + (instant - now)
    }
}
