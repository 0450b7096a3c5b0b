package import Pipeline

/// Turns a run's events into its spans: the same list gives the same spans, to the byte.
///
/// A span comes out exactly when the event that closes it goes in: an attempt's at
/// `attemptFinished`, a wait's with whatever ends it, a step's at `stepFinished`, the run's at `runFinished`. So the spans behind a
/// position of the journal are those that the events behind it give, and nothing has to be stored
/// to go on from there but that position.
///
/// Of a finished step only its timing is kept (`RunArithmetic`). Any list is accepted, also one
/// that no run machine would write: an end without a beginning, or a second one, gives nothing.
package struct SpanFold: Sendable {
    private var run: TracedRun?
    private var isFinished = false
    private var steps = LiveSteps()
    /// The step that is being undone: never two at once.
    private var undoing: LiveStep.Attempt?
    /// The highest number of an attempt to undo each step: one that comes again would give a span
    /// id two contents.
    private var undone: [String: Int] = [:]
    private var notes = RunNotes()
    private var arithmetic = RunArithmetic()

    package init() {}

    /// Takes the next event and appends the spans that it closes.
    package mutating func apply(_ event: RecordedEvent, into spans: inout [FinishedSpan]) {
        apply(event) { spans.append(copy $0) }
    }

    /// What becomes of a span; it may be looked at where it is made, and need not be kept.
    package typealias Emit = (borrowing FinishedSpan) -> Void

    /// Takes the next event and hands on the spans that it closes.
    package mutating func apply(_ event: RecordedEvent, _ emit: Emit) {
        if case .runStarted(let started) = event.event {
            if run == nil { run = TracedRun(started, at: event.at) }
            return
        }
        guard let run, !isFinished else { return }
        switch event.event {
        case .runStarted, .outputSet, .outputReused, .compensationFinished: break
        case .stepReused(let step, let source):
            if let place = live(step, of: run) { steps[place].detour { $0.source = source.from } }
        // What was in flight then ends with events of its own, right after this one.
        case .runResumed(let resumed):
            endWaits(at: resumed.diedAt, run, emit)
            notes.note(resumed, at: event.at, run.limits)
        case .runStopping(let cause): notes.note(cause, at: event.at, run.limits)
        case .breakerChanged(let breaker, let state):
            notes.note(breaker, state, at: event.at, run.limits)
        case .stepReady(let step, let after):
            if let place = live(step, of: run) { steps[place].note(ready: event.at, after: after) }
        case .stepBlocked(let step, let wait):
            let wait = (wait.kind.rawValue, wait.name as String?, wait.until)
            begin(wait, of: step, at: event.at, run, emit)
        case .attemptStarted(let attempt): start(attempt, at: event.at, run, emit)
        case .attemptLaunched(let attempt, let pid, _):
            if let place = steps.place(of: attempt.step) { steps[place].note(attempt, pid: pid) }
            if let live = undoing, live.reference == attempt { undoing?.pid = pid }
        // Between attempts to undo nothing of the step is left that a span could be of.
        case .retryScheduled(let next, _) where next.part == .compensation: break
        case .retryScheduled(let next, let until):
            let retry = LiveStep.Retry(at: event.at, next: next.number, until: until)
            if let place = steps.place(of: next.step) { steps[place].note(retry) }
            begin((LiveStep.backoff, nil, until), of: next.step, at: event.at, run, emit)
        case .attemptFinished(let attempt, let end):
            finish(attempt, end, event, of: run, emit)
        case .stepFinished(let step, let end):
            finish(step, end, at: event.at, of: run, emit)
        case .runFinished(let end): finish(end, at: event.at, of: run, emit)
        }
    }

    private mutating func start(
        _ attempt: AttemptRef,
        at instant: Timestamp,
        _ run: TracedRun,
        _ emit: Emit
    ) {
        if case .compensation = attempt.part {
            guard attempt.number > undone[attempt.step, default: 0] else { return }
            undone[attempt.step] = attempt.number
            undoing = LiveStep.Attempt(reference: attempt, start: instant)
            return
        }
        guard let place = live(attempt.step, of: run) else { return }
        append(steps[place].endWait(at: instant), of: attempt.step, run, emit)
        steps[place].start(attempt, at: instant)
    }

    private mutating func endWaits(
        at instant: Timestamp,
        _ run: TracedRun,
        _ emit: Emit
    ) {
        for name in steps.sortedNames {
            guard let place = steps.place(of: name) else { continue }
            append(steps[place].endWait(at: instant), of: name, run, emit)
        }
    }

    /// Shows what has begun and not ended, in no order.
    ///
    /// - Parameter body: Called for each; the run's own span comes first.
    package func forEachOpen(_ body: (OpenSpan) -> Void) {
        guard let run, !isFinished else { return }
        body(run.openSpan)
        steps.visit { name, step in
            guard let start = step.start else { return }
            body(run.open(.step(name), name, from: start))
            if let attempt = step.running { body(run.open(attempt, under: step.id)) }
            if let wait = step.waiting {
                let path = SpanPath.wait(step: name, number: wait.number)
                let title = SpanName.wait(wait.blocker)
                body(run.open(path, title, from: wait.start, under: step.id))
            }
        }
        if let undoing { body(run.open(undoing)) }
    }

    /// The spans of a whole list.
    package static func spans(of events: some Sequence<RecordedEvent>) -> [FinishedSpan] {
        var fold = SpanFold()
        var spans: [FinishedSpan] = []
        for event in events { fold.apply(event, into: &spans) }
        return spans
    }

    /// Makes the step known, by whatever event of its own comes first.
    ///
    /// - Returns: Its place; `nil` if it has ended already.
    private mutating func live(_ step: String, of run: TracedRun) -> Int? {
        live(HashedName(step), of: run)
    }

    private mutating func live(_ name: HashedName, of run: TracedRun) -> Int? {
        if let place = steps.place(of: name) { return place }
        guard !arithmetic.hasFinished(name) else { return nil }
        return steps.add(name, LiveStep(id: run.spanID(.step(name.text))))
    }

    private mutating func begin(
        _ wait: (blocker: String, name: String?, until: Timestamp?),
        of step: String,
        at instant: Timestamp,
        _ run: TracedRun,
        _ emit: Emit
    ) {
        guard let place = live(step, of: run) else { return }
        let closed = steps[place].wait(
            for: wait.blocker,
            wait.name,
            until: wait.until,
            from: instant
        )
        append(closed, of: step, run, emit)
    }

    /// A wait that nobody would see in a waterfall has no span.
    private func append(
        _ closed: (wait: LiveStep.Wait, end: Timestamp)?,
        of step: String,
        _ run: TracedRun,
        _ emit: Emit
    ) {
        guard let (wait, end) = closed, end - wait.start >= TraceLimits.shortestWait else { return }
        emit(run.span(of: wait, to: end, step: step))
    }

    private mutating func finish(
        _ reference: AttemptRef,
        _ end: AttemptEnd,
        _ event: RecordedEvent,
        of run: TracedRun,
        _ emit: Emit
    ) {
        if let live = undoing, live.reference == reference {
            undoing = nil
            emit(run.span(undoing: live, end, event.event, at: end.endedAt ?? event.at))
            return
        }
        guard let place = steps.place(of: reference.step),
            let closed = steps[place].finish(reference, end, at: event.at)
        else { return }
        arithmetic.countAttempt(nanoseconds: closed.nanoseconds, end.outcome)
        emit(run.span(of: closed, event.event))
    }

    private mutating func finish(
        _ step: String,
        _ end: StepEnd,
        at instant: Timestamp,
        of run: TracedRun,
        _ emit: Emit
    ) {
        // It may end without having begun.
        let name = HashedName(step)
        guard let place = live(name, of: run) else { return }
        append(steps[place].endWait(at: instant), of: step, run, emit)
        let (id, busy) = (steps[place].id, steps[place].busyTime)
        let finished = steps[place].finished(step, end, at: instant)
        steps.remove(name)
        arithmetic.countStep(finished.timing, name, busyTime: busy)
        if let message = finished.message { notes.note(step, message) }
        emit(run.span(id, of: finished))
    }

    private mutating func finish(
        _ end: RunEnd,
        at instant: Timestamp,
        of run: TracedRun,
        _ emit: Emit
    ) {
        emit(run.span(end, at: instant, notes, arithmetic))
        isFinished = true
        steps = LiveSteps()
        notes = RunNotes()
        arithmetic = RunArithmetic()
    }
}
