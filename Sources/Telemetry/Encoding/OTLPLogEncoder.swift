package import Pipeline

/// One line that a step printed, as OTLP has it.
package struct OTLPLogRecord: Sendable {
    package var run: RunID
    package var attempt: AttemptRef
    package var stream: StepStream
    package var at: Timestamp
    package var observedAt: Timestamp
    /// As printed, UTF-8 or not.
    package var body: ArraySlice<UInt8>
    /// The line goes on in the stream's next record.
    package var isPartial: Bool
    package var trace: TraceContext
    /// Of the attempt.
    package var spanID: SpanID

    package init(
        run: RunID,
        attempt: AttemptRef,
        stream: StepStream,
        at: Timestamp,
        observedAt: Timestamp,
        body: ArraySlice<UInt8>,
        isPartial: Bool,
        trace: TraceContext,
        spanID: SpanID
    ) {
        self.run = run
        self.attempt = attempt
        self.stream = stream
        self.at = at
        self.observedAt = observedAt
        self.body = body
        self.isPartial = isPartial
        self.trace = trace
        self.spanID = spanID
    }
}

/// Writes a line as OTLP/JSON's `LogRecord` (OTLP 1.11, logs data model).
///
/// Both streams are INFO: what a program says on stderr is mostly no error, and what it thinks of
/// its line only the line says. `log.iostream` tells them apart.
enum OTLPLogEncoder {
    static func encode(_ record: OTLPLogRecord, into writer: inout JSONWriter) {
        writer.piece(#"{"timeUnixNano":""#)
        writer.decimal(max(0, record.at.nanoseconds))
        writer.piece(#"","observedTimeUnixNano":""#)
        writer.decimal(max(0, record.observedAt.nanoseconds))
        writer.piece(#"","severityNumber":9,"severityText":"INFO","body":{"stringValue":""#)
        JSONText.append(record.body, to: &writer)
        writer.piece(#""},"attributes":["#)
        encodeAttributes(of: record, into: &writer)
        writer.piece(#"],"flags":"#)
        writer.decimal(Int64(record.trace.flags))
        writer.piece(#","traceId":""#)
        writer.hexadecimal(record.trace.traceID.high)
        writer.hexadecimal(record.trace.traceID.low)
        writer.piece(#"","spanId":""#)
        writer.hexadecimal(record.spanID.value)
        writer.piece(#""}"#)
    }

    private static func encodeAttributes(
        of record: OTLPLogRecord,
        into writer: inout JSONWriter
    ) {
        writer.piece(#"{"key":"log.iostream","value":{"stringValue":""#)
        switch record.stream {
        case .stdout: writer.piece("stdout")
        case .stderr: writer.piece("stderr")
        }
        writer.piece(#""}}"#)
        writer.append { AttributeOpening.table.write(.text, .pipelineRunID, to: &$0) }
        writer.hexadecimal(record.run.high)
        writer.hexadecimal(record.run.low)
        writer.piece(#""}}"#)
        writer.append { AttributeOpening.table.write(.text, .taskName, to: &$0) }
        writer.characters(record.attempt.step)
        writer.piece(#""}}"#)
        writer.append { AttributeOpening.table.write(.integer, .attemptNumber, to: &$0) }
        writer.decimal(Int64(record.attempt.number))
        writer.piece(#""}}"#)
        if record.isPartial {
            writer.piece(#",{"key":"weir.log.partial","value":{"boolValue":true}}"#)
        }
    }
}

/// Gathers lines of one resource into one `ExportLogsServiceRequest` after the other, each within
/// its bounds; a line is encoded once, straight into the request.
package struct OTLPLogBuilder: Sendable {
    package enum Addition: Hashable, Sendable {
        case added
        /// Nothing has changed: take the request and add the line again.
        case full
        /// The line alone is larger than a request may be.
        case oversized
    }

    private let maximumRecords: Int
    private let maximumBytes: Int
    private let opening: [UInt8]
    private var writer = JSONWriter()
    package private(set) var count = 0

    private static let closing: StaticString =
        #"],"schemaUrl":"https://opentelemetry.io/schemas/1.44.0"}],"schemaUrl":"https://opentelemetry.io/schemas/1.44.0"}]}"#

    package init(
        of resource: [ResourceAttribute],
        maximumRecords: Int = TraceLimits.batchSpans,
        maximumBytes: Int = TraceLimits.batchBytes
    ) {
        self.maximumRecords = max(1, maximumRecords)
        self.maximumBytes = maximumBytes
        opening = OTLPResource.logPrefix(resource)
    }

    package var isEmpty: Bool { count == 0 }

    /// What the request would measure if it were taken now.
    package var byteCount: Int {
        isEmpty ? 0 : writer.bytes.count + Self.closing.utf8CodeUnitCount
    }

    package mutating func add(_ record: OTLPLogRecord) -> Addition {
        guard count < maximumRecords else { return .full }
        let before = writer.bytes.count
        if isEmpty { writer.piece(opening) } else { writer.piece(",") }
        OTLPLogEncoder.encode(record, into: &writer)
        guard writer.bytes.count + Self.closing.utf8CodeUnitCount <= maximumBytes else {
            writer.truncate(to: before)
            return isEmpty ? .oversized : .full
        }
        count += 1
        return .added
    }

    /// The body of `POST /v1/logs` with all lines added since the last one; `nil` if there are none.
    ///
    /// - Parameter spare: Memory of a body that is done with.
    /// - Returns: The body.
    package mutating func take(reusing spare: consuming [UInt8] = []) -> [UInt8]? {
        guard !isEmpty else { return nil }
        writer.piece(Self.closing)
        count = 0
        return writer.exchange(spare)
    }
}

extension OTLPResource {
    /// The same resource before log records: `{"resourceLogs":[{"resource":{…},"scopeLogs":[…`.
    fileprivate static func logPrefix(_ attributes: [ResourceAttribute]) -> [UInt8] {
        let spans = OTLPResource(attributes).prefix
        let inner = Array(#"},"spans":["#.utf8)
        let scope = Array(#"]},"scopeSpans":[{"scope":"#.utf8)
        // Both stand once: inside of values every quotation mark is escaped.
        guard let middle = spans.firstRange(of: scope),
            spans.suffix(inner.count).elementsEqual(inner)
        else { return [] }
        return Array(#"{"resourceLogs":["#.utf8) + spans[..<middle.lowerBound]
            + Array(#"]},"scopeLogs":[{"scope":"#.utf8)
            + spans[middle.upperBound...].dropLast(inner.count) + Array(#"},"logRecords":["#.utf8)
    }
}
