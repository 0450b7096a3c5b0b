import Pipeline

/// Writes a span as OTLP/JSON's `Span`: ids in hexadecimal, 64-bit integers as strings, enums as
/// numbers, defaults left out (OTLP 1.11, "JSON Protobuf Encoding").
enum OTLPSpanEncoder {
    static func encode(_ span: FinishedSpan, into writer: inout JSONWriter) {
        encodeIdentity(of: span, into: &writer)
        writer.piece(#","name":"#)
        writer.string(span.name)
        writer.piece(#","kind":"#)
        writer.integer(span.kind.rawValue)
        writer.piece(#","startTimeUnixNano":"#)
        writer.integerString(max(0, span.start.nanoseconds))
        writer.piece(#","endTimeUnixNano":"#)
        writer.integerString(max(0, span.end.nanoseconds))
        encode(span.attributes, into: &writer)
        if !span.events.isEmpty {
            writer.piece(#","events":["#)
            encode(span.events, into: &writer)
            writer.piece("]")
        }
        if span.droppedEvents > 0 {
            writer.piece(#","droppedEventsCount":"#)
            writer.integer(span.droppedEvents)
        }
        if case .error(let message) = span.status {
            writer.piece(#","status":{"message":"#)
            writer.string(message)
            writer.piece(#","code":2}"#)
        }
        writer.piece("}")
    }

    private static func encodeIdentity(of span: FinishedSpan, into writer: inout JSONWriter) {
        writer.piece(#"{"traceId":""#)
        writer.hexadecimal(span.traceID.high)
        writer.hexadecimal(span.traceID.low)
        writer.piece(#"","spanId":""#)
        writer.hexadecimal(span.spanID.value)
        if let parent = span.parentID {
            writer.piece(#"","parentSpanId":""#)
            writer.hexadecimal(parent.value)
        }
        if span.traceState.isEmpty {
            writer.piece(#"","flags":"#)
        } else {
            writer.piece(#"","traceState":"#)
            writer.string(span.traceState)
            writer.piece(#","flags":"#)
        }
        writer.integer(span.flags)
    }

    private static func encode(_ attributes: SpanAttributes, into writer: inout JSONWriter) {
        if !attributes.entries.isEmpty {
            writer.piece(#","attributes":["#)
            var isFirst = true
            for entry in attributes.entries {
                writer.piece(isFirst ? #"{"key":""# : #",{"key":""#)
                isFirst = false
                writer.piece(entry.key.rawValue)
                encode(entry.value, into: &writer)
            }
            writer.piece("]")
        }
        if attributes.dropped > 0 {
            writer.piece(#","droppedAttributesCount":"#)
            writer.integer(attributes.dropped)
        }
    }

    /// A default is written too: inside `AnyValue` it is significant.
    private static func encode(_ value: SpanAttributes.Value, into writer: inout JSONWriter) {
        switch value {
        case .text(let text):
            writer.piece(#"","value":{"stringValue":"#)
            writer.string(text)
        case .integer(let integer):
            writer.piece(#"","value":{"intValue":"#)
            writer.integerString(integer)
        case .double(let double):
            writer.piece(#"","value":{"doubleValue":"#)
            writer.double(double)
        case .boolean(let boolean):
            writer.piece(#"","value":{"boolValue":"#)
            writer.boolean(boolean)
        case .texts(let texts):
            writer.piece(#"","value":{"arrayValue":{"values":["#)
            for (position, text) in texts.enumerated() {
                writer.piece(position == 0 ? #"{"stringValue":"# : #"},{"stringValue":"#)
                writer.string(text)
            }
            writer.piece(texts.isEmpty ? "]}" : "}]}")
        }
        writer.piece("}}")
    }

    private static func encode(_ events: [SpanEvent], into writer: inout JSONWriter) {
        for (position, event) in events.enumerated() {
            writer.piece(position == 0 ? #"{"timeUnixNano":"# : #",{"timeUnixNano":"#)
            writer.integerString(max(0, event.at.nanoseconds))
            writer.piece(#","name":"#)
            writer.string(event.name.rawValue)
            encode(event.attributes, into: &writer)
            writer.piece("}")
        }
    }
}
