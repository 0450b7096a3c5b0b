import Pipeline

/// Writes a span as OTLP/JSON's `Span`: ids in hexadecimal, 64-bit integers as strings, enums as
/// numbers, defaults left out (OTLP 1.11, "JSON Protobuf Encoding").
enum OTLPSpanEncoder {
    static func encode(_ span: borrowing FinishedSpan, into cursor: inout JSONCursor) {
        var parts = OTLPSpanParts(cursor, limits: span.run.limits)
        encodeIdentity(of: span, into: &parts.cursor)
        parts.cursor.characters(span.name)
        parts.cursor.piece(#"","kind":"#)
        // One digit.
        parts.cursor.byte(UInt8(ascii: "0") + UInt8(span.kind.rawValue))
        parts.cursor.piece(#","startTimeUnixNano":""#)
        parts.cursor.decimal(max(0, span.start.nanoseconds))
        parts.cursor.piece(#"","endTimeUnixNano":""#)
        parts.cursor.decimal(max(0, span.end.nanoseconds))
        parts.cursor.piece("\"")
        span.visit(&parts)
        parts.end()
        if case .error(let message) = span.status {
            parts.cursor.piece(#","status":{"message":""#)
            parts.cursor.characters(message)
            parts.cursor.piece(#"","code":2}"#)
        }
        parts.cursor.piece("}")
        cursor = parts.cursor
    }

    private static func encodeIdentity(
        of span: borrowing FinishedSpan,
        into cursor: inout JSONCursor
    ) {
        let common = span.run.encoded
        common.opening.write(to: &cursor)
        cursor.hexadecimal(span.spanID.value)
        if let parent = span.parentID {
            cursor.piece(#"","parentSpanId":""#)
            cursor.hexadecimal(parent.value)
        }
        cursor.piece("\"")
        guard span.kind != .internal else { return common.inner.write(to: &cursor) }
        OTLPSpanCommon.writeContext(span.run.started.trace, span.flags, to: &cursor)
    }
}

/// Writes what a span carries, list by list.
struct OTLPSpanParts: SpanParts, ~Copyable {
    var cursor: JSONCursor
    private let openings = AttributeOpening.table
    private let limits: SpanLimits
    /// How many attributes the present list takes, and how many it did not.
    private var room: Int
    private var dropped = 0
    private var isEmpty = true
    private var list = SpanAttributes.Owner.span
    private var events = 0
    private var droppedEvents = 0
    private var links = 0
    private var droppedLinks = 0

    init(_ cursor: JSONCursor, limits: SpanLimits) {
        self.cursor = cursor
        self.limits = limits
        room = limits.attributeCount
    }

    // MARK: Lists

    /// Writes the attribute up to its value.
    ///
    /// - Returns: False if it is one too many.
    @inline(never)
    private mutating func open(_ kind: AttributeOpening, _ key: AttributeKey) -> Bool {
        guard room > 0 else {
            dropped += 1
            return false
        }
        room -= 1
        if isEmpty {
            cursor.piece(#","attributes":["#)
            isEmpty = false
            openings.writeFirst(kind, key, to: &cursor)
        } else {
            openings.write(kind, key, to: &cursor)
        }
        return true
    }

    private mutating func endAttributes() {
        if !isEmpty { cursor.piece("]") }
        if dropped > 0 {
            cursor.piece(#","droppedAttributesCount":"#)
            cursor.decimal(Int64(dropped))
        }
        (isEmpty, dropped) = (true, 0)
    }

    /// Ends the list that is open, and the lists of lists before `next`.
    private mutating func end(before next: SpanAttributes.Owner?) {
        endAttributes()
        if list != .span { cursor.piece("}") }
        if list == .event, next != .event { endEvents() }
        if list == .link, next != .link { endLinks() }
    }

    private mutating func endEvents() {
        if events > 0 { cursor.piece("]") }
        if droppedEvents > 0 {
            cursor.piece(#","droppedEventsCount":"#)
            cursor.decimal(Int64(droppedEvents))
        }
        (events, droppedEvents) = (0, 0)
    }

    private mutating func endLinks() {
        if links > 0 { cursor.piece("]") }
        if droppedLinks > 0 {
            cursor.piece(#","droppedLinksCount":"#)
            cursor.decimal(Int64(droppedLinks))
        }
        (links, droppedLinks) = (0, 0)
    }

    mutating func end() {
        if list == .span, events + droppedEvents + links + droppedLinks == 0 {
            return endAttributes()
        }
        end(before: nil)
        endEvents()
        endLinks()
    }

    mutating func beginEvent(_ name: SpanEvent.Name, at instant: Timestamp) {
        end(before: .event)
        (list, room) = (.event, limits.eventAttributeCount)
        cursor.piece(events == 0 ? #","events":[{"timeUnixNano":""# : #",{"timeUnixNano":""#)
        events += 1
        cursor.decimal(max(0, instant.nanoseconds))
        cursor.piece(#"","name":""#)
        cursor.characters(name.rawValue)
        cursor.piece("\"")
    }

    mutating func countDropped(events count: Int) { droppedEvents += count }

    mutating func beginLink(to trace: TraceID, _ span: SpanID) {
        end(before: .link)
        if list == .span { endEvents() }
        (list, room) = (.link, limits.linkAttributeCount)
        cursor.piece(links == 0 ? #","links":[{"traceId":""# : #",{"traceId":""#)
        links += 1
        cursor.hexadecimal(trace.high)
        cursor.hexadecimal(trace.low)
        cursor.piece(#"","spanId":""#)
        cursor.hexadecimal(span.value)
        cursor.piece("\"")
    }

    mutating func countDropped(links count: Int) { droppedLinks += count }

    // MARK: Attributes

    // None of these is inlined: a span has some twenty attributes, and the processor waits longer for
    // code that it has not at hand than a call takes.

    mutating func setCommon(of run: TracedRun) {
        let common = run.encoded.attributes
        guard !common.isEmpty else {
            set(.pipelineName, run.started.pipeline)
            set(.pipelineRunID, run.runText)
            return
        }
        common.write(to: &cursor)
        room -= 2
        isEmpty = false
    }

    @inline(never)
    mutating func set(_ key: AttributeKey, _ value: String) {
        guard open(.text, key) else { return }
        if limits.attributeValueLength == nil {
            cursor.characters(value)
        } else {
            cursor.characters(value.cut(to: limits.attributeValueLength))
        }
        cursor.piece(#""}}"#)
    }

    @inline(never)
    mutating func set(_ key: AttributeKey, run: TracedRun, step: String) {
        guard limits.attributeValueLength == nil else {
            return set(key, "\(run.runText)/\(step)")
        }
        guard open(.text, key) else { return }
        cursor.hexadecimal(run.started.run.high)
        cursor.hexadecimal(run.started.run.low)
        cursor.piece("/")
        cursor.characters(step)
        cursor.piece(#""}}"#)
    }

    @inline(never)
    mutating func set(_ key: AttributeKey, utf8 value: Span<UInt8>) {
        guard limits.attributeValueLength == nil else {
            return set(
                key,
                unsafe value.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
            )
        }
        guard open(.text, key) else { return }
        unsafe value.withUnsafeBufferPointer { unsafe cursor.characters($0) }
        cursor.piece(#""}}"#)
    }

    @inline(never)
    mutating func set(_ key: AttributeKey, _ value: Int64) {
        guard open(.integer, key) else { return }
        cursor.decimal(value)
        cursor.piece(#""}}"#)
    }

    @inline(never)
    mutating func set(_ key: AttributeKey, seconds nanoseconds: Int64) {
        guard open(.double, key) else { return }
        cursor.seconds(nanoseconds: nanoseconds)
        cursor.piece("}}")
    }

    @inline(never)
    mutating func set(_ key: AttributeKey, _ value: Bool) {
        guard open(.boolean, key) else { return }
        cursor.piece(value ? "true}}" : "false}}")
    }

    @inline(never)
    mutating func set(_ entry: SpanAttributes.Entry) {
        switch entry.value {
        case .text(let text): set(entry.key, text)
        case .integer(let integer): set(entry.key, integer)
        case .seconds(let nanoseconds): set(entry.key, seconds: nanoseconds)
        case .boolean(let boolean): set(entry.key, boolean)
        case .double(let double):
            guard open(.double, entry.key) else { return }
            cursor.double(double)
            cursor.piece("}}")
        case .texts(let texts):
            guard open(.array, entry.key) else { return }
            for (position, text) in texts.enumerated() {
                cursor.piece(position == 0 ? #"{"stringValue":""# : #""},{"stringValue":""#)
                cursor.characters(text.cut(to: limits.attributeValueLength))
            }
            cursor.piece(texts.isEmpty ? "]}}}" : #""}]}}}"#)
        }
    }
}
