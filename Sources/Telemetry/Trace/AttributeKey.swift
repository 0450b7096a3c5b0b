/// Every attribute that a span or a span event of Weir can carry.
///
/// The names are a schema that queries and dashboards rely on: `cicd.*`, `process.*`, `error.type`
/// and `exception.*` mean what OpenTelemetry's semantic conventions 1.44.0 say, `weir.*` what is
/// written here. `cicd.pipeline.task.run.url.full`, required there, is left out: a run has no URL.
package enum AttributeKey: UInt8, CaseIterable, Sendable {
    /// On every span, since one agent runs many pipelines and the resource cannot name them.
    case pipelineName
    case pipelineRunID
    case pipelineActionName
    case pipelineResult
    case taskName
    /// `<run id>/<step>`: unique within the run and the same in every fold.
    case taskRunID
    case taskRunResult
    /// The reason, where the result is failure, error or timeout. The conventions ask for it on
    /// failure and error; a timeout is an ERROR span too, and would else have no type.
    case errorType
    case processID
    /// As a shell gives it: 128 + n where signal n ended the process.
    case processExitCode
    case processExecutableName
    case exceptionType
    case exceptionMessage

    /// From 1, counted over the whole run, resumes included.
    case attemptNumber
    case attemptReason
    /// The name of the signal that ended the process: `SIGKILL`.
    case attemptSignal
    /// Seconds of CPU time, children that were waited for included.
    case cpuUser
    case cpuSystem
    /// Bytes; absent where the kernel's figure says nothing, and then `memoryFloor` is present.
    case memoryPeak
    /// Bytes: the peak was not above this.
    case memoryFloor
    /// Bytes from and to storage.
    case ioRead
    case ioWrite
    case switchesVoluntary
    case switchesInvoluntary

    /// How many attempts were made of the step's own command.
    case stepAttempts
    case stepReason
    /// True where the step ended badly and `allow_failure` let the run go on; else absent.
    case stepTolerated
    /// Seconds from the run's start until all needs had ended.
    case stepWaitDependency
    /// Seconds from there until the first process was started.
    case stepWaitWorkers
    /// Seconds until the next attempt, on the event `weir.retry.scheduled`.
    case retryDelay

    case runReason
    /// Who asked for the run: `cli`, `exec`.
    case runTrigger
    /// Attempts that may run at once.
    case runWorkers
    /// The steps that, one waiting for the other, ended last.
    case criticalPathSteps
    /// Seconds that the steps of the critical path took from their first start to their end.
    case criticalPathDuration
    /// Seconds, added up over all steps, in which they were ready and nothing of them ran.
    case timeWaiting
    /// Seconds, added up over all attempts that ended well.
    case timeRunning
    /// Seconds, added up over all attempts whose work was lost.
    case timeWasted
    /// Time in attempts divided by what all workers together had: 1 means none was ever idle.
    case parallelEfficiency
    /// How often a process took the run up again after its former owner was gone.
    case recoveries
    /// Which of the recoveries, on the event `weir.run.resumed`.
    case recoveryNumber
    /// Seconds in which nobody owned the run, on the event `weir.run.resumed`.
    case recoveryGap
    /// `cancel`, `timeout` or `failure`, on the event `weir.run.stopping`.
    case stopCause
    /// Who asked for the stop, or the step whose failure caused it.
    case stopBy
    /// True for the second asking, which waits for nothing; else absent.
    case stopForced

    package var name: StaticString {
        switch self {
        case .pipelineName: "cicd.pipeline.name"
        case .pipelineRunID: "cicd.pipeline.run.id"
        case .pipelineActionName: "cicd.pipeline.action.name"
        case .pipelineResult: "cicd.pipeline.result"
        case .taskName: "cicd.pipeline.task.name"
        case .taskRunID: "cicd.pipeline.task.run.id"
        case .taskRunResult: "cicd.pipeline.task.run.result"
        case .errorType: "error.type"
        case .processID: "process.pid"
        case .processExitCode: "process.exit.code"
        case .processExecutableName: "process.executable.name"
        case .exceptionType: "exception.type"
        case .exceptionMessage: "exception.message"
        case .attemptNumber: "weir.attempt.number"
        case .attemptReason: "weir.attempt.reason"
        case .attemptSignal: "weir.attempt.signal"
        case .cpuUser: "weir.usage.cpu.user"
        case .cpuSystem: "weir.usage.cpu.system"
        case .memoryPeak: "weir.usage.memory.peak"
        case .memoryFloor: "weir.usage.memory.floor"
        case .ioRead: "weir.usage.io.read"
        case .ioWrite: "weir.usage.io.write"
        case .switchesVoluntary: "weir.usage.context_switches.voluntary"
        case .switchesInvoluntary: "weir.usage.context_switches.involuntary"
        case .stepAttempts: "weir.step.attempts"
        case .stepReason: "weir.step.reason"
        case .stepTolerated: "weir.step.tolerated"
        case .stepWaitDependency: "weir.step.wait.dependency"
        case .stepWaitWorkers: "weir.step.wait.workers"
        case .retryDelay: "weir.retry.delay"
        case .runReason: "weir.run.reason"
        case .runTrigger: "weir.run.trigger"
        case .runWorkers: "weir.run.workers"
        case .criticalPathSteps: "weir.critical_path.steps"
        case .criticalPathDuration: "weir.critical_path.duration"
        case .timeWaiting: "weir.time.waiting"
        case .timeRunning: "weir.time.running"
        case .timeWasted: "weir.time.wasted"
        case .parallelEfficiency: "weir.parallel_efficiency"
        case .recoveries: "weir.recoveries"
        case .recoveryNumber: "weir.recovery.number"
        case .recoveryGap: "weir.recovery.gap"
        case .stopCause: "weir.stop.cause"
        case .stopBy: "weir.stop.by"
        case .stopForced: "weir.stop.forced"
        }
    }
}
