package import Pipeline

/// A span that has ended: nothing of it changes any more.
///
/// What it carries stands in the facts that it came of, and is told part by part to whoever wants
/// it (`visit`): most spans are written once, straight into a request.
package struct FinishedSpan: Sendable {
    /// Whose span it is: its trace, its limits and what all of its spans say.
    let run: TracedRun
    package var spanID: SpanID
    package var parentID: SpanID?
    package var name: String
    package var kind: Kind
    package var start: Timestamp
    /// Never before `start`.
    package var end: Timestamp
    package var status: Status
    var body: SpanBody
    /// False: events are counted as dropped.
    var keepsEvents = true

    /// The numbers are OTLP's.
    package enum Kind: Int, Sendable {
        case `internal` = 1
        case server = 2
        case client = 3
    }

    /// Weir never sets OK: instrumentation leaves that to applications (OTel trace API).
    package enum Status: Hashable, Sendable {
        case unset
        case error(message: String)
    }

    package var traceID: TraceID { run.started.trace.traceID }
    /// W3C tracestate; empty when there is none.
    package var traceState: String { run.started.trace.state }

    /// As in OTLP: W3C trace flags in the low byte, above them whether the parent is remote.
    package var flags: UInt32 {
        let isRemote = kind == .server && parentID != nil
        return FinishedSpan.flags(of: run.started.trace, hasRemoteParent: isRemote)
    }

    /// Above the W3C flags: 0x100 says that 0x200 means something, 0x200 that the parent is
    /// another process's span (OTLP `SpanFlags`).
    package static func flags(of trace: TraceContext, hasRemoteParent: Bool) -> UInt32 {
        UInt32(trace.flags) | 0x100 | (hasRemoteParent ? 0x200 : 0)
    }
}

/// Another span that a span has to do with, without being its child.
package struct SpanLink: Hashable, Sendable {
    /// What the other span is to this one.
    package enum Kind: String, Sendable, CaseIterable {
        /// The run that this one repeats.
        case retry
        /// The step whose work counts as this one's.
        case reuse
        /// The step that is undone.
        case compensation
    }

    package var traceID: TraceID
    package var spanID: SpanID
    package var attributes: SpanAttributes

    package init(traceID: TraceID, spanID: SpanID, attributes: SpanAttributes) {
        self.traceID = traceID
        self.spanID = spanID
        self.attributes = attributes
    }
}

/// Something that happened at one instant of a span.
package struct SpanEvent: Hashable, Sendable {
    package enum Name: String, Sendable, CaseIterable {
        case exception
        case runResumed = "weir.run.resumed"
        case runStopping = "weir.run.stopping"
        case retryScheduled = "weir.retry.scheduled"
        case breakerChanged = "weir.breaker.changed"
    }

    package var name: Name
    package var at: Timestamp
    package var attributes: SpanAttributes

    package init(_ name: Name, at: Timestamp, attributes: SpanAttributes) {
        self.name = name
        self.at = at
        self.attributes = attributes
    }
}
