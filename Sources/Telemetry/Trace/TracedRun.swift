import Pipeline

/// What every span of a run has in common, and how the run's facts become spans.
///
/// It never changes once the run has started, so the fold shares one.
final class TracedRun: Sendable {
    let started: RunStarted
    let start: Timestamp
    private let id: SpanID
    let runText: String
    /// How the path of every step's span begins.
    private let opening: SHA256Block
    private let finalSteps: Set<String>
    /// What stands the same in every span, as it is sent.
    let encoded: OTLPSpanCommon

    init(_ started: RunStarted, at instant: Timestamp) {
        var known = started
        // Said of all that Weir sends, not of a span: it need not stay for as long as one is kept.
        known.resource = []
        self.started = known
        start = instant
        id = SpanPath.run.spanID(in: started.run)
        opening = SpanPath.step("").opening(in: started.run, isFinal: false)
        runText = started.run.description
        finalSteps = Set(started.finalSteps)
        encoded = OTLPSpanCommon(started)
    }

    var limits: SpanLimits { started.spanLimits }

    func spanID(_ path: SpanPath) -> SpanID {
        if !finalSteps.isEmpty, let step = path.step, finalSteps.contains(step) {
            return path.spanID(in: started.run, isFinal: true)
        }
        if path == .run { return id }
        return path.spanID(behind: opening, in: started.run, isFinal: false)
    }

    /// A span within the run.
    func span(
        _ spanID: SpanID,
        parent: SpanID? = nil,
        name: String,
        from start: Timestamp,
        to end: Timestamp,
        status: FinishedSpan.Status = .unset,
        _ body: SpanBody
    ) -> FinishedSpan {
        FinishedSpan(
            run: self,
            spanID: spanID,
            parentID: parent ?? id,
            name: name,
            kind: .internal,
            start: start,
            end: max(start, end),
            status: status,
            body: body
        )
    }

    /// The run's own span, whose parent is the caller's.
    func rootSpan(
        to end: Timestamp,
        status: FinishedSpan.Status,
        _ body: SpanBody
    ) -> FinishedSpan {
        let name = SpanName.run(started.pipeline)
        var span = span(id, name: name, from: start, to: end, status: status, body)
        span.parentID = started.trace.parent
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
