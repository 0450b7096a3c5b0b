/// What the machine knows of one step: only what its events say, plus what dies with the process
/// (`stopping`, `deadline`).
package struct StepState: Sendable {
    /// Where the step stands.
    ///
    ///     waiting ──▶ ready ──▶ running ──▶ judged ──▶ finished
    ///        │          ▲ ▲        │           │
    ///        │          │ └────────┼── backingOff ◀ (retry)
    ///        │          └──────────┘ (the condition said yes)
    ///        └──────────────────────────────────────▶ finished (skipped, cancelled)
    package enum Phase: Sendable, Equatable {
        case waiting
        case ready
        case running(StepPart)
        /// The attempt has ended and what follows from it is not yet written.
        ///
        /// Indirect: an end is large, few steps are here at once, and the others are copied a lot.
        indirect case judged(StepPart, AttemptEnd)
        case backingOff(until: Timestamp)
        case finished(Outcome, isTolerated: Bool)
    }

    /// Why a running attempt is being ended by us.
    package enum Stopping: Sendable, Equatable {
        case attemptTimeout
        case idleTimeout
        case runTimeout
        case cancel
    }

    enum Lookup: Sendable {
        case unasked
        case asked
        case answered
    }

    package internal(set) var phase = Phase.waiting
    /// Needs that have not ended.
    package internal(set) var openNeeds: Int
    /// The need that ended last.
    package internal(set) var lastNeed: Int?
    /// The first need that did not end well.
    package internal(set) var spoiledBy: Int?
    /// Whether a need was bad, or skipped because of a bad one.
    package internal(set) var isDownstreamOfBad = false
    /// Attempts of the main part so far, crashed ones included: the last number given.
    package internal(set) var attempts = 0
    /// Attempts that count against `retry.attempts`.
    package internal(set) var charged = 0
    /// How often the condition was asked.
    package internal(set) var conditionAttempts = 0
    package internal(set) var conditionHolds = false
    /// How the last attempt ended.
    package internal(set) var lastOutcome: Outcome?
    /// Which of its gates it waits for, as it was told last.
    package internal(set) var wait: GateWait?
    /// Whether its attempt is the one that a half-open breaker tries.
    var isProbe = false
    package internal(set) var stopping: Stopping?
    /// Whether the cache was asked for its work; forgotten with the process.
    var lookup = Lookup.unasked
    /// The one instant at which time alone changes something.
    package internal(set) var deadline: Timestamp?

    init(openNeeds: Int) {
        self.openNeeds = openNeeds
    }

    package var isFinished: Bool {
        if case .finished = phase { true } else { false }
    }

    package var isRunning: Bool {
        if case .running = phase { true } else { false }
    }

    /// A need that lets a `when: success` step go on.
    package var isGood: Bool {
        guard case .finished(let outcome, let isTolerated) = phase else { return false }
        return outcome.result == .success || isTolerated
    }

    /// Ended, and not well: failure, error, timeout or cancellation.
    package var isBad: Bool {
        guard case .finished(let outcome, _) = phase else { return false }
        return !isGood && outcome.result != .skip
    }

    /// The number of the attempt that runs or ran last of `part`.
    package func number(of part: StepPart) -> Int {
        part == .main ? attempts : conditionAttempts
    }
}
