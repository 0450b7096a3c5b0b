import Pipeline

/// All that a span carries, gathered to be looked at.
package struct SpanContent: Hashable, Sendable {
    package private(set) var attributes: SpanAttributes
    package private(set) var events: [SpanEvent] = []
    package private(set) var droppedEvents = 0
    package private(set) var links: [SpanLink] = []
    package private(set) var droppedLinks = 0
    private let limits: SpanLimits
    private var place = SpanAttributes.Owner.span

    fileprivate init(limits: SpanLimits) {
        self.limits = limits
        attributes = SpanAttributes(limits: limits)
    }

    private mutating func change(_ body: (inout SpanAttributes) -> Void) {
        switch place {
        case .span: body(&attributes)
        case .event: body(&events[events.count - 1].attributes)
        case .link: body(&links[links.count - 1].attributes)
        }
    }
}

extension FinishedSpan {
    package var content: SpanContent {
        var content = SpanContent(limits: run.limits)
        visit(&content)
        return content
    }

    package var attributes: SpanAttributes { content.attributes }
    package var events: [SpanEvent] { content.events }
    package var droppedEvents: Int { content.droppedEvents }
    package var links: [SpanLink] { content.links }
    package var droppedLinks: Int { content.droppedLinks }

    /// Counts its events as dropped, and lets go of what they hold.
    mutating func dropEvents() {
        keepsEvents = false
        guard
            case .attempt(
                let attempt,
                .attemptFinished(let reference, var end),
                let message,
                let undone
            ) = body
        else { return }
        end.tail = nil
        end.message = nil
        let event = RunEvent.attemptFinished(reference, end)
        body = .attempt(attempt, event, message: message, undoes: undone)
    }
}

/// By all that they say.
extension FinishedSpan: Equatable {
    package static func == (left: FinishedSpan, right: FinishedSpan) -> Bool {
        left.traceID == right.traceID && left.spanID == right.spanID
            && left.parentID == right.parentID && left.flags == right.flags
            && left.traceState == right.traceState && left.name == right.name
            && left.kind == right.kind && left.start == right.start && left.end == right.end
            && left.status == right.status && left.content == right.content
    }
}

extension SpanContent: SpanParts {
    mutating func setCommon(of run: TracedRun) {
        attributes.set(.pipelineName, run.started.pipeline)
        attributes.set(.pipelineRunID, run.runText)
    }

    mutating func set(_ key: AttributeKey, _ value: String) { change { $0.set(key, value) } }

    mutating func set(_ key: AttributeKey, run: TracedRun, step: String) {
        change { $0.set(key, "\(run.runText)/\(step)") }
    }

    mutating func set(_ key: AttributeKey, utf8 value: Span<UInt8>) {
        let text = unsafe value.withUnsafeBufferPointer {
            unsafe String(decoding: $0, as: UTF8.self)
        }
        change { $0.set(key, text) }
    }

    mutating func set(_ key: AttributeKey, _ value: Int64) { change { $0.set(key, value) } }

    mutating func set(_ key: AttributeKey, seconds nanoseconds: Int64) {
        change { $0.set(key, seconds: .nanoseconds(nanoseconds)) }
    }

    mutating func set(_ key: AttributeKey, _ value: Bool) { change { $0.set(key, value) } }

    mutating func set(_ entry: SpanAttributes.Entry) { change { $0.set(entry) } }

    mutating func beginEvent(_ name: SpanEvent.Name, at instant: Timestamp) {
        place = .event
        let attributes = SpanAttributes(of: .event, limits: limits)
        events.append(SpanEvent(name, at: instant, attributes: attributes))
    }

    mutating func countDropped(events: Int) { droppedEvents += events }

    mutating func beginLink(to trace: TraceID, _ span: SpanID) {
        place = .link
        let attributes = SpanAttributes(of: .link, limits: limits)
        links.append(SpanLink(traceID: trace, spanID: span, attributes: attributes))
    }

    mutating func countDropped(links: Int) { droppedLinks += links }
}
