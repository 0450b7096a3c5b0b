package import Pipeline

/// A span that has ended: nothing of it changes any more.
package struct FinishedSpan: Hashable, Sendable {
    package var traceID: TraceID
    package var spanID: SpanID
    package var parentID: SpanID?
    /// As in OTLP: W3C trace flags in the low byte, above them whether the parent is remote.
    package var flags: UInt32
    /// W3C tracestate; empty when there is none.
    package var traceState: String
    package var name: String
    package var kind: Kind
    package var start: Timestamp
    /// Never before `start`.
    package var end: Timestamp
    package var status: Status
    package var attributes: SpanAttributes
    package var events: [SpanEvent]
    package var droppedEvents: Int
    package var links: [SpanLink] = []
    package var droppedLinks = 0

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

/// Attributes in the order they were set, kept within a run's limits.
///
/// The first ones stay when there are too many, so what the conventions require is set first.
package struct SpanAttributes: Hashable, Sendable {
    package enum Value: Hashable, Sendable {
        case text(String)
        case integer(Int64)
        case double(Double)
        /// A number of seconds, kept exact.
        case seconds(nanoseconds: Int64)
        case boolean(Bool)
        case texts([String])
    }

    package struct Entry: Hashable, Sendable {
        package var key: AttributeKey
        package var value: Value
    }

    package private(set) var entries: [Entry] = []
    package private(set) var dropped = 0
    private let maximumCount: Int
    private let maximumLength: Int?

    /// Whose attributes they are: each has a limit of its own.
    package enum Owner: Sendable {
        case span
        case event
        case link
    }

    /// `expected` is how many there will be, so that memory is asked for once.
    package init(of owner: Owner = .span, limits: SpanLimits, expected: Int = 0) {
        maximumCount =
            switch owner {
            case .span: limits.attributeCount
            case .event: limits.eventAttributeCount
            case .link: limits.linkAttributeCount
            }
        maximumLength = limits.attributeValueLength
        entries.reserveCapacity(min(expected, max(0, maximumCount)))
    }

    package subscript(key: AttributeKey) -> Value? {
        entries.first { $0.key == key }?.value
    }

    package mutating func set(_ key: AttributeKey, _ value: String) {
        append(key, .text(cut(value)))
    }

    package mutating func set(_ key: AttributeKey, _ value: some BinaryInteger) {
        append(key, .integer(Int64(clamping: value)))
    }

    package mutating func set(_ key: AttributeKey, _ value: Bool) {
        append(key, .boolean(value))
    }

    package mutating func set(_ key: AttributeKey, _ value: Double) {
        append(key, .double(value))
    }

    package mutating func set(_ key: AttributeKey, _ value: [String]) {
        append(key, .texts(maximumLength == nil ? value : value.map(cut)))
    }

    /// The duration in seconds, the unit of all Weir's durations.
    package mutating func set(_ key: AttributeKey, seconds value: Duration) {
        append(key, .seconds(nanoseconds: value.wholeNanoseconds))
    }

    private mutating func append(_ key: AttributeKey, _ value: Value) {
        guard entries.count < maximumCount else {
            dropped += 1
            return
        }
        entries.append(Entry(key: key, value: value))
    }

    /// Limits count characters (OTel common, attribute limits).
    private func cut(_ text: String) -> String {
        guard let maximumLength, text.utf8.count > maximumLength else { return text }
        return String(text.prefix(max(0, maximumLength)))
    }
}
