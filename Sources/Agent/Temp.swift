import Pipeline

struct TraceParent {
    var traceID: TraceID
    var parentID: SpanID
    var flags: UInt8
    var text: String { "" }
}
enum RunClockText {
    static func compact(_ t: Timestamp) -> String { "" }
    static func rfc3339(_ t: Timestamp) -> String { "" }
    static func date(_ t: Timestamp) -> String { "" }
}
