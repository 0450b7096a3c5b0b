/// Everything that can be observed of a run, in the past tense; the only vocabulary there is.
///
/// An event is a fact: it is written to the journal before anyone hears of it. Spans, metrics,
/// progress, reports and the machine's own recovery are folds over a run's list of events.
/// Observations that may be lost (output lines, heartbeats) are not events.
///
/// All are behind a reference, since events are handed from hand to hand.
package indirect enum RunEvent: Hashable, Sendable {
    /// The first event of every run, synced before the run's folder has its name.
    case runStarted(RunStarted)
    /// What the step did in an earlier run, where it was good, counts here as well: it is not run.
    /// Written with `runStarted`, in one piece, with what it left and its end.
    case stepReused(step: String, ReusedStep)
    /// One output that the step left in that run, secrets masked.
    case outputReused(step: String, key: String, value: String)
    /// A process took the run up again after its former owner was gone. Attempts that were in
    /// flight then end, right after this event, with reason `agent_crash`.
    case runResumed(RunResumed)
    /// All that the step waits for has ended well: from here it waits for a worker and its gates.
    /// `after` is the need that ended last (`nil`: it needs nothing), so that the critical path
    /// can be walked backwards.
    case stepReady(step: String, after: String?)
    /// The step is ready and has a worker, and waits for one of its gates.
    case stepBlocked(step: String, GateWait)
    /// A breaker changed because of an attempt of this run.
    case breakerChanged(breaker: String, to: BreakerState)
    /// Written before the process is started: from here on it may exist.
    case attemptStarted(AttemptRef)
    /// The process exists. `startTicks` is field 22 of `/proc/<pid>/stat` (clock ticks since
    /// boot): with the pid it names a process for ever.
    case attemptLaunched(AttemptRef, pid: Int32, startTicks: UInt64)
    /// One `key=value` that the attempt left in `WEIR_OUTPUT`, secrets masked. Written only for an
    /// attempt that succeeds, before its `attemptFinished`.
    case outputSet(AttemptRef, key: String, value: String)
    case attemptFinished(AttemptRef, AttemptEnd)
    /// This attempt will follow at `until`.
    case retryScheduled(AttemptRef, until: Timestamp)
    case stepFinished(step: String, StepEnd)
    /// Undoing a step has come to its end, well or not.
    case compensationFinished(step: String, CompensationEnd)
    /// No step with `when: success` starts any more.
    case runStopping(StopCause)
    /// The last event of every run: nothing follows it.
    case runFinished(RunEnd)
}

/// A process has taken the run up.
package struct RunResumed: Hashable, Sendable {
    /// From 1: how many times the run has been taken up again.
    package var recovery: Int
    /// When the former owner was last known to live: the later of the journal's last event and
    /// the lock file's last touch.
    package var diedAt: Timestamp

    package init(recovery: Int, diedAt: Timestamp) {
        self.recovery = recovery
        self.diedAt = diedAt
    }
}

/// How a step ended, whether it started or not.
package struct StepEnd: Hashable, Sendable {
    package var outcome: Outcome
    /// Attempts made of the step's main part.
    package var attempts: Int
    /// True when the outcome is bad and `allow_failure` lets the run go on.
    package var isTolerated: Bool
    /// The need because of which it was skipped; of a step left out, reason `condition`, the one
    /// step that was asked for.
    package var because: String?

    package init(
        _ outcome: Outcome,
        attempts: Int,
        isTolerated: Bool = false,
        because: String? = nil
    ) {
        self.outcome = outcome
        self.attempts = attempts
        self.isTolerated = isTolerated
        self.because = because
    }
}

/// How the undoing of a step ended.
package struct CompensationEnd: Hashable, Sendable {
    package var outcome: Outcome
    package var attempts: Int

    package init(_ outcome: Outcome, attempts: Int) {
        self.outcome = outcome
        self.attempts = attempts
    }

    package var isUndone: Bool { outcome.result == .success }
}

/// A run that another one goes back to, as far as a link between their spans needs it.
package struct LinkedRun: Hashable, Sendable {
    package var run: RunID
    package var trace: TraceID

    package init(run: RunID, trace: TraceID) {
        self.run = run
        self.trace = trace
    }
}

/// What a step that is not run again goes back to.
package struct ReusedStep: Hashable, Sendable {
    /// The run whose attempts did the work; not always the one that is retried.
    package var from: LinkedRun
    /// Absolute: the folder that the step had there; `nil`: it had none.
    package var directory: String?

    package init(from: LinkedRun, directory: String? = nil) {
        self.from = from
        self.directory = directory
    }
}

/// Why a run starts nothing new.
package enum StopCause: Hashable, Sendable {
    /// Somebody asked: `by` says who (`signal SIGINT`, `weir cancel`). `isForced` is the second
    /// asking: nothing is waited for any more.
    case cancelled(by: String, isForced: Bool)
    /// A newer run of the same pipeline takes its place (`overlap: replace`).
    case superseded(by: RunID)
    /// The run's own `timeout` passed.
    case timedOut
    /// A step failed, and `failure` is not `continue`.
    case failed(step: String)
    /// The process that ran it is gone, and nobody took the run up again: it ends where that died.
    case abandoned

    package var isForced: Bool {
        if case .cancelled(_, isForced: true) = self { true } else { false }
    }
}

/// How the run ended.
package struct RunEnd: Hashable, Sendable {
    package var outcome: Outcome
    /// The step that decided the outcome.
    package var step: String?
    package var message: String?

    package init(_ outcome: Outcome, step: String? = nil, message: String? = nil) {
        self.outcome = outcome
        self.step = step
        self.message = message
    }
}

/// An event with its place in the run's list.
package struct RecordedEvent: Hashable, Sendable {
    /// From 1, without gaps.
    package var sequence: UInt64
    package var at: Timestamp
    package var event: RunEvent

    package init(sequence: UInt64, at: Timestamp, event: RunEvent) {
        self.sequence = sequence
        self.at = at
        self.event = event
    }
}
