import Pipeline

/// What every span of a run has in common, and how the run's facts become spans.
///
/// It never changes once the run has started, so the fold shares one.
final class TracedRun: Sendable {
    let started: RunStarted
    let start: Timestamp
    private let id: SpanID
    private let runText: String
    private let finalSteps: Set<String>

    init(_ started: RunStarted, at instant: Timestamp) {
        self.started = started
        start = instant
        id = SpanPath.run.spanID(in: started.run)
        runText = started.run.description
        finalSteps = Set(started.finalSteps)
    }

    var limits: SpanLimits { started.spanLimits }

    func spanID(_ path: SpanPath) -> SpanID {
        guard !finalSteps.isEmpty else { return path.spanID(in: started.run) }
        return path.spanID(in: started.run, isFinal: path.step.map(finalSteps.contains) ?? false)
    }

    /// Attributes that begin with those of every span.
    func attributes(expected: Int) -> SpanAttributes {
        var attributes = SpanAttributes(limits: limits, expected: expected + 2)
        attributes.set(.pipelineName, started.pipeline)
        attributes.set(.pipelineRunID, runText)
        return attributes
    }

    func taskRunID(_ step: String) -> String {
        var text = ""
        text.reserveCapacity(runText.utf8.count + 1 + step.utf8.count)
        text += runText
        text += "/"
        text += step
        return text
    }

    /// A span within the run.
    func span(
        _ spanID: SpanID,
        parent: SpanID? = nil,
        name: String,
        from start: Timestamp,
        to end: Timestamp,
        status: FinishedSpan.Status,
        attributes: SpanAttributes
    ) -> FinishedSpan {
        FinishedSpan(
            traceID: started.trace.traceID,
            spanID: spanID,
            parentID: parent ?? id,
            flags: FinishedSpan.flags(of: started.trace, hasRemoteParent: false),
            traceState: started.trace.state,
            name: name,
            kind: .internal,
            start: start,
            end: max(start, end),
            status: status,
            attributes: attributes,
            events: [],
            droppedEvents: 0
        )
    }

    /// Points to the span at the same place of an earlier run.
    func link(
        _ span: inout FinishedSpan,
        to source: LinkedRun,
        _ path: SpanPath,
        as kind: SpanLink.Kind
    ) {
        link(&span, to: source.trace, path.spanID(in: source.run), as: kind)
    }

    func link(
        _ span: inout FinishedSpan,
        to trace: TraceID,
        _ target: SpanID,
        as kind: SpanLink.Kind
    ) {
        guard limits.linkCount > span.links.count else {
            span.droppedLinks += 1
            return
        }
        var attributes = SpanAttributes(of: .link, limits: limits, expected: 1)
        attributes.set(.linkKind, kind.rawValue)
        span.links.append(SpanLink(traceID: trace, spanID: target, attributes: attributes))
    }

    /// The run's own span, whose parent is the caller's.
    func rootSpan(
        to end: Timestamp,
        status: FinishedSpan.Status,
        attributes: SpanAttributes
    ) -> FinishedSpan {
        let parent = started.trace.parent
        var span = span(
            id,
            name: SpanName.run(started.pipeline),
            from: start,
            to: end,
            status: status,
            attributes: attributes
        )
        span.parentID = parent
        span.flags = FinishedSpan.flags(of: started.trace, hasRemoteParent: parent != nil)
        span.kind = .server
        return span
    }
}

extension TracedRun {
    // MARK: What has begun

    /// The run's own span as far as it is known.
    var openSpan: OpenSpan {
        var span = open(.run, SpanName.run(started.pipeline), from: start)
        span.parentID = started.trace.parent
        return span
    }

    /// A span of the run; without `parent` it is the run's child.
    func open(
        _ path: SpanPath,
        _ name: String,
        from start: Timestamp,
        under parent: SpanID? = nil
    ) -> OpenSpan {
        OpenSpan(
            path: path,
            name: name,
            run: started.run,
            traceID: started.trace.traceID,
            spanID: spanID(path),
            parentID: parent ?? id,
            start: start
        )
    }

    func open(_ attempt: LiveStep.Attempt, under parent: SpanID? = nil) -> OpenSpan {
        let name = SpanName.attempt(attempt.reference)
        var span = open(.attempt(attempt.reference), name, from: attempt.start, under: parent)
        span.pid = attempt.pid
        return span
    }
}
