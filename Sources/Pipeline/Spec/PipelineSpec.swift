/// What the author of a file wrote: nothing defaulted, no name resolved, every part with its place.
///
/// A part that was wrong has been reported and is absent.
struct PipelineSpec {
    var name: SpecText?
    var description: SpecText?
    var params: [ParamSpec] = []
    var secrets: [SpecText] = []
    var env: [EnvironmentSpec] = []
    var timeout: Duration?
    var workers: Int?
    var failure: FailurePolicy?
    var recoveries: Int?
    var pools: [Named<PoolPolicy>] = []
    var rateLimits: [Named<RateLimitPolicy>] = []
    var breakers: [Named<BreakerPolicy>] = []
    var schedules: [ScheduleSpec] = []
    var defaults = StepSettings()
    /// Those of `finally` last.
    var steps: [StepSpec] = []
    /// Whether `steps` is a list, in which each step needs the one before it.
    var isSequence = false
    /// Whether `finally` is.
    var isFinalSequence = false
}

/// A policy with the name it is given; `nil` where it was wrong.
struct Named<Policy> {
    let name: SpecText
    let policy: Policy?
}

/// A text with its place.
struct SpecText {
    let scalar: YAMLScalar
    let offset: Int

    var text: String { scalar.text }

    /// Where in the file the UTF-8 code unit `position` of the text comes from.
    func offset(of position: Int) -> Int { scalar.sourceOffset(of: position) }
}

/// A value with its place.
struct Placed<Value> {
    let value: Value
    let offset: Int
}

struct EnvironmentSpec {
    let name: SpecText
    let value: SpecText
}

struct ParamSpec {
    let name: SpecText
    var kind: ParamDefinition.Kind = .string
    /// Whether `kind` may be relied upon: a wrong type has been reported already.
    var isKindKnown = true
    var defaultValue: SpecText?
    var minimum: Placed<Double>?
    var maximum: Placed<Double>?
    var choices: [SpecText] = []
    var description: SpecText?
}

struct StepSpec {
    let name: SpecText
    var offset: Int
    var action: ActionSpec?
    /// Whether a kind was named at all, readable or not.
    var hasKind = false
    var needs: [SpecText] = []
    var when: Placed<RunCondition>?
    var condition: SpecText?
    var secrets: [SpecText] = []
    var settings = StepSettings()
    var compensation: Placed<CompensationSpec>?
    /// Whether it stands in `finally`.
    var isFinal = false
}

struct CompensationSpec {
    var action: ActionSpec?
    /// Whether a kind was named at all, readable or not.
    var hasKind = false
    var timeout: Duration?
    var retry: RetryPolicy?
}

enum ActionSpec {
    case run(SpecText)
    case exec([SpecText])
}

/// The keys that a step may take from `defaults`; a step's key replaces the default's key whole.
struct StepSettings {
    var shell: Placed<[String]>?
    var env: [EnvironmentSpec]?
    var workdir: SpecText?
    var timeout: Duration?
    var idleTimeout: Duration?
    var grace: Duration?
    var onCrash: CrashPolicy?
    var retry: RetryPolicy?
    var allowFailure: Bool?
    var pool: SpecText?
    var rateLimit: SpecText?
    var breaker: SpecText?
    var cache: CachePolicy?

    func filled(from defaults: StepSettings) -> StepSettings {
        StepSettings(
            shell: shell ?? defaults.shell,
            env: env ?? defaults.env,
            workdir: workdir ?? defaults.workdir,
            timeout: timeout ?? defaults.timeout,
            idleTimeout: idleTimeout ?? defaults.idleTimeout,
            grace: grace ?? defaults.grace,
            onCrash: onCrash ?? defaults.onCrash,
            retry: retry ?? defaults.retry,
            allowFailure: allowFailure ?? defaults.allowFailure,
            pool: pool ?? defaults.pool,
            rateLimit: rateLimit ?? defaults.rateLimit,
            breaker: breaker ?? defaults.breaker,
            cache: cache ?? defaults.cache
        )
    }
}
