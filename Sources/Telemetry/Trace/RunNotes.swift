import Pipeline

/// What the span fold collects of a run until its own span is due.
struct RunNotes: Sendable {
    private(set) var recoveries = 0
    private(set) var events: [SpanEvent] = []
    private(set) var droppedEvents = 0
    /// Messages of the first steps that failed: one of them is the run's.
    private var failures: [(step: String, message: String)] = []

    mutating func note(_ resumed: RunResumed, at instant: Timestamp, _ limits: SpanLimits) {
        recoveries += 1
        note(.runResumed, at: instant, limits) { attributes in
            attributes.set(.recoveryNumber, resumed.recovery)
            attributes.set(.recoveryGap, seconds: max(.zero, instant - resumed.diedAt))
        }
    }

    mutating func note(_ cause: StopCause, at instant: Timestamp, _ limits: SpanLimits) {
        note(.runStopping, at: instant, limits) { attributes in
            switch cause {
            case .cancelled(let by, let isForced):
                attributes.set(.stopCause, "cancel")
                attributes.set(.stopBy, by)
                if isForced { attributes.set(.stopForced, true) }
            case .superseded(let other):
                attributes.set(.stopCause, "superseded")
                attributes.set(.stopBy, other.description)
            case .timedOut:
                attributes.set(.stopCause, "timeout")
            case .failed(let step):
                attributes.set(.stopCause, "failure")
                attributes.set(.stopBy, step)
            case .abandoned:
                attributes.set(.stopCause, "crash")
            }
        }
    }

    mutating func note(
        _ breaker: String,
        _ state: BreakerState,
        at instant: Timestamp,
        _ limits: SpanLimits
    ) {
        note(.breakerChanged, at: instant, limits) { attributes in
            attributes.set(.breakerName, breaker)
            attributes.set(.breakerState, state.rawValue)
        }
    }

    /// A step ended badly.
    mutating func note(_ step: String, _ message: String) {
        guard failures.count < TraceLimits.rememberedFailures else { return }
        failures.append((step, message))
    }

    /// What the run's status says: `step load: exit 2: …`.
    func message(_ end: RunEnd) -> String {
        let known = end.step.flatMap { step in failures.first { $0.step == step }?.message }
        let text = end.message ?? known ?? FailureMessage.text(of: end.outcome)
        return FailureMessage.shortened(end.step.map { "step \($0): \(text)" } ?? text)
    }

    private mutating func note(
        _ name: SpanEvent.Name,
        at instant: Timestamp,
        _ limits: SpanLimits,
        _ fill: (inout SpanAttributes) -> Void
    ) {
        guard events.count < min(limits.eventCount, TraceLimits.collectedEvents) else {
            droppedEvents += 1
            return
        }
        var attributes = SpanAttributes()
        fill(&attributes)
        events.append(SpanEvent(name, at: instant, attributes: attributes))
    }
}
