import Pipeline

/// What the span fold holds of the run itself, and how the run's facts become spans.
struct LiveRun: Sendable {
    let started: RunStarted
    let start: Timestamp
    var isFinished = false
    private(set) var recoveries = 0
    private(set) var events: [SpanEvent] = []
    private(set) var droppedEvents = 0
    /// Messages of the first steps that failed: one of them is the run's.
    private var failures: [(step: String, message: String)] = []
    private let id: SpanID
    private let runText: String

    init(_ started: RunStarted, at instant: Timestamp) {
        self.started = started
        start = instant
        id = SpanPath.run.spanID(in: started.run)
        runText = started.run.description
    }

    func spanID(_ path: SpanPath) -> SpanID {
        path.spanID(in: started.run)
    }

    mutating func noteResume(_ resumed: RunResumed, at instant: Timestamp) {
        recoveries += 1
        note(.runResumed, at: instant) { attributes in
            attributes.set(.recoveryNumber, resumed.recovery)
            attributes.set(.recoveryGap, seconds: max(.zero, instant - resumed.diedAt))
        }
    }

    mutating func noteStop(_ cause: StopCause, at instant: Timestamp) {
        note(.runStopping, at: instant) { attributes in
            switch cause {
            case .cancelled(let by, let isForced):
                attributes.set(.stopCause, "cancel")
                attributes.set(.stopBy, by)
                if isForced { attributes.set(.stopForced, true) }
            case .timedOut:
                attributes.set(.stopCause, "timeout")
            case .failed(let step):
                attributes.set(.stopCause, "failure")
                attributes.set(.stopBy, step)
            }
        }
    }

    mutating func remember(_ step: String, _ end: StepEnd, _ live: LiveStep) {
        guard end.outcome.isError, failures.count < TraceLimits.rememberedFailures else { return }
        failures.append((step, live.message(end.outcome)))
    }

    /// What the run's status says: `step load: exit 2: …`.
    func message(_ end: RunEnd) -> String {
        let known = end.step.flatMap { step in failures.first { $0.step == step }?.message }
        let text = end.message ?? known ?? FailureMessage.text(of: end.outcome)
        return FailureMessage.shortened(end.step.map { "step \($0): \(text)" } ?? text)
    }

    /// Attributes that begin with those of every span.
    func attributes(expected: Int) -> SpanAttributes {
        var attributes = SpanAttributes(limits: started.spanLimits, expected: expected + 2)
        attributes.set(.pipelineName, started.pipeline)
        attributes.set(.pipelineRunID, runText)
        return attributes
    }

    func taskRunID(_ step: String) -> String {
        "\(runText)/\(step)"
    }

    /// A span within the run; `parent` is `nil` for the run's own.
    func span(
        _ spanID: SpanID? = nil,
        parent: SpanID? = nil,
        name: String,
        from start: Timestamp,
        to end: Timestamp,
        status: FinishedSpan.Status,
        attributes: SpanAttributes
    ) -> FinishedSpan {
        let isRun = spanID == nil
        return FinishedSpan(
            traceID: started.trace.traceID,
            spanID: spanID ?? id,
            parentID: isRun ? started.trace.parent : parent ?? id,
            flags: FinishedSpan.flags(
                of: started.trace,
                hasRemoteParent: isRun && started.trace.parent != nil
            ),
            traceState: started.trace.state,
            name: name,
            kind: isRun ? .server : .internal,
            start: start,
            end: max(start, end),
            status: status,
            attributes: attributes,
            events: [],
            droppedEvents: 0
        )
    }

    private mutating func note(
        _ name: SpanEvent.Name,
        at instant: Timestamp,
        _ fill: (inout SpanAttributes) -> Void
    ) {
        guard events.count < min(started.spanLimits.eventCount, TraceLimits.collectedEvents) else {
            droppedEvents += 1
            return
        }
        var attributes = SpanAttributes(limits: started.spanLimits)
        fill(&attributes)
        events.append(SpanEvent(name, at: instant, attributes: attributes))
    }
}
