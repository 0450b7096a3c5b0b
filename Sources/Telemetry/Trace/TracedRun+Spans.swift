import Pipeline

extension TracedRun {
    // MARK: An attempt's span

    func span(of closed: LiveStep.Closed, _ end: AttemptEnd) -> FinishedSpan {
        let reference = closed.attempt.reference
        var span = span(
            spanID(.attempt(reference)),
            parent: closed.parent,
            name: SpanName.attempt(reference),
            from: closed.attempt.start,
            to: closed.end,
            status: closed.message.map { .error(message: $0) } ?? .unset,
            attributes: attributes(of: closed.attempt, end)
        )
        if let message = closed.message { addException(end, message, to: &span) }
        return span
    }

    private func attributes(of attempt: LiveStep.Attempt, _ end: AttemptEnd) -> SpanAttributes {
        var attributes = attributes(expected: 16)
        attributes.set(.taskName, attempt.reference.step)
        attributes.set(.attemptNumber, attempt.reference.number)
        attributes.set(.attemptReason, end.outcome.reason.rawValue)
        attributes.setErrorType(end.outcome)
        if let executable = end.executable.map(baseName), !executable.isEmpty {
            attributes.set(.processExecutableName, executable)
        }
        if let pid = attempt.pid { attributes.set(.processID, pid) }
        if let signal = end.signal {
            attributes.set(.processExitCode, Int(signal) + 128)
            attributes.set(.attemptSignal, SignalName.text(signal))
        } else if let code = end.exitCode {
            attributes.set(.processExitCode, code)
        }
        if end.outcome.reason == .oomKill { attributes.set(.oomCertain, !end.isOOMDoubtful) }
        if let usage = end.usage { attributes.set(usage) }
        return attributes
    }

    /// Semantic conventions, exceptions on spans: an event `exception` on what it ended.
    ///
    /// `message` is said where the program's own words are not known.
    private func addException(
        _ end: AttemptEnd,
        _ message: String,
        to span: inout FinishedSpan
    ) {
        guard limits.eventCount > 0 else {
            span.droppedEvents = 1
            return
        }
        var attributes = SpanAttributes(of: .event, limits: limits, expected: 2)
        attributes.set(.exceptionType, end.outcome.reason.rawValue)
        attributes.set(.exceptionMessage, FailureMessage.detail(of: end) ?? message)
        span.events = [SpanEvent(.exception, at: span.end, attributes: attributes)]
    }

    private func baseName(_ path: String) -> String {
        let bytes = path.utf8
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return path }
        return String(path[bytes.index(after: slash)...])
    }

    // MARK: A wait's span

    func span(of wait: LiveStep.Wait, to end: Timestamp, step: String) -> FinishedSpan {
        var attributes = attributes(expected: 3)
        attributes.set(.taskName, step)
        attributes.set(.waitBlocker, wait.blocker)
        if let name = wait.name { attributes.set(.waitName, name) }
        return span(
            spanID(.wait(step: step, number: wait.number)),
            parent: spanID(.step(step)),
            name: SpanName.wait(wait.blocker),
            from: wait.start,
            to: end,
            status: .unset,
            attributes: attributes
        )
    }

    // MARK: The span of an attempt to undo a step

    /// It comes after the step's own span has ended, so it is the run's child, and linked.
    func span(
        undoing attempt: LiveStep.Attempt,
        _ end: AttemptEnd,
        at instant: Timestamp
    )
        -> FinishedSpan
    {
        let step = attempt.reference.step
        let message = end.outcome.isError ? FailureMessage.text(of: end) : nil
        var span = span(
            spanID(.attempt(attempt.reference)),
            name: SpanName.attempt(attempt.reference),
            from: attempt.start,
            to: instant,
            status: message.map { .error(message: $0) } ?? .unset,
            attributes: attributes(of: attempt, end)
        )
        if let message { addException(end, message, to: &span) }
        link(&span, to: started.trace.traceID, spanID(.step(step)), as: .compensation)
        return span
    }

    // MARK: A step's span

    func span(of live: LiveStep, _ timing: StepTiming, _ end: StepEnd) -> FinishedSpan {
        var span = span(
            live.id,
            name: timing.step,
            from: timing.ready ?? timing.end,
            to: timing.end,
            status: end.outcome.isError ? .error(message: live.message(end.outcome)) : .unset,
            attributes: attributes(of: timing, end)
        )
        if let source = live.source { link(&span, to: source, .step(timing.step), as: .reuse) }
        let kept = live.retries.prefix(max(0, limits.eventCount))
        span.events = kept.map(event)
        span.droppedEvents = live.retries.count - kept.count + live.droppedRetries
        return span
    }

    private func attributes(of timing: StepTiming, _ end: StepEnd) -> SpanAttributes {
        var attributes = attributes(expected: 9)
        attributes.set(.taskName, timing.step)
        attributes.set(.taskRunID, taskRunID(timing.step))
        attributes.set(.taskRunResult, end.outcome.result.rawValue)
        attributes.setErrorType(end.outcome)
        attributes.set(.stepReason, end.outcome.reason.rawValue)
        attributes.set(.stepAttempts, end.attempts)
        if end.isTolerated { attributes.set(.stepTolerated, true) }
        if let ready = timing.ready {
            attributes.set(.stepWaitDependency, seconds: max(.zero, ready - start))
            let started = timing.firstStart ?? timing.end
            attributes.set(.stepWaitWorkers, seconds: max(.zero, started - ready))
        }
        return attributes
    }

    private func event(_ retry: LiveStep.Retry) -> SpanEvent {
        var attributes = SpanAttributes(of: .event, limits: limits, expected: 2)
        attributes.set(.attemptNumber, retry.next)
        attributes.set(.retryDelay, seconds: max(.zero, retry.until - retry.at))
        return SpanEvent(.retryScheduled, at: retry.at, attributes: attributes)
    }

    // MARK: The run's span

    func span(
        _ end: RunEnd,
        at instant: Timestamp,
        _ notes: RunNotes,
        _ arithmetic: RunArithmetic
    ) -> FinishedSpan {
        let ended = max(start, instant)
        var attributes = attributes(end, duration: ended - start, arithmetic)
        attributes.set(.recoveries, notes.recoveries)
        var span = rootSpan(
            to: ended,
            status: end.outcome.isError ? .error(message: notes.message(end)) : .unset,
            attributes: attributes
        )
        if let source = started.retryOf { link(&span, to: source, .run, as: .retry) }
        span.events = notes.events
        span.droppedEvents = notes.droppedEvents
        return span
    }

    private func attributes(
        _ end: RunEnd,
        duration: Duration,
        _ arithmetic: RunArithmetic
    ) -> SpanAttributes {
        var attributes = attributes(expected: 15)
        attributes.set(.pipelineActionName, "RUN")
        attributes.set(.pipelineResult, end.outcome.result.rawValue)
        attributes.setErrorType(end.outcome)
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

extension SpanAttributes {
    fileprivate mutating func setErrorType(_ outcome: Outcome) {
        if outcome.isError { set(.errorType, outcome.reason.rawValue) }
    }

    fileprivate mutating func set(_ usage: ResourceUsage) {
        set(.cpuUser, seconds: usage.userCPU)
        set(.cpuSystem, seconds: usage.systemCPU)
        if let peak = usage.peakMemory {
            set(.memoryPeak, peak)
        } else {
            set(.memoryFloor, usage.peakMemoryFloor)
        }
        if let read = usage.bytesRead { set(.ioRead, read) }
        if let written = usage.bytesWritten { set(.ioWrite, written) }
        set(.switchesVoluntary, usage.voluntarySwitches)
        set(.switchesInvoluntary, usage.involuntarySwitches)
    }
}
