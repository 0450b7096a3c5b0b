import Pipeline

/// How the run's facts become spans.
extension TracedRun {
    func span(of closed: consuming LiveStep.Closed, _ event: RunEvent) -> FinishedSpan {
        let reference = closed.attempt.reference
        return span(
            spanID(.attempt(reference)),
            parent: closed.parent,
            name: SpanName.attempt(reference),
            from: closed.attempt.start,
            to: closed.end,
            status: closed.message.map { .error(message: $0) } ?? .unset,
            .attempt(closed.attempt, event, message: closed.message, undoes: nil)
        )
    }

    func span(of wait: LiveStep.Wait, to end: Timestamp, step: String) -> FinishedSpan {
        span(
            spanID(.wait(step: step, number: wait.number)),
            parent: spanID(.step(step)),
            name: SpanName.wait(wait.blocker),
            from: wait.start,
            to: end,
            .wait(wait, step: step)
        )
    }

    /// The span of an attempt to undo a step.
    ///
    /// It comes after the step's own span has ended, so it is the run's child, and linked.
    func span(
        undoing attempt: LiveStep.Attempt,
        _ end: AttemptEnd,
        _ event: RunEvent,
        at instant: Timestamp
    ) -> FinishedSpan {
        let message = end.outcome.isError ? FailureMessage.text(of: end) : nil
        let undone = spanID(.step(attempt.reference.step))
        return span(
            spanID(.attempt(attempt.reference)),
            name: SpanName.attempt(attempt.reference),
            from: attempt.start,
            to: instant,
            status: message.map { .error(message: $0) } ?? .unset,
            .attempt(attempt, event, message: message, undoes: undone)
        )
    }

    func span(_ id: SpanID, of step: consuming FinishedStep) -> FinishedSpan {
        let (name, end) = (step.timing.step, step.timing.end)
        let start = step.timing.ready ?? end
        let status = step.message.map { FinishedSpan.Status.error(message: $0) } ?? .unset
        return span(id, name: name, from: start, to: end, status: status, .step(step))
    }

    /// The run's own span.
    func span(
        _ end: RunEnd,
        at instant: Timestamp,
        _ notes: RunNotes,
        _ arithmetic: RunArithmetic
    ) -> FinishedSpan {
        let ended = max(start, instant)
        var attributes = attributes(end, duration: ended - start, arithmetic)
        attributes.set(.recoveries, notes.recoveries)
        return rootSpan(
            to: ended,
            status: end.outcome.isError ? .error(message: notes.message(end)) : .unset,
            .run(
                FinishedRun(
                    attributes: attributes,
                    events: notes.events,
                    droppedEvents: notes.droppedEvents,
                    retryOf: started.retryOf
                )
            )
        )
    }

    private func attributes(
        _ end: RunEnd,
        duration: Duration,
        _ arithmetic: RunArithmetic
    ) -> SpanAttributes {
        var attributes = SpanAttributes()
        attributes.set(.pipelineName, started.pipeline)
        attributes.set(.pipelineRunID, runText)
        attributes.set(.pipelineActionName, "RUN")
        attributes.set(.pipelineResult, end.outcome.result.rawValue)
        if end.outcome.isError { attributes.set(.errorType, end.outcome.reason.rawValue) }
        attributes.set(.runReason, end.outcome.reason.rawValue)
        attributes.set(.runTrigger, started.trigger)
        attributes.set(.runWorkers, started.workers)
        if let source = started.retryOf { attributes.set(.retryOf, source.run.description) }
        let path = arithmetic.criticalPath()
        if !path.steps.isEmpty {
            attributes.set(.criticalPathSteps, path.steps)
            attributes.set(.criticalPathDuration, seconds: path.running)
        }
        attributes.set(.timeWaiting, seconds: arithmetic.waiting)
        attributes.set(.timeRunning, seconds: arithmetic.running)
        attributes.set(.timeWasted, seconds: arithmetic.wasted)
        if let efficiency = arithmetic.parallelEfficiency(
            workers: started.workers,
            duration: duration
        ) {
            attributes.set(.parallelEfficiency, efficiency)
        }
        return attributes
    }
}
