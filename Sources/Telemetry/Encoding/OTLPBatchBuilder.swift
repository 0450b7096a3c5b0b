import Pipeline

/// Gathers spans into one `ExportTraceServiceRequest` after the other, each within its bounds.
///
/// Spans of several runs may share a request; those that come one after the other with the same
/// resource share its text. A span is encoded once, straight into the request.
package struct OTLPBatchBuilder: Sendable {
    package enum Addition: Hashable, Sendable {
        case added
        /// Nothing has changed: take the batch and add the span again.
        case full
        /// The span alone is larger than a batch may be, so it can never be sent.
        case oversized
    }

    package let maximumSpans: Int
    package let maximumBytes: Int
    private var writer = JSONWriter()
    private var places: [OTLPBatch.Place] = []
    private var resources: [OTLPResource] = []
    private var spare: [UInt8] = []

    private static let opening: StaticString = #"{"resourceSpans":["#
    private static let closing: StaticString = "]}"
    private static let closingBytes =
        OTLPResource.suffix.utf8CodeUnitCount + closing.utf8CodeUnitCount

    package init(
        maximumSpans: Int = TraceLimits.batchSpans,
        maximumBytes: Int = TraceLimits.batchBytes
    ) {
        self.maximumSpans = max(1, maximumSpans)
        self.maximumBytes = maximumBytes
    }

    package var spanCount: Int { places.count }
    package var isEmpty: Bool { places.isEmpty }
    /// What the request would measure if it were taken now.
    package var byteCount: Int { isEmpty ? 0 : writer.bytes.count + OTLPBatchBuilder.closingBytes }

    package mutating func add(
        _ span: borrowing FinishedSpan,
        of resource: OTLPResource
    ) -> Addition {
        add(of: resource) { writer, isFirst in
            writer.append { cursor in
                if !isFirst { cursor.byte(UInt8(ascii: ",")) }
                OTLPSpanEncoder.encode(span, into: &cursor)
            }
        }
    }

    /// The request with all spans added since the last one; `nil` if there are none.
    package mutating func take() -> OTLPBatch? {
        guard !isEmpty else { return nil }
        writer.piece(OTLPResource.suffix)
        writer.piece(OTLPBatchBuilder.closing)
        let bytes = writer.exchange(spare)
        spare = []
        let batch = OTLPBatch(bytes: bytes, places: places, resources: resources)
        places.removeAll(keepingCapacity: true)
        resources.removeAll(keepingCapacity: true)
        return batch
    }

    /// Takes back the memory of a batch that is done with.
    package mutating func recycle(_ batch: consuming OTLPBatch) {
        spare = batch.bytes
    }

    /// Bytes that it holds for requests, in use or not.
    package var capacity: Int { writer.bytes.capacity + spare.capacity }

    /// Lets go of what it holds, if no span is in it.
    package mutating func releaseMemory() {
        guard isEmpty else { return }
        writer = JSONWriter()
        spare = []
    }

    /// Adds a span of a resource.
    ///
    /// - Parameters:
    ///   - resource: Whose it is.
    ///   - encode: Writes the span, and a comma before it if it is not the resource's first.
    /// - Returns: What became of it.
    @inline(__always)
    fileprivate mutating func add(
        of resource: OTLPResource,
        encode: (_ writer: inout JSONWriter, _ isFirst: Bool) -> Void
    ) -> Addition {
        guard places.count < maximumSpans else { return .full }
        let before = writer.bytes.count
        let isNewResource = resources.last != resource
        if isNewResource { open(resource) }
        let start = writer.bytes.count + (isNewResource ? 0 : 1)
        encode(&writer, isNewResource)
        guard writer.bytes.count + OTLPBatchBuilder.closingBytes <= maximumBytes else {
            writer.truncate(to: before)
            return isEmpty ? .oversized : .full
        }
        if isNewResource { resources.append(resource) }
        places.append(
            OTLPBatch.Place(span: start..<writer.bytes.count, resource: resources.count - 1)
        )
        return .added
    }

    private mutating func open(_ resource: OTLPResource) {
        if isEmpty {
            writer.piece(OTLPBatchBuilder.opening)
        } else {
            writer.piece(OTLPResource.suffix)
            writer.piece(",")
        }
        writer.piece(resource.prefix)
    }
}

/// One encoded request, and where in it its spans stand.
package struct OTLPBatch: Sendable {
    /// The body of `POST /v1/traces`.
    package let bytes: [UInt8]
    fileprivate let places: [Place]
    fileprivate let resources: [OTLPResource]

    struct Place: Sendable {
        let span: Range<Int>
        let resource: Int
    }

    package var spanCount: Int { places.count }

    /// The same spans in two requests, to find the one that a collector refuses; `nil` for a
    /// single span.
    package func halved() -> (OTLPBatch, OTLPBatch)? {
        let middle = places.count / 2
        guard middle > 0, let first = part(places[..<middle]), let second = part(places[middle...])
        else { return nil }
        return (first, second)
    }

    private func part(_ places: ArraySlice<Place>) -> OTLPBatch? {
        var builder = OTLPBatchBuilder(maximumSpans: places.count, maximumBytes: .max)
        for place in places {
            _ = builder.add(of: resources[place.resource]) { writer, isFirst in
                if !isFirst { writer.piece(",") }
                writer.piece(bytes[place.span])
            }
        }
        return builder.take()
    }
}
