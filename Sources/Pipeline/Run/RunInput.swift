/// What the world may tell the machine.
package enum RunInput: Hashable, Sendable {
    /// The run begins; its `run_started` is already written.
    case start
    /// The run was taken up again, after the machine replayed its events and every process that
    /// the former owner left behind was ended.
    case resume(RunResumed)
    /// Nobody took the run up again: it ends where its owner died, which is the input's instant,
    /// after the machine replayed its events and every process that was left behind was ended.
    case abandon
    case launched(AttemptRef, pid: Int32, startTicks: UInt64)
    case ended(AttemptRef, AttemptReport)
    /// The attempt has printed nothing for its step's `idle_timeout`.
    case silent(AttemptRef)
    /// What was decided for the steps that wait for these gates.
    case flow(FlowAnswer.Decision, Gates)
    /// A breaker was told how an attempt ended, and became this, if it changed.
    case released(breaker: String, BreakerState?)
    /// What the cache has for the step, if anything.
    case cacheAnswered(step: String, CachedStep?)
    /// Time passed: `RunMachine.nextDeadline` may have been reached.
    case tick
    /// A newer run takes its place.
    case supersede(by: RunID)
    /// Somebody wants the run to end; a second asking, or `isForced`, waits for nothing.
    case cancel(by: String, isForced: Bool)
}

/// The bare facts of an attempt's end, before anyone judged them.
package struct AttemptReport: Hashable, Sendable {
    package enum Ending: Hashable, Sendable {
        case exited(code: Int32)
        case signalled(Int32)
        /// No process came to be; what a person should read.
        case notLaunched(String)
    }

    package var ending: Ending
    package var usage: ResourceUsage?
    package var executable: String?
    package var tail: OutputTail?
    /// What it left in `WEIR_OUTPUT`, in order, secrets masked.
    package var outputs: [Output]
    /// What the kernel's counters say of the memory's end while it ran.
    package var oom = OOMFinding.none
    /// Why its outputs cannot be taken, if they cannot.
    package var outputFault: String?

    package struct Output: Hashable, Sendable {
        package var key: String
        package var value: String

        package init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    package init(
        _ ending: Ending,
        usage: ResourceUsage? = nil,
        executable: String? = nil,
        tail: OutputTail? = nil,
        outputs: [Output] = [],
        outputFault: String? = nil,
        oom: OOMFinding = .none
    ) {
        self.ending = ending
        self.usage = usage
        self.executable = executable
        self.tail = tail
        self.outputs = outputs
        self.outputFault = outputFault
        self.oom = oom
    }
}

/// Whether the kernel killed a process for want of memory while an attempt ran.
package enum OOMFinding: Hashable, Sendable {
    case none
    /// One may have been the attempt's, and may have been another's.
    case possible
    /// Nobody else can have been meant.
    case certain
}

/// What the machine may ask of the world, after its events are written.
package enum RunEffect: Hashable, Sendable {
    /// Start the process; answered by `launched` and `ended`, or by `ended` alone.
    case launch(AttemptRef, stepIndex: Int)
    /// See whether the step's work is known; answered by `cacheAnswered`.
    case lookUpCache(stepIndex: Int)
    /// The step has succeeded: what it left may be taken again.
    case storeInCache(stepIndex: Int)
    /// SIGTERM to the attempt's process group.
    case terminate(AttemptRef)
    /// SIGKILL to the attempt's process group.
    case kill(AttemptRef)
    /// So many steps wait for a place at these gates, the first since `since`; answered by `flow`,
    /// at once and whenever something changes.
    case claim(Gates, waiting: Int, since: Timestamp)
    /// Nobody waits there any more.
    case withdraw(Gates)
    /// A place is given back; of gates with a breaker answered by `released`, unless it was unused.
    case release(Gates, GrantEnd, isProbe: Bool)
    /// The run's last event is out.
    case finish(RunEnd)
}

/// What one input led to: the events are written, in order, before any effect is performed.
package struct RunTurn: Sendable {
    package var events: [RunEvent] = []
    package var effects: [RunEffect] = []

    package init() {}

    package var isEmpty: Bool { events.isEmpty && effects.isEmpty }

    /// Forgets the content and keeps the memory.
    package mutating func removeAll() {
        events.removeAll(keepingCapacity: true)
        effects.removeAll(keepingCapacity: true)
    }
}
