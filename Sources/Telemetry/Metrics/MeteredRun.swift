import Pipeline

/// What a run is doing: `cicd.pipeline.run.state` of OpenTelemetry.
enum RunPhase: String, CaseIterable, Sendable {
    /// No attempt has started yet.
    case pending
    case executing
    /// Nothing new starts, what runs is brought to an end.
    case finalizing
}

/// What a step that does not run waits for: the names of `Blocker`.
enum WaitBlocker: String, CaseIterable, Sendable {
    case dependency
    case workers
    case pool
    case rateLimit = "rate_limit"
    case breaker
    case backoff

    /// Those of a step that is ready.
    static let ofReady = allCases.filter { $0 != .dependency }

    init(_ kind: GateKind) {
        self =
            switch kind {
            case .pool: .pool
            case .rateLimit: .rateLimit
            case .breaker: .breaker
            }
    }
}

/// Time waited, by what for.
struct WaitedTime: Sendable {
    var backoff = Duration.zero
    /// The rest of it.
    var other = Duration.zero
    var blocker = WaitBlocker.workers
    /// Of a pool, a rate limit or a breaker the name.
    var name: String?
}

/// What the metric fold holds of a run that has not ended.
struct MeteredRun: Sendable {
    let started: RunStarted
    let start: Timestamp
    /// Sequence number of the last event taken.
    var position: UInt64
    /// Events up to this one are in the counters already: they are followed, not counted.
    let counted: UInt64
    var phase = RunPhase.pending
    var steps: [String: MeteredStep] = [:]
    var arithmetic = RunArithmetic()
    /// Time in which nobody owned the run, so far.
    var ownerless = Duration.zero

    init(_ started: RunStarted, _ event: RecordedEvent, counted: UInt64) {
        self.started = started
        start = event.at
        position = event.sequence
        self.counted = counted
    }

    var pipeline: String { started.pipeline }

    /// How long the run has had an owner.
    func owned(until instant: Timestamp) -> Duration {
        max(.zero, instant - start - ownerless)
    }
}

/// What the metric fold holds of a step that has not ended.
struct MeteredStep: Sendable {
    /// The arithmetic of spans, so that both tell the same times; its id is not used.
    var live = LiveStep(id: SpanID(0))
    /// Since when it waits, if it does.
    private var waitsSince: Timestamp?
    private var backsOffUntil: Timestamp?
    /// What it is shown to wait for; while it backs off, what it will wait for then.
    private var gate: (blocker: WaitBlocker, name: String)?

    var isRunning: Bool { live.isRunning }

    /// What it waits for now; `nil` while it runs.
    var blocker: WaitBlocker? {
        guard waitsSince != nil else { return nil }
        return gate?.blocker ?? (backsOffUntil == nil ? .workers : .backoff)
    }

    mutating func wait(from instant: Timestamp) {
        waitsSince = instant
        backsOffUntil = nil
        gate = nil
    }

    mutating func backOff(from instant: Timestamp, until: Timestamp) {
        waitsSince = instant
        backsOffUntil = until
    }

    /// It waits for a gate; what it waited for before.
    mutating func wait(for wait: GateWait, from instant: Timestamp) -> WaitedTime {
        let waited = waited(until: instant, thenFrom: instant)
        backsOffUntil = nil
        gate = (WaitBlocker(wait.kind), wait.name)
        return waited
    }

    /// Time waited up to `end`, by what for; the wait goes on at `next`, or is over.
    mutating func waited(until end: Timestamp, thenFrom next: Timestamp? = nil) -> WaitedTime {
        guard let since = waitsSince else { return WaitedTime() }
        waitsSince = next
        let total = max(.zero, end - since)
        let backoff = backsOffUntil.map { min(total, max(.zero, $0 - since)) } ?? .zero
        defer { if next == nil { gate = nil } }
        return WaitedTime(
            backoff: backoff,
            other: total - backoff,
            blocker: gate?.blocker ?? .workers,
            name: gate?.name
        )
    }
}
