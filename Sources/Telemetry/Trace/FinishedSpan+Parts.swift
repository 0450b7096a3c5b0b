import Pipeline

extension FinishedSpan {
    /// Tells what the span carries; the same each time.
    func visit<Parts: SpanParts & ~Copyable>(_ parts: inout Parts) {
        switch body {
        case .attempt(let attempt, .attemptFinished(_, let end), let message, let undone):
            tell(attempt, end, to: &parts)
            if let message { tellException(end, message, to: &parts) }
            if let undone { tellLink(to: traceID, undone, .compensation, &parts) }
        case .attempt: preconditionFailure("an attempt that another event has ended")
        case .wait(let wait, let step):
            parts.setCommon(of: run)
            parts.set(.taskName, step)
            parts.set(.waitBlocker, wait.blocker)
            if let name = wait.name { parts.set(.waitName, name) }
        case .step(let step): tell(step, to: &parts)
        case .run(let facts): tell(facts, to: &parts)
        }
    }

    // MARK: An attempt

    private func tell<Parts: SpanParts & ~Copyable>(
        _ attempt: LiveStep.Attempt,
        _ end: AttemptEnd,
        to parts: inout Parts
    ) {
        parts.setCommon(of: run)
        parts.set(.taskName, attempt.reference.step)
        parts.set(.attemptNumber, Int64(attempt.reference.number))
        parts.set(.attemptReason, end.outcome.reason.rawValue)
        if end.outcome.isError { parts.set(.errorType, end.outcome.reason.rawValue) }
        if let executable = end.executable { tellBaseName(executable, to: &parts) }
        if let pid = attempt.pid { parts.set(.processID, Int64(pid)) }
        if let signal = end.signal {
            parts.set(.processExitCode, Int64(signal) + 128)
            parts.set(.attemptSignal, SignalName.text(signal))
        } else if let code = end.exitCode {
            parts.set(.processExitCode, Int64(code))
        }
        if case .oomKill = end.outcome.reason { parts.set(.oomCertain, !end.isOOMDoubtful) }
        if let usage = end.usage { tell(usage, to: &parts) }
    }

    private func tell<Parts: SpanParts & ~Copyable>(
        _ usage: ResourceUsage,
        to parts: inout Parts
    ) {
        parts.set(.cpuUser, seconds: usage.userCPU.wholeNanoseconds)
        parts.set(.cpuSystem, seconds: usage.systemCPU.wholeNanoseconds)
        if let peak = usage.peakMemory {
            parts.set(.memoryPeak, peak)
        } else {
            parts.set(.memoryFloor, usage.peakMemoryFloor)
        }
        if let read = usage.bytesRead { parts.set(.ioRead, read) }
        if let written = usage.bytesWritten { parts.set(.ioWrite, written) }
        parts.set(.switchesVoluntary, usage.voluntarySwitches)
        parts.set(.switchesInvoluntary, usage.involuntarySwitches)
    }

    /// Semantic conventions, exceptions on spans: an event `exception` on what it ended.
    ///
    /// `message` is said where the program's own words are not known.
    private func tellException<Parts: SpanParts & ~Copyable>(
        _ end: AttemptEnd,
        _ message: String,
        to parts: inout Parts
    ) {
        guard keepsEvents, run.limits.eventCount > 0 else { return parts.countDropped(events: 1) }
        parts.beginEvent(.exception, at: self.end)
        parts.set(.exceptionType, end.outcome.reason.rawValue)
        parts.set(.exceptionMessage, FailureMessage.detail(of: end) ?? message)
    }

    private func tellBaseName<Parts: SpanParts & ~Copyable>(
        _ path: String,
        to parts: inout Parts
    ) {
        let bytes = path.utf8Span.span
        var start = bytes.count
        while start > 0, bytes[start - 1] != UInt8(ascii: "/") { start -= 1 }
        guard start < bytes.count else { return }
        parts.set(.processExecutableName, utf8: bytes.extracting(start...))
    }

    // MARK: A step

    private func tell<Parts: SpanParts & ~Copyable>(_ step: FinishedStep, to parts: inout Parts) {
        let (timing, end) = (step.timing, step.end)
        parts.setCommon(of: run)
        parts.set(.taskName, timing.step)
        parts.set(.taskRunID, run: run, step: timing.step)
        parts.set(.taskRunResult, end.outcome.result.rawValue)
        if end.outcome.isError { parts.set(.errorType, end.outcome.reason.rawValue) }
        parts.set(.stepReason, end.outcome.reason.rawValue)
        parts.set(.stepAttempts, Int64(end.attempts))
        if end.isTolerated { parts.set(.stepTolerated, true) }
        if let ready = timing.ready {
            let started = timing.firstStart ?? timing.end
            parts.set(.stepWaitDependency, seconds: ready.nanoseconds(since: run.start))
            parts.set(.stepWaitWorkers, seconds: started.nanoseconds(since: ready))
        }
        for detours in step.detours {
            tellRetries(detours, to: &parts)
            guard let source = detours.source else { continue }
            tellLink(to: source, .step(timing.step), .reuse, &parts)
        }
    }

    private func tellRetries<Parts: SpanParts & ~Copyable>(
        _ step: LiveStep.Detours,
        to parts: inout Parts
    ) {
        let kept = keepsEvents ? step.retries.prefix(max(0, run.limits.eventCount)) : []
        for retry in kept {
            parts.beginEvent(.retryScheduled, at: retry.at)
            parts.set(.attemptNumber, Int64(retry.next))
            parts.set(.retryDelay, seconds: retry.until.nanoseconds(since: retry.at))
        }
        parts.countDropped(events: step.retries.count - kept.count + step.droppedRetries)
    }

    // MARK: A run

    private func tell<Parts: SpanParts & ~Copyable>(_ facts: FinishedRun, to parts: inout Parts) {
        for entry in facts.attributes.entries { parts.set(entry) }
        for event in facts.events where keepsEvents {
            parts.beginEvent(event.name, at: event.at)
            for entry in event.attributes.entries { parts.set(entry) }
        }
        parts.countDropped(events: facts.droppedEvents + (keepsEvents ? 0 : facts.events.count))
        if let source = facts.retryOf { tellLink(to: source, .run, .retry, &parts) }
    }

    // MARK: Links

    /// Points to the span at the same place of an earlier run.
    private func tellLink<Parts: SpanParts & ~Copyable>(
        to source: LinkedRun,
        _ path: SpanPath,
        _ kind: SpanLink.Kind,
        _ parts: inout Parts
    ) {
        tellLink(to: source.trace, path.spanID(in: source.run), kind, &parts)
    }

    private func tellLink<Parts: SpanParts & ~Copyable>(
        to trace: TraceID,
        _ target: SpanID,
        _ kind: SpanLink.Kind,
        _ parts: inout Parts
    ) {
        guard run.limits.linkCount > 0 else { return parts.countDropped(links: 1) }
        parts.beginLink(to: trace, target)
        parts.set(.linkKind, kind.rawValue)
    }
}
