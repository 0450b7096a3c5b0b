import Pipeline

/// Writes a span as OTLP/JSON's `Span`: ids in hexadecimal, 64-bit integers as strings, enums as
/// numbers, defaults left out (OTLP 1.11, "JSON Protobuf Encoding").
enum OTLPSpanEncoder {
    static func encode(_ span: FinishedSpan, into cursor: inout JSONCursor) {
        encodeIdentity(of: span, into: &cursor)
        cursor.piece(#","name":""#)
        cursor.characters(span.name)
        cursor.piece(#"","kind":"#)
        cursor.decimal(Int64(span.kind.rawValue))
        cursor.piece(#","startTimeUnixNano":""#)
        cursor.decimal(max(0, span.start.nanoseconds))
        cursor.piece(#"","endTimeUnixNano":""#)
        cursor.decimal(max(0, span.end.nanoseconds))
        cursor.piece("\"")
        encode(span.attributes, into: &cursor)
        encodeEvents(of: span, into: &cursor)
        encodeLinks(of: span, into: &cursor)
        if case .error(let message) = span.status {
            cursor.piece(#","status":{"message":""#)
            cursor.characters(message)
            cursor.piece(#"","code":2}"#)
        }
        cursor.piece("}")
    }

    private static func encodeIdentity(of span: FinishedSpan, into cursor: inout JSONCursor) {
        cursor.piece(#"{"traceId":""#)
        cursor.hexadecimal(span.traceID.high)
        cursor.hexadecimal(span.traceID.low)
        cursor.piece(#"","spanId":""#)
        cursor.hexadecimal(span.spanID.value)
        if let parent = span.parentID {
            cursor.piece(#"","parentSpanId":""#)
            cursor.hexadecimal(parent.value)
        }
        if !span.traceState.isEmpty {
            cursor.piece(#"","traceState":""#)
            cursor.characters(span.traceState)
        }
        cursor.piece(#"","flags":"#)
        cursor.decimal(Int64(span.flags))
    }

    private static func encode(_ attributes: SpanAttributes, into cursor: inout JSONCursor) {
        if !attributes.entries.isEmpty {
            cursor.piece(#","attributes":["#)
            let last = attributes.entries.count - 1
            for position in attributes.entries.indices {
                encode(attributes.entries[position], isLast: position == last, into: &cursor)
            }
        }
        if attributes.dropped > 0 {
            cursor.piece(#","droppedAttributesCount":"#)
            cursor.decimal(Int64(attributes.dropped))
        }
    }

    /// A default is written too: inside `AnyValue` it is significant.
    @inline(__always)
    private static func encode(
        _ entry: SpanAttributes.Entry,
        isLast: Bool,
        into cursor: inout JSONCursor
    ) {
        switch entry.value {
        case .text(let text):
            AttributeOpening.write(.text, entry.key, to: &cursor)
            cursor.characters(text)
            cursor.piece(isLast ? #""}}]"# : #""}},"#)
            return
        case .integer(let integer):
            AttributeOpening.write(.integer, entry.key, to: &cursor)
            cursor.decimal(integer)
            cursor.piece(isLast ? #""}}]"# : #""}},"#)
            return
        case .seconds(let nanoseconds):
            AttributeOpening.write(.double, entry.key, to: &cursor)
            cursor.seconds(nanoseconds: nanoseconds)
        case .double(let double):
            AttributeOpening.write(.double, entry.key, to: &cursor)
            cursor.double(double)
        case .boolean(let boolean):
            AttributeOpening.write(.boolean, entry.key, to: &cursor)
            cursor.piece(boolean ? "true" : "false")
        case .texts(let texts):
            AttributeOpening.write(.array, entry.key, to: &cursor)
            for (position, text) in texts.enumerated() {
                cursor.piece(position == 0 ? #"{"stringValue":""# : #""},{"stringValue":""#)
                cursor.characters(text)
            }
            cursor.piece(texts.isEmpty ? "]}" : #""}]}"#)
        }
        cursor.piece(isLast ? "}}]" : "}},")
    }

    private static func encodeEvents(of span: FinishedSpan, into cursor: inout JSONCursor) {
        if !span.events.isEmpty {
            cursor.piece(#","events":["#)
            for (position, event) in span.events.enumerated() {
                cursor.piece(position == 0 ? #"{"timeUnixNano":""# : #",{"timeUnixNano":""#)
                cursor.decimal(max(0, event.at.nanoseconds))
                cursor.piece(#"","name":""#)
                cursor.characters(event.name.rawValue)
                cursor.piece("\"")
                encode(event.attributes, into: &cursor)
                cursor.piece("}")
            }
            cursor.piece("]")
        }
        if span.droppedEvents > 0 {
            cursor.piece(#","droppedEventsCount":"#)
            cursor.decimal(Int64(span.droppedEvents))
        }
    }

    private static func encodeLinks(of span: FinishedSpan, into cursor: inout JSONCursor) {
        for (position, link) in span.links.enumerated() {
            cursor.piece(position == 0 ? #","links":[{"traceId":""# : #",{"traceId":""#)
            cursor.hexadecimal(link.traceID.high)
            cursor.hexadecimal(link.traceID.low)
            cursor.piece(#"","spanId":""#)
            cursor.hexadecimal(link.spanID.value)
            cursor.piece("\"")
            encode(link.attributes, into: &cursor)
            cursor.piece("}")
        }
        if !span.links.isEmpty { cursor.piece("]") }
        if span.droppedLinks > 0 {
            cursor.piece(#","droppedLinksCount":"#)
            cursor.decimal(Int64(span.droppedLinks))
        }
    }
}
