/// What a fold needs to give the same bytes anywhere, and a resume to trust the plan it reads.
package struct RunStarted: Hashable, Sendable {
    /// The version of the event vocabulary, `RunStarted.format`.
    package var formatVersion: Int
    package var run: RunID
    package var pipeline: String
    package var stepCount: Int
    package var workers: Int
    /// The names of the steps that stand in `finally`.
    package var finalSteps: [String]
    /// SHA-256 of the spec's text, lower-case hexadecimal.
    package var specDigest: String
    /// Who asked for the run: `cli`, `exec`, `api`, `schedule`.
    package var trigger: String
    /// The request that it answers, when that may be sent again and must not begin another run.
    package var request: RequestIdentity?
    /// The finished run that it repeats, in whole or in part.
    package var retryOf: LinkedRun?
    /// The slot's instant, or the start for a run by hand; `${run.scheduled_at}`.
    package var scheduledAt: Timestamp
    /// Of the slot's zone, in seconds east of UTC; 0 for a run by hand.
    package var scheduledOffset: Int
    package var trace: TraceContext
    /// OpenTelemetry resource attributes, in the order they are exported.
    package var resource: [ResourceAttribute]
    package var spanLimits: SpanLimits
    /// False when no endpoint was configured: the exporter passes the run over.
    package var isExported: Bool

    package static let format = 1

    package init(
        run: RunID,
        pipeline: String,
        stepCount: Int,
        workers: Int,
        specDigest: String,
        trigger: String,
        scheduledAt: Timestamp,
        scheduledOffset: Int = 0,
        trace: TraceContext,
        resource: [ResourceAttribute] = [],
        spanLimits: SpanLimits = SpanLimits(),
        isExported: Bool = false,
        request: RequestIdentity? = nil,
        retryOf: LinkedRun? = nil,
        finalSteps: [String] = [],
        formatVersion: Int = RunStarted.format
    ) {
        self.formatVersion = formatVersion
        self.run = run
        self.pipeline = pipeline
        self.stepCount = stepCount
        self.workers = workers
        self.finalSteps = finalSteps
        self.specDigest = specDigest
        self.trigger = trigger
        self.request = request
        self.retryOf = retryOf
        self.scheduledAt = scheduledAt
        self.scheduledOffset = scheduledOffset
        self.trace = trace
        self.resource = resource
        self.spanLimits = spanLimits
        self.isExported = isExported
    }
}

/// Where the run's spans belong.
package struct TraceContext: Hashable, Sendable {
    /// The run's id, or the caller's trace id.
    package var traceID: TraceID
    /// The caller's span, when the run continues a trace.
    package var parent: SpanID?
    /// W3C trace flags as handed on: 0x01 sampled, 0x02 random.
    package var flags: UInt8
    /// W3C tracestate as handed on; empty when there is none.
    package var state: String
    /// W3C baggage as received and handed on; empty when there is none.
    package var baggage: String

    package var isSampled: Bool { flags & 1 != 0 }

    package init(
        traceID: TraceID,
        parent: SpanID? = nil,
        flags: UInt8 = 3,
        state: String = "",
        baggage: String = ""
    ) {
        self.traceID = traceID
        self.parent = parent
        self.flags = flags
        self.state = state
        self.baggage = baggage
    }
}

/// A resource attribute; all of Weir's are strings or integers.
package struct ResourceAttribute: Hashable, Sendable {
    package enum Value: Hashable, Sendable {
        case text(String)
        case integer(Int64)
    }

    package var key: String
    package var value: Value

    package init(_ key: String, _ value: String) {
        self.key = key
        self.value = .text(value)
    }

    package init(_ key: String, _ value: Int64) {
        self.key = key
        self.value = .integer(value)
    }
}

/// The limits that the span fold obeys, fixed at the run's start (OTel SDK, span limits).
package struct SpanLimits: Hashable, Sendable {
    package var attributeCount: Int
    /// In characters; `nil` means no limit.
    package var attributeValueLength: Int?
    package var eventCount: Int
    package var linkCount: Int
    /// Of each event of a span.
    package var eventAttributeCount: Int
    /// Of each link of a span.
    package var linkAttributeCount: Int

    /// OTel's default of each count.
    package static let standardCount = 128

    package init(
        attributeCount: Int = standardCount,
        attributeValueLength: Int? = nil,
        eventCount: Int = standardCount,
        linkCount: Int = standardCount,
        eventAttributeCount: Int = standardCount,
        linkAttributeCount: Int = standardCount
    ) {
        self.attributeCount = attributeCount
        self.attributeValueLength = attributeValueLength
        self.eventCount = eventCount
        self.linkCount = linkCount
        self.eventAttributeCount = eventAttributeCount
        self.linkAttributeCount = linkAttributeCount
    }
}
