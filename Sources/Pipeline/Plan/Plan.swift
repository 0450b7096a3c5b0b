/// An immutable, checked DAG: every default filled in, every name resolved to an index.
package struct Plan: Sendable, Equatable {
    package var name: String
    package var description: String?
    package var params: [ParamDefinition]
    /// Names of the secrets that may be handed to steps.
    package var secrets: [String]
    package var env: [EnvironmentEntry]
    /// The whole run, waits included.
    package var timeout: Duration?
    /// Attempts running at once; `nil` means one per processor.
    package var workers: Int?
    package var failure: FailurePolicy
    /// How often the run is taken up again after a crash.
    package var recoveries: Int
    /// The pools, rate limits and breakers that it defines.
    package var flow: FlowPolicies
    /// When an agent starts runs of it by itself.
    package var schedules: [ScheduleDefinition]
    /// In the order of the file, those of `finally` last; a step's position here is its index
    /// everywhere.
    package var steps: [PlannedStep]
    /// Indices of the steps by the earliest round in which they could run; those of `finally`
    /// come after all others.
    package var waves: [[Int]]

    package init(
        name: String,
        description: String? = nil,
        params: [ParamDefinition] = [],
        secrets: [String] = [],
        env: [EnvironmentEntry] = [],
        timeout: Duration? = nil,
        workers: Int? = nil,
        failure: FailurePolicy = .stop,
        recoveries: Int = Limits.recoveries,
        flow: FlowPolicies = FlowPolicies(),
        schedules: [ScheduleDefinition] = [],
        steps: [PlannedStep],
        waves: [[Int]]
    ) {
        self.name = name
        self.description = description
        self.params = params
        self.secrets = secrets
        self.env = env
        self.timeout = timeout
        self.workers = workers
        self.failure = failure
        self.recoveries = recoveries
        self.flow = flow
        self.schedules = schedules
        self.steps = steps
        self.waves = waves
    }
}

/// What happens to the rest when a step fails.
package enum FailurePolicy: String, Sendable, CaseIterable {
    /// Start nothing new.
    case stop
    /// Also end what runs.
    case cancel
    /// Run all that does not need it.
    case `continue`
}

package struct PlannedStep: Sendable, Equatable {
    package var name: String
    package var action: StepAction
    /// Indices of the steps it waits for, in the order written.
    package var needs: [Int]
    package var when: RunCondition
    /// The `if` command.
    package var condition: String?
    package var env: [EnvironmentEntry]
    package var workdir: Template?
    /// The interpreter of `run` and `if`, as words: `["bash", "-euo", "pipefail"]`.
    package var shell: [String]
    /// Each attempt.
    package var timeout: Duration?
    /// How long an attempt may print nothing.
    package var idleTimeout: Duration?
    /// Between SIGTERM and SIGKILL.
    package var grace: Duration
    /// What follows when an attempt was in flight at a crash.
    package var onCrash: CrashPolicy
    package var retry: RetryPolicy
    package var allowFailure: Bool
    /// Whether an earlier result stands for it; `nil`: it always runs.
    package var cache: CachePolicy?
    /// Names of the secrets handed to this step.
    package var secrets: [String]
    /// Whether the step gets a folder of its own (`WEIR_DIR`): its text names it, or that of a
    /// step which needs it does.
    package var hasDirectory: Bool
    /// What every attempt passes before it starts.
    package var gates = Gates()
    /// What undoes it.
    package var compensation: PlannedCompensation?
    /// Whether it stands in `finally`: it starts when all else has ended.
    package var isFinal = false

    package init(
        name: String,
        action: StepAction,
        needs: [Int] = [],
        when: RunCondition = .success,
        condition: String? = nil,
        env: [EnvironmentEntry] = [],
        workdir: Template? = nil,
        shell: [String] = PlannedStep.defaultShell,
        timeout: Duration? = nil,
        idleTimeout: Duration? = nil,
        grace: Duration = Limits.grace,
        onCrash: CrashPolicy = .repeat,
        retry: RetryPolicy = RetryPolicy(),
        allowFailure: Bool = false,
        cache: CachePolicy? = nil,
        secrets: [String] = [],
        hasDirectory: Bool = false
    ) {
        self.name = name
        self.action = action
        self.needs = needs
        self.when = when
        self.condition = condition
        self.env = env
        self.workdir = workdir
        self.shell = shell
        self.timeout = timeout
        self.idleTimeout = idleTimeout
        self.grace = grace
        self.onCrash = onCrash
        self.retry = retry
        self.allowFailure = allowFailure
        self.cache = cache
        self.secrets = secrets
        self.hasDirectory = hasDirectory
    }

    package static let defaultShell = ["bash", "-euo", "pipefail"]
}

/// What undoes a step when its run fails (design §4, repair): started at least once, so it must
/// not mind being started twice.
package struct PlannedCompensation: Sendable, Equatable {
    package var action: StepAction
    /// Each attempt.
    package var timeout: Duration?
    package var retry: RetryPolicy

    package init(
        action: StepAction,
        timeout: Duration? = nil,
        retry: RetryPolicy = PlannedCompensation.standardRetry
    ) {
        self.action = action
        self.timeout = timeout
        self.retry = retry
    }

    /// What is not undone needs a person: a hiccup should not.
    package static let standardRetry = RetryPolicy(attempts: 3)
}

package enum StepAction: Sendable, Equatable {
    /// `run`: text for the step's shell. Nothing is ever spliced into it.
    case script(String)
    /// `exec`: argv, without a shell.
    case exec([Template])
}

/// When a step whose needs have ended may start.
package enum RunCondition: String, Sendable, CaseIterable {
    /// All needs good; in `finally`: the run succeeded.
    case success
    /// All ended, and one is bad or was skipped because of a bad one; in `finally`: the run did
    /// not succeed.
    case failure
    /// All ended, also while the run is being stopped.
    case always
}

/// What follows when Weir was killed while an attempt of a step ran.
package enum CrashPolicy: String, Sendable, CaseIterable {
    /// The attempt is made again, and counts against no limit of its step.
    case `repeat`
    /// The step ends as `agent_crash`: it must not be begun twice.
    case fail
}

package struct EnvironmentEntry: Sendable, Equatable {
    package var name: String
    package var value: Template

    package init(name: String, value: Template) {
        self.name = name
        self.value = value
    }
}

package struct ParamDefinition: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case string
        case integer
        case number
        case boolean
        /// `YYYY-MM-DD`
        case date
    }

    package var name: String
    package var kind: Kind
    /// `nil`: the caller must give a value.
    package var defaultValue: Template?
    package var minimum: Double?
    package var maximum: Double?
    /// The values allowed; empty means any.
    package var choices: [String]
    package var description: String?

    package init(
        name: String,
        kind: Kind = .string,
        defaultValue: Template? = nil,
        minimum: Double? = nil,
        maximum: Double? = nil,
        choices: [String] = [],
        description: String? = nil
    ) {
        self.name = name
        self.kind = kind
        self.defaultValue = defaultValue
        self.minimum = minimum
        self.maximum = maximum
        self.choices = choices
        self.description = description
    }
}

/// When and after how long a failed attempt is repeated (design §4, `retry`).
package struct RetryPolicy: Sendable, Equatable {
    /// What may be retried at all, by how the attempt ended.
    package enum Trigger: String, Sendable, CaseIterable {
        case exit
        case timeout
        case signal
        case status
        case network
    }

    /// The first counts.
    package var attempts: Int
    package var backoffMinimum: Duration
    package var backoffMaximum: Duration
    package var triggers: Set<Trigger>
    /// When not empty, only these exit codes are retried.
    package var exitCodes: Set<Int32>

    package init(
        attempts: Int = 1,
        backoffMinimum: Duration = .seconds(1),
        backoffMaximum: Duration = .seconds(30),
        triggers: Set<Trigger> = Set(Trigger.allCases),
        exitCodes: Set<Int32> = []
    ) {
        self.attempts = attempts
        self.backoffMinimum = backoffMinimum
        self.backoffMaximum = backoffMaximum
        self.triggers = triggers
        self.exitCodes = exitCodes
    }
}
