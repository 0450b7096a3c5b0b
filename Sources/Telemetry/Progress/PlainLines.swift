package import Pipeline

/// What happens, line by line, for logs and pipes: one line for each event worth one.
///
/// `12:04:05 load attempt 1 started`, `12:04:09 load attempt 1 failed (exit 75), again in 1.2s`.
/// The run's end is not among them: `FailureBlock` or `SuccessLine` says it.
package struct PlainLines: Sendable {
    private let utcOffset: Int
    private var pipeline = ""
    /// Of steps that have begun and not ended.
    private var open: [String: Open] = [:]

    private struct Open: Sendable {
        var startedAt: Timestamp
        var lastEnd: String?
        var attempt = 0
    }

    /// `utcOffset` is in seconds east of UTC.
    package init(utcOffset: Int = 0) {
        self.utcOffset = utcOffset
    }

    /// - Returns: `nil` for an event that is not worth a line.
    package mutating func line(for recorded: RecordedEvent) -> String? {
        guard let text = text(recorded.event, recorded.at) else { return nil }
        let clock = CivilTime(recorded.at, utcOffset: utcOffset).clockWithSeconds
        return "\(clock) \(VisibleText.clean(text))"
    }

    private mutating func text(_ event: RunEvent, _ at: Timestamp) -> String? {
        switch event {
        case .runStarted(let started):
            pipeline = started.pipeline
            let steps = HumanText.count(started.stepCount, "step")
            let workers = HumanText.count(started.workers, "worker")
            let source = started.retryOf.map { ", a retry of \($0.run)" } ?? ""
            return "\(pipeline) started, run \(started.run) (\(steps), \(workers))\(source)"
        case .runResumed(let resumed):
            let died = CivilTime(resumed.diedAt, utcOffset: utcOffset).clockWithSeconds
            return "\(pipeline) resumed (recovery \(resumed.recovery)), Weir was ended at \(died)"
        case .stepReused, .outputReused, .stepReady, .attemptLaunched, .outputSet, .runFinished:
            return nil
        case .attemptStarted(let ref):
            return started(ref, at)
        case .attemptFinished(let ref, let end):
            return ended(ref, end, at)
        case .retryScheduled(let next, let until):
            return again(next, in: until - at)
        case .stepBlocked(let step, let wait):
            return "\(step) \(StepWords.waiting(for: wait, at: at))"
        case .breakerChanged(let breaker, let state):
            return "breaker \(breaker) is \(state.rawValue.replacing("_", with: "-"))"
        case .compensationFinished(let step, let end):
            return undone(step, end)
        case .stepFinished(let step, let end):
            return finished(step, end, at)
        case .runStopping(let cause):
            return "\(pipeline) is stopping: \(OutcomeWords.stop(cause))"
        }
    }

    private mutating func started(_ ref: AttemptRef, _ at: Timestamp) -> String? {
        if ref.part == .compensation { return "\(ref.step) is being undone, attempt \(ref.number)" }
        open[ref.step, default: Open(startedAt: at)].lastEnd = nil
        guard ref.part == .main else { return nil }
        open[ref.step]?.attempt = ref.number
        return "\(ref.step) attempt \(ref.number) started"
    }

    /// Kept for the line that says what follows from it; a crash is news by itself.
    private mutating func ended(_ ref: AttemptRef, _ end: AttemptEnd, _ at: Timestamp) -> String? {
        guard end.outcome.result != .success else { return nil }
        let cause = OutcomeWords.cause(end, lasted: nil)
        if end.outcome.reason.isInterruption {
            return "\(ref.step) attempt \(ref.number) is lost (\(cause))"
        }
        // What Weir itself says (which program, which output) is more than the reason's name.
        let said = end.message?.split(whereSeparator: \.isNewline).first.map(String.init)
        if ref.part == .compensation { open[ref.step] = Open(startedAt: at) }
        open[ref.step]?.lastEnd = said ?? cause
        return nil
    }

    private func again(_ next: AttemptRef, in wait: Duration) -> String {
        let cause = open[next.step]?.lastEnd.map { " (\($0))" } ?? ""
        let what = next.part == .compensation ? "undoing, attempt" : "attempt"
        let words = "\(next.step) \(what) \(next.number - 1) failed\(cause)"
        return "\(words), again in \(HumanText.duration(wait))"
    }

    private mutating func undone(_ step: String, _ end: CompensationEnd) -> String {
        let cause = open.removeValue(forKey: step)?.lastEnd ?? OutcomeWords.reason(end.outcome)
        return end.outcome.result == .success ? "\(step) undone" : "\(step) not undone (\(cause))"
    }

    private mutating func finished(_ step: String, _ end: StepEnd, _ at: Timestamp) -> String {
        let known = open.removeValue(forKey: step)
        let lasted = known.map { " after \(HumanText.duration(at - $0.startedAt))" } ?? ""
        let tries = end.attempts > 1 ? ", attempt \(end.attempts)" : ""
        switch end.outcome.result {
        case .success where end.attempts == 0:
            return "\(step) ok (\(OutcomeWords.reason(end.outcome)))"
        case .success:
            return "\(step) ok\(lasted)\(tries)"
        case .skip:
            let because = OutcomeWords.because(end) ?? OutcomeWords.reason(end.outcome)
            return "\(step) skipped (\(because))"
        case .cancellation where known == nil:
            return "\(step) not started"
        case .failure, .error, .timeout, .cancellation:
            let verb = OutcomeWords.verb(end.outcome.result)
            let cause = known?.lastEnd ?? OutcomeWords.reason(end.outcome)
            let tolerated = end.isTolerated ? ", tolerated" : ""
            return "\(step) \(verb) (\(cause))\(lasted)\(tries)\(tolerated)"
        }
    }
}
