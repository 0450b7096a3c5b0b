/// The messages of `ExportTraceServiceRequest`, as far as OTLP 1.11 has them: by field number, with
/// the names and forms that OTLP/JSON gives the fields (OTLP, "JSON Protobuf Encoding").
///
/// A field that is not here belongs to a newer version and is left out, as receivers do.
enum OTLPMessage {
    case traceRequest, resourceSpans, resource, scopeSpans, scope, span, event, link, status
    case keyValue, anyValue, arrayValue, keyValueList

    enum Form {
        case message(OTLPMessage)
        case text
        /// Ids, which are hexadecimal here and base64 nowhere.
        case hexadecimal
        case base64
        /// 32 bits and enumerations are numbers, whatever the wire has them as.
        case number
        /// 64 bits are text.
        case unsigned
        case signed
        case double
        case boolean
    }

    struct Field {
        let number: Int
        let name: StaticString
        let form: Form
        let isRepeated: Bool

        init(_ number: Int, _ name: StaticString, _ form: Form, isRepeated: Bool = false) {
            self.number = number
            self.name = name
            self.form = form
            self.isRepeated = isRepeated
        }
    }

    var fields: [Field] {
        switch self {
        case .traceRequest: Self.traceRequestFields
        case .resourceSpans: Self.resourceSpansFields
        case .resource: Self.resourceFields
        case .scopeSpans: Self.scopeSpansFields
        case .scope: Self.scopeFields
        case .span: Self.spanFields
        case .event: Self.eventFields
        case .link: Self.linkFields
        case .status: Self.statusFields
        case .keyValue: Self.keyValueFields
        case .anyValue: Self.anyValueFields
        case .arrayValue: [Field(1, "values", .message(.anyValue), isRepeated: true)]
        case .keyValueList: [Field(1, "values", .message(.keyValue), isRepeated: true)]
        }
    }

    private static func attributes(_ number: Int) -> Field {
        Field(number, "attributes", .message(.keyValue), isRepeated: true)
    }

    private static func dropped(_ number: Int) -> Field {
        Field(number, "droppedAttributesCount", .number)
    }

    private static let traceRequestFields = [
        Field(1, "resourceSpans", .message(.resourceSpans), isRepeated: true)
    ]
    private static let resourceSpansFields = [
        Field(1, "resource", .message(.resource)),
        Field(2, "scopeSpans", .message(.scopeSpans), isRepeated: true),
        Field(3, "schemaUrl", .text),
    ]
    private static let resourceFields = [attributes(1), dropped(2)]
    private static let scopeSpansFields = [
        Field(1, "scope", .message(.scope)),
        Field(2, "spans", .message(.span), isRepeated: true),
        Field(3, "schemaUrl", .text),
    ]
    private static let scopeFields = [
        Field(1, "name", .text), Field(2, "version", .text), attributes(3), dropped(4),
    ]
    private static let spanFields = [
        Field(1, "traceId", .hexadecimal), Field(2, "spanId", .hexadecimal),
        Field(3, "traceState", .text), Field(4, "parentSpanId", .hexadecimal),
        Field(16, "flags", .number), Field(5, "name", .text), Field(6, "kind", .number),
        Field(7, "startTimeUnixNano", .unsigned), Field(8, "endTimeUnixNano", .unsigned),
        attributes(9), dropped(10),
        Field(11, "events", .message(.event), isRepeated: true),
        Field(12, "droppedEventsCount", .number),
        Field(13, "links", .message(.link), isRepeated: true),
        Field(14, "droppedLinksCount", .number),
        Field(15, "status", .message(.status)),
    ]
    private static let eventFields = [
        Field(1, "timeUnixNano", .unsigned), Field(2, "name", .text), attributes(3), dropped(4),
    ]
    private static let linkFields = [
        Field(1, "traceId", .hexadecimal), Field(2, "spanId", .hexadecimal),
        Field(3, "traceState", .text), attributes(4), dropped(5), Field(6, "flags", .number),
    ]
    private static let statusFields = [Field(2, "message", .text), Field(3, "code", .number)]
    private static let keyValueFields = [
        Field(1, "key", .text), Field(2, "value", .message(.anyValue)),
    ]
    private static let anyValueFields = [
        Field(1, "stringValue", .text), Field(2, "boolValue", .boolean),
        Field(3, "intValue", .signed), Field(4, "doubleValue", .double),
        Field(5, "arrayValue", .message(.arrayValue)),
        Field(6, "kvlistValue", .message(.keyValueList)), Field(7, "bytesValue", .base64),
    ]
}
