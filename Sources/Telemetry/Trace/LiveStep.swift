import Pipeline

/// What the span fold holds of a step that has not ended.
struct LiveStep: Sendable {
    struct Attempt: Sendable {
        let reference: AttemptRef
        let start: Timestamp
        var pid: Int32?
    }

    /// An attempt that has ended.
    struct Closed {
        let attempt: Attempt
        let end: Timestamp
        /// The step's span id.
        let parent: SpanID
        /// What to say of it, if it ended badly.
        let message: String?

        var duration: Duration { end - attempt.start }
    }

    /// The step itself has ended.
    struct Ended {
        let id: SpanID
        let facts: FinishedStep
        let busy: Duration
        /// What to say of it, if it ended badly.
        let message: String?
    }

    struct Retry: Sendable {
        let at: Timestamp
        let next: Int
        let until: Timestamp
    }

    /// What a step waits for by name; `until` where time ends it.
    struct Wait: Sendable {
        let blocker: String
        var name: String?
        let start: Timestamp
        var until: Timestamp?
        /// From 1.
        let number: Int
    }

    let id: SpanID
    private var wait: Wait?
    private var waits = 0
    /// The run whose work counts as the step's own.
    var source: LinkedRun?
    private var ready: Timestamp?
    private var after: String?
    /// Two attempts of a step never overlap (design §2, G1).
    private var attempt: Attempt?
    /// How its last attempt ended, if that was badly.
    private var failure: (reason: Reason, message: String)?
    private(set) var retries: [Retry] = []
    private(set) var droppedRetries = 0
    /// Time in attempts.
    private(set) var busy: Duration = .zero
    private var firstStart: Timestamp?
    /// The highest number seen of each part: a number that comes again would give a span id two
    /// contents.
    private var lastMain = 0
    private var lastCondition = 0

    init(id: SpanID) {
        self.id = id
    }

    /// From when on its span is: `nil` while it waits for its needs.
    var start: Timestamp? { ready ?? firstStart }
    var isRunning: Bool { attempt != nil }
    var running: Attempt? { attempt }
    var waiting: Wait? { wait }

    mutating func note(ready instant: Timestamp, after: String?) {
        guard ready == nil else { return }
        ready = instant
        self.after = after
    }

    /// Begins to wait for something; what it waited for before is over.
    ///
    /// - Returns: The wait that is over, and its end; `nil` when there was none, or it goes on.
    mutating func wait(
        for blocker: String,
        _ name: String?,
        until: Timestamp?,
        from instant: Timestamp
    ) -> (wait: Wait, end: Timestamp)? {
        if let wait, wait.blocker == blocker, wait.name == name { return nil }
        let closed = endWait(at: instant)
        waits += 1
        wait = Wait(blocker: blocker, name: name, start: instant, until: until, number: waits)
        return closed
    }

    /// - Returns: The wait that is over with this instant, or was before, and its end.
    mutating func endWait(at instant: Timestamp) -> (wait: Wait, end: Timestamp)? {
        guard let wait else { return nil }
        self.wait = nil
        let end = wait.blocker == LiveStep.backoff ? min(instant, wait.until ?? instant) : instant
        return (wait, max(wait.start, end))
    }

    /// Of the blockers the one that a time ends, and nothing else.
    static let backoff = "backoff"

    mutating func start(_ reference: AttemptRef, at instant: Timestamp) {
        let isNew =
            switch reference.part {
            case .main: advance(&lastMain, to: reference.number)
            case .condition: advance(&lastCondition, to: reference.number)
            case .compensation: false
            }
        guard isNew else { return }
        attempt = Attempt(reference: reference, start: instant)
        if firstStart == nil { firstStart = instant }
    }

    mutating func note(_ reference: AttemptRef, pid: Int32) {
        if attempt?.reference == reference { attempt?.pid = pid }
    }

    /// Closes the attempt in flight, if it is this one.
    mutating func finish(
        _ reference: AttemptRef,
        _ end: AttemptEnd,
        at instant: Timestamp
    ) -> Closed? {
        guard let open = attempt, open.reference == reference else { return nil }
        attempt = nil
        let ended = max(open.start, end.endedAt ?? instant)
        let message = end.outcome.isError ? FailureMessage.text(of: end) : nil
        let closed = Closed(attempt: open, end: ended, parent: id, message: message)
        busy += closed.duration
        failure = message.map { (end.outcome.reason, $0) }
        return closed
    }

    /// Ends the step: what it held is in what is returned, and here no more.
    mutating func finish(_ step: String, _ end: StepEnd, at instant: Timestamp) -> Ended {
        let ended = Ended(
            id: id,
            facts: FinishedStep(
                timing: timing(of: step, end, at: instant),
                end: end,
                retries: retries,
                droppedRetries: droppedRetries,
                source: source
            ),
            busy: busy,
            message: end.outcome.isError ? message(end.outcome) : nil
        )
        (wait, source, after, attempt, failure, retries) = (nil, nil, nil, nil, nil, [])
        return ended
    }

    /// What to say of the step: its last attempt's words if that decided the outcome.
    private func message(_ outcome: Outcome) -> String {
        if let failure, failure.reason == outcome.reason { return failure.message }
        return FailureMessage.text(of: outcome)
    }

    mutating func note(_ retry: Retry) {
        if retries.count < TraceLimits.collectedEvents {
            retries.append(retry)
        } else {
            droppedRetries += 1
        }
    }

    func timing(of step: String, _ end: StepEnd, at instant: Timestamp) -> StepTiming {
        StepTiming(
            step: step,
            after: after ?? end.because,
            ready: ready ?? firstStart,
            firstStart: firstStart,
            end: max(instant, ready ?? instant, firstStart ?? instant)
        )
    }

    private func advance(_ last: inout Int, to number: Int) -> Bool {
        guard number > last else { return false }
        last = number
        return true
    }
}

extension Outcome {
    /// Whether a span with this outcome has status ERROR.
    ///
    /// A cancellation is somebody's will and a skip the plan's: neither is an error.
    var isError: Bool {
        switch result {
        case .failure, .error, .timeout: true
        case .success, .cancellation, .skip: false
        }
    }
}
