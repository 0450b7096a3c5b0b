/// Whether requests may go out: open, or closed for a while after a refusal.
///
/// After the while, one request goes as a probe; what comes of it opens the gate or closes it for
/// longer. A value: time and randomness come from outside.
package struct ExportGate: Hashable, Sendable {
    package enum Passage: Hashable, Sendable {
        case open
        /// One request, the oldest, and nothing else beside it.
        case probe
        case closed(until: ContinuousClock.Instant)
    }

    /// How long the gate stays closed.
    package struct Delays: Hashable, Sendable {
        package var retryMinimum = Duration.seconds(1)
        package var retryMaximum = Duration.seconds(30)
        package var parkMinimum = Duration.seconds(60)
        package var parkMaximum = Duration.seconds(15 * 60)

        package init() {}
    }

    private enum State: Hashable, Sendable {
        case open
        /// `count` probes have failed since it was last open, the first failure among them.
        case closed(until: ContinuousClock.Instant, count: Int, isParked: Bool)
    }

    private var state = State.open
    private let delays: Delays

    package init(delays: Delays = Delays()) {
        self.delays = delays
    }

    /// Closed until somebody changes something, as far as the last answer tells.
    package var isParked: Bool {
        if case .closed(_, _, true) = state { true } else { false }
    }

    package func passage(at now: ContinuousClock.Instant) -> Passage {
        switch state {
        case .open: .open
        case .closed(let until, _, _): now < until ? .closed(until: until) : .probe
        }
    }

    /// The collector has taken something, or has at least judged it.
    ///
    /// An answer to a request from before the gate was closed does not open it.
    package mutating func noteAnswer(at now: ContinuousClock.Instant) {
        if case .closed(let until, _, _) = state, now < until { return }
        state = .open
    }

    /// A transient refusal: an exponential delay with jitter, or what the collector asks for.
    ///
    /// - Parameters:
    ///   - now: The time.
    ///   - wait: The collector's Retry-After.
    ///   - random: Uniform in 0..<1.
    package mutating func noteRefusal(
        at now: ContinuousClock.Instant,
        wait: Duration?,
        random: Double
    ) {
        guard let count = beginClosing(at: now) else {
            extend(to: now + (wait ?? .zero))
            return
        }
        let full = scaled(delays.retryMinimum, by: count, atMost: delays.retryMaximum)
        // Between half and all: spread out, and never at once.
        let delay = max(full * (0.5 + 0.5 * min(max(random, 0), 1)), wait ?? .zero)
        state = .closed(until: now + delay, count: count, isParked: false)
    }

    /// A refusal that repetition does not heal.
    package mutating func park(at now: ContinuousClock.Instant) {
        guard let count = beginClosing(at: now, isParking: true) else { return }
        let delay = scaled(delays.parkMinimum, by: count, atMost: delays.parkMaximum)
        state = .closed(until: now + delay, count: count, isParked: true)
    }

    /// How often in a row it has now been closed; `nil` when this is one more answer from before
    /// it was closed, and tells nothing new.
    private func beginClosing(at now: ContinuousClock.Instant, isParking: Bool = false) -> Int? {
        switch state {
        case .open: return 1
        case .closed(let until, let count, let isParked):
            // Parking after a backoff is a new kind of trouble and counts from the start.
            if isParking && !isParked { return 1 }
            return now < until ? nil : (isParked == isParking ? count + 1 : 1)
        }
    }

    private mutating func extend(to instant: ContinuousClock.Instant) {
        guard case .closed(let until, let count, let isParked) = state, instant > until else {
            return
        }
        state = .closed(until: instant, count: count, isParked: isParked)
    }

    private func scaled(_ first: Duration, by count: Int, atMost most: Duration) -> Duration {
        let doublings = min(max(count - 1, 0), 20)
        return min(first * (1 << doublings), most)
    }
}
