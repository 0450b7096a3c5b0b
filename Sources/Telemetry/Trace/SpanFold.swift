package import Pipeline

/// Turns a run's events into its spans: the same list gives the same spans, to the byte.
///
/// A span comes out exactly when the event that closes it goes in: an attempt's at
/// `attemptFinished`, a step's at `stepFinished`, the run's at `runFinished`. So the spans behind a
/// position of the journal are those that the events behind it give, and nothing has to be stored
/// to go on from there but that position.
///
/// Of a finished step only its timing is kept (`RunArithmetic`). Any list is accepted, also one
/// that no run machine would write: an end without a beginning, or a second one, gives nothing.
package struct SpanFold: Sendable {
    private var run: LiveRun?
    private var steps: [String: LiveStep] = [:]
    private var arithmetic = RunArithmetic()

    package init() {}

    /// Takes the next event and appends the spans that it closes.
    package mutating func apply(_ event: RecordedEvent, into spans: inout [FinishedSpan]) {
        if case .runStarted(let started) = event.event {
            if run == nil { run = LiveRun(started, at: event.at) }
            return
        }
        guard run?.isFinished == false else { return }
        switch event.event {
        case .runStarted, .outputSet: break
        case .runResumed(let resumed): noteResume(resumed, at: event.at)
        case .runStopping(let cause): noteStop(cause, at: event.at)
        case .stepReady(let step, let after): noteReady(step, after: after, at: event.at)
        case .attemptStarted(let attempt): noteStart(attempt, at: event.at)
        case .attemptLaunched(let attempt, let pid, _): noteLaunch(attempt, pid: pid)
        case .retryScheduled(let step, let next, let until):
            let retry = LiveStep.Retry(at: event.at, next: next, until: until)
            steps[step]?.note(retry)
        case .attemptFinished(let attempt, let end):
            finish(attempt, end, at: event.at, into: &spans)
        case .stepFinished(let step, let end): finish(step, end, at: event.at, into: &spans)
        case .runFinished(let end): finish(end, at: event.at, into: &spans)
        }
    }

    /// The spans of a whole list.
    package static func spans(of events: some Sequence<RecordedEvent>) -> [FinishedSpan] {
        var fold = SpanFold()
        var spans: [FinishedSpan] = []
        for event in events { fold.apply(event, into: &spans) }
        return spans
    }

    // MARK: What is noted

    private mutating func noteResume(_ resumed: RunResumed, at instant: Timestamp) {
        run?.noteResume(resumed, at: instant)
        // What was in flight ends with events of its own, right after this one.
    }

    private mutating func noteStop(_ cause: StopCause, at instant: Timestamp) {
        run?.noteStop(cause, at: instant)
    }

    /// Makes the step known unless it has ended already; its first event can be any of its own.
    private mutating func withLive(_ step: String, _ change: (inout LiveStep) -> Void) {
        guard let run, !arithmetic.hasFinished(step) else { return }
        change(&steps[step, default: LiveStep(id: run.spanID(.step(step)))])
    }

    private mutating func noteReady(_ step: String, after: String?, at instant: Timestamp) {
        withLive(step) { live in
            guard live.ready == nil else { return }
            live.ready = instant
            live.after = after
        }
    }

    private mutating func noteStart(_ attempt: AttemptRef, at instant: Timestamp) {
        withLive(attempt.step) { live in live.start(attempt, at: instant) }
    }

    private mutating func noteLaunch(_ attempt: AttemptRef, pid: Int32) {
        guard steps[attempt.step]?.attempt?.reference == attempt else { return }
        steps[attempt.step]?.attempt?.pid = pid
    }

    // MARK: What ends

    private mutating func finish(
        _ reference: AttemptRef,
        _ end: AttemptEnd,
        at instant: Timestamp,
        into spans: inout [FinishedSpan]
    ) {
        guard let run, let attempt = steps[reference.step]?.finish(reference) else { return }
        let ended = max(attempt.start, end.endedAt ?? instant)
        let duration = ended - attempt.start
        arithmetic.countAttempt(duration, outcome: end.outcome)
        guard let parent = steps[reference.step]?.count(duration, end) else { return }
        spans.append(run.span(of: attempt, end, at: ended, parent: parent))
    }

    private mutating func finish(
        _ step: String,
        _ end: StepEnd,
        at instant: Timestamp,
        into spans: inout [FinishedSpan]
    ) {
        guard let run, !arithmetic.hasFinished(step) else { return }
        let live = steps.removeValue(forKey: step) ?? LiveStep(id: run.spanID(.step(step)))
        let timing = live.timing(of: step, end, at: instant)
        arithmetic.countStep(timing, busy: live.busy)
        self.run?.remember(step, end, live)
        spans.append(run.span(of: live, timing, end))
    }

    private mutating func finish(
        _ end: RunEnd,
        at instant: Timestamp,
        into spans: inout [FinishedSpan]
    ) {
        guard let run else { return }
        spans.append(run.span(end, at: instant, arithmetic))
        self.run?.isFinished = true
        steps = [:]
        arithmetic = RunArithmetic()
    }
}
