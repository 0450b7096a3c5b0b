import Pipeline

/// Takes what a span carries, in the order in which OTLP has it: attributes, then events, then links.
///
/// Attributes are those of the span until an event or a link begins, and then of that. Limits are
/// the taker's business.
protocol SpanParts: ~Copyable {
    /// The two attributes that every span of a run has.
    mutating func setCommon(of run: TracedRun)
    mutating func set(_ key: AttributeKey, _ value: String)
    /// Such a text: `<run id>/<step>`.
    mutating func set(_ key: AttributeKey, run: TracedRun, step: String)
    /// The bytes are whole UTF-8.
    mutating func set(_ key: AttributeKey, utf8 value: Span<UInt8>)
    mutating func set(_ key: AttributeKey, _ value: Int64)
    mutating func set(_ key: AttributeKey, seconds nanoseconds: Int64)
    mutating func set(_ key: AttributeKey, _ value: Bool)
    /// Of a kind that few spans have.
    mutating func set(_ entry: SpanAttributes.Entry)
    mutating func beginEvent(_ name: SpanEvent.Name, at instant: Timestamp)
    mutating func countDropped(events: Int)
    mutating func beginLink(to trace: TraceID, _ span: SpanID)
    mutating func countDropped(links: Int)
}

/// What kind of span it is, with the facts that it came of.
enum SpanBody: Sendable {
    /// With the event that ended it. `message`: what to say of it if it ended badly. `undoes`: the
    /// span of the step that it undoes.
    case attempt(LiveStep.Attempt, RunEvent, message: String?, undoes: SpanID?)
    case wait(LiveStep.Wait, step: String)
    case step(FinishedStep)
    case run(FinishedRun)
}

/// What the span of a step says.
struct FinishedStep: Sendable {
    let timing: StepTiming
    let end: StepEnd
    /// One or none.
    let detours: [LiveStep.Detours]
    /// What to say of it, if it ended badly.
    let message: String?
}

/// What the span of a run says: there is one of them.
struct FinishedRun: Sendable {
    let attributes: SpanAttributes
    let events: [SpanEvent]
    let droppedEvents: Int
    let retryOf: LinkedRun?
}
