/// Everything that can be observed of a run, in the past tense; the only vocabulary there is.
///
/// An event is a fact: it is written to the journal before anyone hears of it. Spans, metrics,
/// progress, reports and the machine's own recovery are folds over a run's list of events.
/// Observations that may be lost (output lines, heartbeats) are not events.
package enum RunEvent: Hashable, Sendable {
    /// The first event of every run, synced before the run's folder has its name.
    case runStarted(RunStarted)
    /// A process took the run up again after its former owner was gone. Attempts that were in
    /// flight then end, right after this event, with reason `agent_crash`.
    case runResumed(RunResumed)
    /// All that the step waits for has ended well: from here it waits for a worker only.
    /// `after` is the need that ended last (`nil`: it needs nothing), so that the critical path
    /// can be walked backwards.
    case stepReady(step: String, after: String?)
    /// Written before the process is started: from here on it may exist.
    case attemptStarted(AttemptRef)
    /// The process exists. `startTicks` is field 22 of `/proc/<pid>/stat` (clock ticks since
    /// boot): with the pid it names a process for ever.
    case attemptLaunched(AttemptRef, pid: Int32, startTicks: UInt64)
    /// One `key=value` that the attempt left in `WEIR_OUTPUT`, secrets masked. Written only for an
    /// attempt that succeeds, before its `attemptFinished`.
    case outputSet(AttemptRef, key: String, value: String)
    case attemptFinished(AttemptRef, AttemptEnd)
    /// Another attempt will follow at `until`.
    case retryScheduled(step: String, next: Int, until: Timestamp)
    case stepFinished(step: String, StepEnd)
    /// No step with `when: success` starts any more.
    case runStopping(StopCause)
    /// The last event of every run: nothing follows it.
    case runFinished(RunEnd)
}

/// What a fold needs to give the same bytes anywhere, and a resume to trust the plan it reads.
package struct RunStarted: Hashable, Sendable {
    /// The version of the event vocabulary, `RunStarted.format`.
    package var formatVersion: Int
    package var run: RunID
    package var pipeline: String
    package var stepCount: Int
    package var workers: Int
    /// SHA-256 of the spec's text, lower-case hexadecimal.
    package var specDigest: String
    /// Who asked for the run: `cli`, `exec`.
    package var trigger: String
    /// The slot's instant, or the start for a run by hand; `${run.scheduled_at}`.
    package var scheduledAt: Timestamp
    package var trace: TraceContext
    /// OpenTelemetry resource attributes, in the order they are exported.
    package var resource: [ResourceAttribute]
    package var spanLimits: SpanLimits
    /// False when no endpoint was configured: the exporter passes the run over.
    package var isExported: Bool

    package static let format = 1

    package init(
        run: RunID,
        pipeline: String,
        stepCount: Int,
        workers: Int,
        specDigest: String,
        trigger: String,
        scheduledAt: Timestamp,
        trace: TraceContext,
        resource: [ResourceAttribute] = [],
        spanLimits: SpanLimits = SpanLimits(),
        isExported: Bool = false,
        formatVersion: Int = RunStarted.format
    ) {
        self.formatVersion = formatVersion
        self.run = run
        self.pipeline = pipeline
        self.stepCount = stepCount
        self.workers = workers
        self.specDigest = specDigest
        self.trigger = trigger
        self.scheduledAt = scheduledAt
        self.trace = trace
        self.resource = resource
        self.spanLimits = spanLimits
        self.isExported = isExported
    }
}

/// Where the run's spans belong.
package struct TraceContext: Hashable, Sendable {
    /// The run's id, or the caller's trace id.
    package var traceID: TraceID
    /// The caller's span, when the run continues a trace.
    package var parent: SpanID?
    /// W3C trace flags as handed on: 0x01 sampled, 0x02 random.
    package var flags: UInt8
    /// W3C tracestate as handed on; empty when there is none.
    package var state: String
    /// W3C baggage as received and handed on; empty when there is none.
    package var baggage: String

    package var isSampled: Bool { flags & 1 != 0 }

    package init(
        traceID: TraceID,
        parent: SpanID? = nil,
        flags: UInt8 = 3,
        state: String = "",
        baggage: String = ""
    ) {
        self.traceID = traceID
        self.parent = parent
        self.flags = flags
        self.state = state
        self.baggage = baggage
    }
}

/// A resource attribute; all of Weir's are strings or integers.
package struct ResourceAttribute: Hashable, Sendable {
    package enum Value: Hashable, Sendable {
        case text(String)
        case integer(Int64)
    }

    package var key: String
    package var value: Value

    package init(_ key: String, _ value: String) {
        self.key = key
        self.value = .text(value)
    }

    package init(_ key: String, _ value: Int64) {
        self.key = key
        self.value = .integer(value)
    }
}

/// The limits that the span fold obeys, fixed at the run's start (OTel SDK, span limits).
package struct SpanLimits: Hashable, Sendable {
    package var attributeCount: Int
    /// In characters; `nil` means no limit.
    package var attributeValueLength: Int?
    package var eventCount: Int
    package var linkCount: Int

    package init(
        attributeCount: Int = 128,
        attributeValueLength: Int? = nil,
        eventCount: Int = 128,
        linkCount: Int = 128
    ) {
        self.attributeCount = attributeCount
        self.attributeValueLength = attributeValueLength
        self.eventCount = eventCount
        self.linkCount = linkCount
    }
}

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

/// How one attempt ended.
package struct AttemptEnd: Hashable, Sendable {
    package var outcome: Outcome
    /// Exit status 0–255; `nil` when a signal ended the process or it never ran.
    package var exitCode: Int32?
    /// The signal that ended the process.
    package var signal: Int32?
    package var usage: ResourceUsage?
    /// When it really ended, if that is not the event's own time: the time of death of an attempt
    /// that was in flight at a crash.
    package var endedAt: Timestamp?
    /// What a person should read: why it could not be launched, which output was refused.
    package var message: String?
    /// The program, as launched: `argv[0]`.
    package var executable: String?
    /// The last lines of stderr, or of stdout where stderr stayed empty; secrets masked.
    package var tail: OutputTail?

    package init(
        _ outcome: Outcome,
        exitCode: Int32? = nil,
        signal: Int32? = nil,
        usage: ResourceUsage? = nil,
        endedAt: Timestamp? = nil,
        message: String? = nil,
        executable: String? = nil,
        tail: OutputTail? = nil
    ) {
        self.outcome = outcome
        self.exitCode = exitCode
        self.signal = signal
        self.usage = usage
        self.endedAt = endedAt
        self.message = message
        self.executable = executable
        self.tail = tail
    }
}

/// The end of what an attempt printed.
package struct OutputTail: Hashable, Sendable {
    /// At most `Limits.tailLines`, valid UTF-8, without line ends.
    package var lines: [String]
    /// How many lines there were in all.
    package var totalLines: Int

    package init(lines: [String], totalLines: Int) {
        self.lines = lines
        self.totalLines = totalLines
    }
}

/// What an attempt consumed: `wait4` and `/proc/<pid>/io`, reaped descendants included.
package struct ResourceUsage: Hashable, Sendable {
    package var userCPU: Duration
    package var systemCPU: Duration
    /// Bytes; `nil` when the kernel's figure was not above `peakMemoryFloor`, so says nothing.
    package var peakMemory: Int64?
    /// Bytes: Weir's own high-water mark, at which a child's figure starts.
    package var peakMemoryFloor: Int64
    /// Bytes read from and written to storage; `nil` where the kernel does not tell.
    package var bytesRead: Int64?
    package var bytesWritten: Int64?
    package var voluntarySwitches: Int64
    package var involuntarySwitches: Int64

    package init(
        userCPU: Duration = .zero,
        systemCPU: Duration = .zero,
        peakMemory: Int64? = nil,
        peakMemoryFloor: Int64 = 0,
        bytesRead: Int64? = nil,
        bytesWritten: Int64? = nil,
        voluntarySwitches: Int64 = 0,
        involuntarySwitches: Int64 = 0
    ) {
        self.userCPU = userCPU
        self.systemCPU = systemCPU
        self.peakMemory = peakMemory
        self.peakMemoryFloor = peakMemoryFloor
        self.bytesRead = bytesRead
        self.bytesWritten = bytesWritten
        self.voluntarySwitches = voluntarySwitches
        self.involuntarySwitches = involuntarySwitches
    }
}

/// How a step ended, whether it started or not.
package struct StepEnd: Hashable, Sendable {
    package var outcome: Outcome
    /// Attempts made of the step's main part.
    package var attempts: Int
    /// True when the outcome is bad and `allow_failure` lets the run go on.
    package var isTolerated: Bool
    /// The need because of which it was skipped.
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

/// Why a run starts nothing new.
package enum StopCause: Hashable, Sendable {
    /// Somebody asked: `by` says who (`signal SIGINT`, `weir cancel`). `isForced` is the second
    /// asking: nothing is waited for any more.
    case cancelled(by: String, isForced: Bool)
    /// The run's own `timeout` passed.
    case timedOut
    /// A step failed, and `failure` is not `continue`.
    case failed(step: String)
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
