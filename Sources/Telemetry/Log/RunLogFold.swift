package import Pipeline

/// Turns the events of one run into records of Weir's own log: none or one for each event.
///
/// | event | level, message |
/// |---|---|
/// | `runStarted`, `runFinished` that is a success | info, `run started`, `run finished` |
/// | `runFinished` else | error, or warn when it was cancelled |
/// | `runResumed`, `runStopping` | warn |
/// | `attemptFinished` that did not succeed, `stepFinished` that is bad | warn |
/// | `retryScheduled`, `breakerChanged`, `compensationFinished` | info; warn when it opens, error when it fails |
/// | `stepReady`, `stepBlocked`, `stepReused`, starts and good ends of attempts and steps | debug |
/// | `outputSet`, `outputReused` | none: values may be large, `report.json` has them |
///
/// Fed from the run's first event on, so that every record has the run's ids and its durations.
package struct RunLogFold: Sendable {
    private var started: RunStarted?
    private var startedAt = Timestamp(nanoseconds: 0)
    /// When what has not ended yet began.
    private var attempts: [AttemptRef: Timestamp] = [:]
    private var steps: [String: Timestamp] = [:]

    package init() {}

    /// Takes the next event.
    ///
    /// - Parameters:
    ///   - recorded: The event.
    ///   - level: The least that is wanted.
    /// - Returns: Its record; `nil` where there is none of that level.
    package mutating func record(for recorded: RecordedEvent, from level: LogLevel) -> LogRecord? {
        let lasted = note(recorded)
        guard let (own, message) = Self.words(for: recorded.event), own >= level, let started
        else { return nil }
        let record = LogRecord(own, message, at: recorded.at)
            .with("run", started.run.description)
            .with("pipeline", started.pipeline)
        return describe(recorded, in: identify(recorded.event, in: record, of: started))
            .with("duration", lasted)
    }

    /// Remembers when things began; how long what ends has lasted.
    private mutating func note(_ recorded: RecordedEvent) -> Duration? {
        switch recorded.event {
        case .runStarted(let content):
            started = content
            startedAt = recorded.at
        case .stepReady(let step, _): steps[step] = recorded.at
        case .attemptStarted(let attempt): attempts[attempt] = recorded.at
        case .attemptFinished(let attempt, let end):
            return attempts.removeValue(forKey: attempt).map { (end.endedAt ?? recorded.at) - $0 }
        case .stepFinished(let step, _):
            return steps.removeValue(forKey: step).map { recorded.at - $0 }
        case .runFinished: return recorded.at - startedAt
        default: break
        }
        return nil
    }

    // MARK: - What is said

    private static func words(for event: RunEvent) -> (LogLevel, String)? {
        switch event {
        case .runStarted: (.info, "run started")
        case .runResumed: (.warn, "run resumed")
        case .runStopping: (.warn, "run is stopping")
        case .runFinished(let end): (level(of: end.outcome), "run finished")
        case .stepReused: (.debug, "step reused")
        case .stepReady: (.debug, "step is ready")
        case .stepBlocked: (.debug, "step waits")
        case .stepFinished(_, let end):
            (isGood(end.outcome) ? .debug : .warn, "step finished")
        case .breakerChanged(_, let state):
            (state == .open ? .warn : .info, "breaker changed")
        case .attemptStarted: (.debug, "attempt started")
        case .attemptLaunched: (.debug, "attempt has a process")
        case .attemptFinished(let attempt, let end):
            (
                isGood(end.outcome)
                    || attempt.part == .condition && end.outcome.reason == .condition
                    ? .debug : .warn, "attempt finished"
            )
        case .retryScheduled: (.info, "retry scheduled")
        case .compensationFinished(_, let end):
            (end.isUndone ? .info : .error, end.isUndone ? "step undone" : "step not undone")
        case .outputSet, .outputReused: nil
        }
    }

    private static func isGood(_ outcome: Outcome) -> Bool {
        outcome.result == .success || outcome.result == .skip
    }

    private static func level(of outcome: Outcome) -> LogLevel {
        switch outcome.result {
        case .success, .skip: .info
        case .cancellation: .warn
        case .failure, .error, .timeout: .error
        }
    }

    // MARK: - What it is about

    /// Step, attempt, and the ids of the span that the event belongs to.
    private func identify(
        _ event: RunEvent,
        in record: LogRecord,
        of started: RunStarted
    ) -> LogRecord {
        let path: SpanPath
        var record = record
        switch event {
        case .attemptStarted(let attempt), .attemptLaunched(let attempt, _, _),
            .attemptFinished(let attempt, _), .retryScheduled(let attempt, _):
            let part = attempt.part == .main ? nil : attempt.part.rawValue
            record = record.with("step", attempt.step).with("part", part)
                .with("attempt", attempt.number)
            path = .attempt(attempt)
        case .stepReady(let step, _), .stepBlocked(let step, _), .stepFinished(let step, _),
            .stepReused(let step, _), .compensationFinished(let step, _):
            record = record.with("step", step)
            path = .step(step)
        default: path = .run
        }
        let isFinal = path.step.map(started.finalSteps.contains) ?? false
        return record.with("trace_id", started.trace.traceID.description)
            .with("span_id", path.spanID(in: started.run, isFinal: isFinal).description)
    }

    private func describe(_ recorded: RecordedEvent, in record: LogRecord) -> LogRecord {
        switch recorded.event {
        case .runStarted(let content):
            record.with("trigger", content.trigger).with("steps", content.stepCount)
                .with("retry_of", content.retryOf?.run.description)
        case .runResumed(let resumed): record.with("recovery", resumed.recovery)
        case .runStopping(let cause): record.with("why", OutcomeWords.stop(cause))
        case .runFinished(let end):
            ended(end.outcome, in: record).with("step", end.step).with("error", end.message)
        case .stepReused(_, let reused): record.with("from", reused.from.run.description)
        case .stepBlocked(_, let wait):
            record.with("blocker", wait.kind.rawValue).with("name", wait.name)
        case .stepFinished(_, let end):
            ended(end.outcome, in: record).with("attempts", end.attempts)
                .with("because", OutcomeWords.because(end))
        case .breakerChanged(let breaker, let state):
            record.with("breaker", breaker).with("state", state.rawValue)
        case .attemptLaunched(_, let pid, _): record.with("pid", pid)
        case .attemptFinished(_, let end):
            ended(end.outcome, in: record)
                .with("error", Self.isGood(end.outcome) ? nil : FailureMessage.text(of: end))
        case .retryScheduled(_, let until): record.with("in", until - recorded.at)
        case .compensationFinished(_, let end):
            ended(end.outcome, in: record).with("attempts", end.attempts)
        case .stepReady, .attemptStarted, .outputSet, .outputReused: record
        }
    }

    private func ended(_ outcome: Outcome, in record: LogRecord) -> LogRecord {
        record.with("result", outcome.result.rawValue).with("reason", outcome.reason.rawValue)
    }
}
