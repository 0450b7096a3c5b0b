import Pipeline

/// What stands the same in every span of a run, as OTLP/JSON has it, encoded once.
struct OTLPSpanCommon: Sendable {
    /// What begins every span: `{"traceId":"…","spanId":"`.
    let opening: RepeatedText
    /// What stands behind the parent's id: `,"traceState":"…","flags":257,"name":"`.
    let inner: RepeatedText
    /// The first two attributes: `,"attributes":[{…},{…}`; empty where the limits have no room.
    let attributes: RepeatedText

    init(_ started: RunStarted) {
        let (trace, limits) = (started.trace, started.spanLimits)
        opening = OTLPSpanCommon.encoded { cursor in
            cursor.piece(#"{"traceId":""#)
            cursor.hexadecimal(trace.traceID.high)
            cursor.hexadecimal(trace.traceID.low)
            cursor.piece(#"","spanId":""#)
        }
        let flags = FinishedSpan.flags(of: trace, hasRemoteParent: false)
        inner = OTLPSpanCommon.encoded { OTLPSpanCommon.writeContext(trace, flags, to: &$0) }
        guard limits.attributeCount >= 2 else {
            attributes = RepeatedText()
            return
        }
        attributes = OTLPSpanCommon.encoded { cursor in
            var parts = OTLPSpanParts(cursor, limits: limits)
            parts.set(.pipelineName, started.pipeline)
            parts.set(.pipelineRunID, started.run.description)
            cursor = parts.cursor
        }
    }

    static func writeContext(
        _ trace: TraceContext,
        _ flags: UInt32,
        to cursor: inout JSONCursor
    ) {
        if !trace.state.isEmpty {
            cursor.piece(#","traceState":""#)
            cursor.characters(trace.state)
            cursor.piece("\"")
        }
        cursor.piece(#","flags":"#)
        cursor.decimal(Int64(flags))
        cursor.piece(#","name":""#)
    }

    private static func encoded(_ body: (inout JSONCursor) -> Void) -> RepeatedText {
        var writer = JSONWriter()
        writer.append(body)
        return RepeatedText(writer.bytes)
    }
}
