/// Every attribute that a span or a span event of Weir can carry.
///
/// The names are a schema that queries and dashboards rely on: `cicd.*`, `process.*`, `error.type`
/// and `exception.*` mean what OpenTelemetry's semantic conventions 1.44.0 say, `weir.*` what is
/// written here. `cicd.pipeline.task.run.url.full`, required there, is left out: a run has no URL.
package enum AttributeKey: String, CaseIterable, Sendable {
    /// On every span, since one agent runs many pipelines and the resource cannot name them.
    case pipelineName = "cicd.pipeline.name"
    case pipelineRunID = "cicd.pipeline.run.id"
    case pipelineActionName = "cicd.pipeline.action.name"
    case pipelineResult = "cicd.pipeline.result"
    case taskName = "cicd.pipeline.task.name"
    /// `<run id>/<step>`: unique within the run and the same in every fold.
    case taskRunID = "cicd.pipeline.task.run.id"
    case taskRunResult = "cicd.pipeline.task.run.result"
    /// The reason, where the result is failure, error or timeout. The conventions ask for it on
    /// failure and error; a timeout is an ERROR span too, and would else have no type.
    case errorType = "error.type"
    case processID = "process.pid"
    /// As a shell gives it: 128 + n where signal n ended the process.
    case processExitCode = "process.exit.code"
    case processExecutableName = "process.executable.name"
    case exceptionType = "exception.type"
    case exceptionMessage = "exception.message"

    /// From 1, counted over the whole run, resumes included.
    case attemptNumber = "weir.attempt.number"
    case attemptReason = "weir.attempt.reason"
    /// The name of the signal that ended the process: `SIGKILL`.
    case attemptSignal = "weir.attempt.signal"
    /// Of an attempt that ended by `oom_kill`: false where another process may have been meant.
    case oomCertain = "weir.oom.certain"
    /// Seconds of CPU time, children that were waited for included.
    case cpuUser = "weir.usage.cpu.user"
    case cpuSystem = "weir.usage.cpu.system"
    /// Bytes; absent where the kernel's figure says nothing, and then `memoryFloor` is present.
    case memoryPeak = "weir.usage.memory.peak"
    /// Bytes: the peak was not above this.
    case memoryFloor = "weir.usage.memory.floor"
    /// Bytes from and to storage.
    case ioRead = "weir.usage.io.read"
    case ioWrite = "weir.usage.io.write"
    case switchesVoluntary = "weir.usage.context_switches.voluntary"
    case switchesInvoluntary = "weir.usage.context_switches.involuntary"

    /// What a step waits for: `pool`, `rate_limit`, `breaker`, `backoff`.
    case waitBlocker = "weir.wait.blocker"
    /// The name of the pool, the rate limit or the breaker.
    case waitName = "weir.wait.name"
    /// Name and new state (`closed`, `open`, `half_open`), on the event `weir.breaker.changed`.
    case breakerName = "weir.breaker.name"
    case breakerState = "weir.breaker.state"

    /// How many attempts were made of the step's own command.
    case stepAttempts = "weir.step.attempts"
    case stepReason = "weir.step.reason"
    /// True where the step ended badly and `allow_failure` let the run go on; else absent.
    case stepTolerated = "weir.step.tolerated"
    /// Seconds from the run's start until all needs had ended.
    case stepWaitDependency = "weir.step.wait.dependency"
    /// Seconds from there until the first process was started.
    case stepWaitWorkers = "weir.step.wait.workers"
    /// Seconds until the next attempt, on the event `weir.retry.scheduled`.
    case retryDelay = "weir.retry.delay"

    case runReason = "weir.run.reason"
    /// Who asked for the run: `cli`, `exec`.
    case runTrigger = "weir.run.trigger"
    /// Attempts that may run at once.
    case runWorkers = "weir.run.workers"
    /// The id of the finished run that this one repeats, which the span is linked to.
    case retryOf = "weir.retry_of"
    /// What a linked span is to this one, on the link: `retry`, `reuse`, `compensation`.
    case linkKind = "weir.link.kind"
    /// The steps that, one waiting for the other, ended last.
    case criticalPathSteps = "weir.critical_path.steps"
    /// Seconds that the steps of the critical path took from their first start to their end.
    case criticalPathDuration = "weir.critical_path.duration"
    /// Seconds, added up over all steps, in which they were ready and nothing of them ran.
    case timeWaiting = "weir.time.waiting"
    /// Seconds, added up over all attempts that ended well.
    case timeRunning = "weir.time.running"
    /// Seconds, added up over all attempts whose work was lost.
    case timeWasted = "weir.time.wasted"
    /// Time in attempts divided by what all workers together had: 1 means none was ever idle.
    case parallelEfficiency = "weir.parallel_efficiency"
    /// How often a process took the run up again after its former owner was gone.
    case recoveries = "weir.recoveries"
    /// Which of the recoveries, on the event `weir.run.resumed`.
    case recoveryNumber = "weir.recovery.number"
    /// Seconds in which nobody owned the run, on the event `weir.run.resumed`.
    case recoveryGap = "weir.recovery.gap"
    /// `cancel`, `superseded`, `timeout`, `failure` or `crash`, on the event `weir.run.stopping`.
    case stopCause = "weir.stop.cause"
    /// Who asked for the stop, the run that takes its place, or the step whose failure caused it.
    case stopBy = "weir.stop.by"
    /// True for the second asking, which waits for nothing; else absent.
    case stopForced = "weir.stop.forced"
}
