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

        /// How long it took.
        var nanoseconds: Int64 { end.nanoseconds(since: attempt.start) }
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

    /// What few steps go through.
    struct Detours: Sendable {
        fileprivate(set) var wait: Wait?
        fileprivate var waits = 0
        /// The run whose work counts as the step's own.
        var source: LinkedRun?
        /// How its last attempt ended, if that was badly.
        fileprivate var failure: (reason: Reason, message: String)?
        fileprivate(set) var retries: [Retry] = []
        fileprivate(set) var droppedRetries = 0
    }

    let id: SpanID
    /// One or none: most steps have nothing of it, and are small to hand on.
    private var detours: [Detours] = []
    private var ready: Timestamp?
    private var after: String?
    /// Two attempts of a step never overlap (design §2, G1).
    private var attempt: Attempt?
    /// Time in attempts, in nanoseconds.
    private(set) var busyTime: Int64 = 0
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
    var waiting: Wait? { detours.first?.wait }

    /// Changes what it went through.
    mutating func detour(_ change: (inout Detours) -> Void) {
        if detours.isEmpty { detours.append(Detours()) }
        change(&detours[0])
    }

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
        if let waiting, waiting.blocker == blocker, waiting.name == name { return nil }
        let closed = endWait(at: instant)
        detour { detours in
            detours.waits += 1
            detours.wait = Wait(
                blocker: blocker,
                name: name,
                start: instant,
                until: until,
                number: detours.waits
            )
        }
        return closed
    }

    /// - Returns: The wait that is over with this instant, or was before, and its end.
    mutating func endWait(at instant: Timestamp) -> (wait: Wait, end: Timestamp)? {
        guard !detours.isEmpty, let wait = detours[0].wait else { return nil }
        detours[0].wait = nil
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
        if let open = attempt, open.reference == reference { attempt?.pid = pid }
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
        busyTime = busyTime.addingSaturated(closed.nanoseconds)
        // A good end takes back what an earlier one said.
        if message != nil || !detours.isEmpty {
            detour { $0.failure = message.map { (end.outcome.reason, $0) } }
        }
        return closed
    }

    /// What there is to say of the step that has ended.
    ///
    /// Changes nothing: if it said so, the step would be copied to ask it.
    mutating func finished(
        _ step: String,
        _ end: StepEnd,
        at instant: Timestamp
    ) -> FinishedStep {
        FinishedStep(
            timing: timing(of: step, end, at: instant),
            end: end,
            detours: detours,
            message: end.outcome.isError ? message(end.outcome) : nil
        )
    }

    /// What to say of the step: its last attempt's words if that decided the outcome.
    private func message(_ outcome: Outcome) -> String {
        if let failure = detours.first?.failure, failure.reason == outcome.reason {
            return failure.message
        }
        return FailureMessage.text(of: outcome)
    }

    mutating func note(_ retry: Retry) {
        detour { detours in
            if detours.retries.count < TraceLimits.collectedEvents {
                detours.retries.append(retry)
            } else {
                detours.droppedRetries += 1
            }
        }
    }

    func timing(of step: String, _ end: StepEnd, at instant: Timestamp) -> StepTiming {
        // No end before a beginning, whatever the clock did meanwhile.
        var latest = instant
        if let ready, ready > latest { latest = ready }
        if let firstStart, firstStart > latest { latest = firstStart }
        return StepTiming(
            step: step,
            after: after ?? end.because,
            ready: ready ?? firstStart,
            firstStart: firstStart,
            end: latest
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
