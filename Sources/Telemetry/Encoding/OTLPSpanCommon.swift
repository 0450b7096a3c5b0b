import Pipeline

/// What stands the same in every span of a run, as OTLP/JSON has it, encoded once.
struct OTLPSpanCommon: Sendable {
    /// What begins every span: `{"traceId":"…","spanId":"`.
    let opening: [UInt8]
    /// What stands behind the parent's id: `,"traceState":"…","flags":257,"name":"`.
    let inner: [UInt8]
    /// The first two attributes: `,"attributes":[{…},{…}`; empty where the limits have no room.
    let attributes: [UInt8]

    init(_ started: RunStarted) {
        var writer = JSONWriter()
        writer.piece(#"{"traceId":""#)
        writer.piece(Array(started.trace.traceID.description.utf8))
        writer.piece(#"","spanId":""#)
        opening = writer.bytes
        writer.removeAll()
        OTLPSpanCommon.writeContext(
            started.trace,
            FinishedSpan.flags(of: started.trace, hasRemoteParent: false),
            to: &writer
        )
        inner = writer.bytes
        writer.removeAll()
        if started.spanLimits.attributeCount >= 2 {
            let length = started.spanLimits.attributeValueLength
            writer.piece(#","attributes":[{"key":""#)
            for (key, text) in [
                (AttributeKey.pipelineName, started.pipeline),
                (.pipelineRunID, started.run.description),
            ] {
                if key == .pipelineRunID { writer.piece(#"}},{"key":""#) }
                writer.piece(Array(key.rawValue.utf8))
                writer.piece(#"","value":{"stringValue":"#)
                writer.string(text.cut(to: length))
            }
            writer.piece("}}")
        }
        attributes = writer.bytes
    }

    static func writeContext(_ trace: TraceContext, _ flags: UInt32, to writer: inout JSONWriter) {
        if !trace.state.isEmpty {
            writer.piece(#","traceState":"#)
            writer.string(trace.state)
        }
        writer.piece(#","flags":"#)
        writer.piece(Array(flags.description.utf8))
        writer.piece(#","name":""#)
    }
}
