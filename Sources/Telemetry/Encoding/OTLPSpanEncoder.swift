import Pipeline

/// Writes a span as OTLP/JSON's `Span`: ids in hexadecimal, 64-bit integers as strings, enums as
/// numbers, defaults left out (OTLP 1.11, "JSON Protobuf Encoding").
enum OTLPSpanEncoder {
    static func encode(_ span: FinishedSpan, into writer: inout JSONWriter) {
        encodeIdentity(of: span, into: &writer)
        writer.piece(#","name":""#)
        writer.characters(span.name)
        writer.piece(#"","kind":"#)
        writer.decimal(Int64(span.kind.rawValue))
        writer.piece(#","startTimeUnixNano":""#)
        writer.decimal(max(0, span.start.nanoseconds))
        writer.piece(#"","endTimeUnixNano":""#)
        writer.decimal(max(0, span.end.nanoseconds))
        writer.piece("\"")
        encode(span.attributes, into: &writer)
        encodeEvents(of: span, into: &writer)
        encodeLinks(of: span, into: &writer)
        if case .error(let message) = span.status {
            writer.piece(#","status":{"message":""#)
            writer.characters(message)
            writer.piece(#"","code":2}"#)
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
        if !span.traceState.isEmpty {
            writer.piece(#"","traceState":""#)
            writer.characters(span.traceState)
        }
        writer.piece(#"","flags":"#)
        writer.decimal(Int64(span.flags))
    }

    private static func encode(_ attributes: SpanAttributes, into writer: inout JSONWriter) {
        if !attributes.entries.isEmpty {
            writer.piece(#","attributes":["#)
            let last = attributes.entries.count - 1
            for position in attributes.entries.indices {
                encode(attributes.entries[position], isLast: position == last, into: &writer)
            }
        }
        if attributes.dropped > 0 {
            writer.piece(#","droppedAttributesCount":"#)
            writer.decimal(Int64(attributes.dropped))
        }
    }

    /// A default is written too: inside `AnyValue` it is significant.
    @inline(__always)
    private static func encode(
        _ entry: SpanAttributes.Entry,
        isLast: Bool,
        into writer: inout JSONWriter
    ) {
        switch entry.value {
        case .text(let text):
            writer.piece(AttributeOpening.text(entry.key))
            writer.characters(text)
            writer.piece(isLast ? #""}}]"# : #""}},"#)
            return
        case .integer(let integer):
            writer.piece(AttributeOpening.integer(entry.key))
            writer.decimal(integer)
            writer.piece(isLast ? #""}}]"# : #""}},"#)
            return
        case .seconds(let nanoseconds):
            writer.piece(AttributeOpening.double(entry.key))
            writer.seconds(nanoseconds: nanoseconds)
        case .double(let double):
            writer.piece(AttributeOpening.double(entry.key))
            writer.double(double)
        case .boolean(let boolean):
            writer.piece(AttributeOpening.boolean(entry.key))
            writer.boolean(boolean)
        case .texts(let texts):
            writer.piece(AttributeOpening.array(entry.key))
            for (position, text) in texts.enumerated() {
                writer.piece(position == 0 ? #"{"stringValue":""# : #""},{"stringValue":""#)
                writer.characters(text)
            }
            writer.piece(texts.isEmpty ? "]}" : #""}]}"#)
        }
        writer.piece(isLast ? "}}]" : "}},")
    }

    private static func encodeEvents(of span: FinishedSpan, into writer: inout JSONWriter) {
        if !span.events.isEmpty {
            writer.piece(#","events":["#)
            for (position, event) in span.events.enumerated() {
                writer.piece(position == 0 ? #"{"timeUnixNano":""# : #",{"timeUnixNano":""#)
                writer.decimal(max(0, event.at.nanoseconds))
                writer.piece(#"","name":""#)
                writer.characters(event.name.rawValue)
                writer.piece("\"")
                encode(event.attributes, into: &writer)
                writer.piece("}")
            }
            writer.piece("]")
        }
        if span.droppedEvents > 0 {
            writer.piece(#","droppedEventsCount":"#)
            writer.decimal(Int64(span.droppedEvents))
        }
    }

    private static func encodeLinks(of span: FinishedSpan, into writer: inout JSONWriter) {
        for (position, link) in span.links.enumerated() {
            writer.piece(position == 0 ? #","links":[{"traceId":""# : #",{"traceId":""#)
            writer.hexadecimal(link.traceID.high)
            writer.hexadecimal(link.traceID.low)
            writer.piece(#"","spanId":""#)
            writer.hexadecimal(link.spanID.value)
            writer.piece("\"")
            encode(link.attributes, into: &writer)
            writer.piece("}")
        }
        if !span.links.isEmpty { writer.piece("]") }
        if span.droppedLinks > 0 {
            writer.piece(#","droppedLinksCount":"#)
            writer.decimal(Int64(span.droppedLinks))
        }
    }
}
