import Pipeline
import Testing

/// A file that uses one key of the table, what the key does to the plan, and a file in which its
/// value is wrong.
struct KeyFixture: CustomTestStringConvertible, Sendable {
    let scope: KeyTable.Scope
    let key: String
    let good: String
    /// True of the plan only because the key is there.
    let shows: @Sendable (Plan) -> Bool
    let bad: String

    var testDescription: String { "\(scope.rawValue).\(key)" }

    init(
        _ scope: KeyTable.Scope,
        _ key: String,
        _ good: String,
        bad: String,
        _ shows: @escaping @Sendable (Plan) -> Bool
    ) {
        self.scope = scope
        self.key = key
        self.good = good
        self.bad = bad
        self.shows = shows
    }

    /// A key of the pipeline, before one plain step.
    static func pipeline(
        _ key: String,
        _ value: String,
        bad: String,
        _ shows: @escaping @Sendable (Plan) -> Bool
    ) -> KeyFixture {
        let rest = "steps:\n  a: {run: 'true'}\n"
        return KeyFixture(
            .pipeline,
            key,
            "\(key): \(value)\n\(rest)",
            bad: "\(key): \(bad)\n\(rest)",
            shows
        )
    }

    /// A key of the second of two steps.
    static func step(
        _ key: String,
        _ value: String,
        bad: String,
        _ shows: @escaping @Sendable (PlannedStep) -> Bool
    ) -> KeyFixture {
        let head = "secrets: [TOKEN]\nsteps:\n  a: {run: x}\n  b:\n"
        let kind = key == "run" || key == "exec" ? "" : "    run: y\n"
        return KeyFixture(
            .step,
            key,
            "\(head)\(kind)    \(key): \(value)\n",
            bad: "\(head)\(kind)    \(key): \(bad)\n",
            { plan in plan.steps.count == 2 && shows(plan.steps[1]) }
        )
    }

    static func defaults(
        _ key: String,
        _ value: String,
        bad: String,
        _ shows: @escaping @Sendable (PlannedStep) -> Bool
    ) -> KeyFixture {
        let rest = "steps:\n  a: {run: x}\n"
        return KeyFixture(
            .defaults,
            key,
            "defaults: {\(key): \(value)}\n\(rest)",
            bad: "defaults: {\(key): \(bad)}\n\(rest)",
            { $0.steps.count == 1 && shows($0.steps[0]) }
        )
    }

    private static func retry(
        _ key: String,
        _ value: String,
        bad: String,
        _ shows: @escaping @Sendable (RetryPolicy) -> Bool
    ) -> KeyFixture {
        func file(_ value: String) -> String {
            let attempts = key == "attempts" ? "" : "attempts: 2, "
            return "steps:\n  a: {run: x, retry: {\(attempts)\(key): \(value)}}\n"
        }
        return KeyFixture(
            .retry,
            key,
            file(value),
            bad: file(bad),
            { shows($0.steps[0].retry) }
        )
    }

    private static func cache(
        _ key: String,
        _ value: String,
        bad: String,
        _ shows: @escaping @Sendable (CachePolicy) -> Bool
    ) -> KeyFixture {
        func file(_ value: String) -> String {
            "steps:\n  a: {run: x, cache: {\(key): \(value)}}\n"
        }
        return KeyFixture(
            .cache,
            key,
            file(value),
            bad: file(bad),
            { $0.steps[0].cache.map(shows) ?? false }
        )
    }

    private static func parameter(
        _ key: String,
        _ value: String,
        bad: String,
        type: String,
        _ shows: @escaping @Sendable (ParamDefinition) -> Bool
    ) -> KeyFixture {
        func file(_ value: String) -> String {
            let type = key == "type" ? "" : "type: \(type), "
            return "params:\n  p: {\(type)\(key): \(value)}\nsteps:\n  a: {run: x}\n"
        }
        return KeyFixture(
            .parameter,
            key,
            file(value),
            bad: file(bad),
            { shows($0.params[0]) }
        )
    }

    private static let plain = PlannedStep(name: "a", action: .script("x"))

    static let all: [KeyFixture] =
        pipelineKeys + stepKeys + nestedKeys + flowKeys
        + scheduleKeys

    private static let pipelineKeys: [KeyFixture] = [
        pipeline("name", "other", bad: "Other") { $0.name == "other" },
        pipeline("description", "Why", bad: "[a]") { $0.description == "Why" },
        pipeline("params", "{p: {type: date}}", bad: "{p: 5}") {
            $0.params == [ParamDefinition(name: "p", kind: .date)]
        },
        pipeline("secrets", "[TOKEN]", bad: "[WEIR_TOKEN]") { $0.secrets == ["TOKEN"] },
        pipeline("env", "{A: 1.10, B: no}", bad: "{A: ~}") {
            $0.env.map(\.name) == ["A", "B"]
                && $0.env.map(\.value) == [Template(text: "1.10"), Template(text: "no")]
        },
        pipeline("timeout", "1h30m", bad: "90") { $0.timeout == .seconds(5_400) },
        pipeline("workers", "10000", bad: "10001") { $0.workers == 10_000 },
        pipeline("failure", "cancel", bad: "abort") { $0.failure == .cancel },
        pipeline("recoveries", "0", bad: "-1") { $0.recoveries == 0 },
        pipeline("defaults", "{timeout: 5s}", bad: "{needs: a}") {
            $0.steps[0].timeout == .seconds(5)
        },
        KeyFixture(.pipeline, "steps", "steps: {a: {run: x}}", bad: "steps: {}") {
            $0.steps == [plain]
        },
    ]

    private static let stepKeys: [KeyFixture] = [
        KeyFixture(
            .step,
            "name",
            "steps: [{name: a, run: x}, {name: b, run: y}]",
            bad: "steps: [{name: A b, run: x}]"
        ) { $0.steps.map(\.name) == ["a", "b"] && $0.steps.map(\.needs) == [[], [0]] },
        step("run", "true", bad: "[x]") { $0.action == .script("true") },
        step("exec", "[sleep, 5]", bad: "sleep 5") {
            $0.action == .exec([Template(text: "sleep"), Template(text: "5")])
        },
        step("needs", "a", bad: "{a: 1}") { $0.needs == [0] },
        step("when", "always", bad: "never") { $0.when == .always },
        step("if", "test -e x", bad: "[]") { $0.condition == "test -e x" },
        step("shell", "sh -eu", bad: "{a: b}") { $0.shell == ["sh", "-eu"] },
        step("env", "{A: '${run.id}'}", bad: "{1A: x}") {
            $0.env == [EnvironmentEntry(name: "A", value: Template(parts: [.reference(.runID)]))]
        },
        step("workdir", "/tmp/${run.id}", bad: "[x]") {
            $0.workdir == Template(parts: [.text("/tmp/"), .reference(.runID)])
        },
        step("timeout", "500ms", bad: "500") { $0.timeout == .milliseconds(500) },
        step("idle_timeout", "90s", bad: "90") { $0.idleTimeout == .seconds(90) },
        step("grace", "1m", bad: "5") { $0.grace == .seconds(60) },
        step("on_crash", "fail", bad: "stop") { $0.onCrash == .fail },
        step("retry", "{attempts: 3}", bad: "3") { $0.retry.attempts == 3 },
        step("allow_failure", "true", bad: "yes") { $0.allowFailure },
        step("cache", "{}", bad: "true") { $0.cache == CachePolicy() },
        step("secrets", "[TOKEN]", bad: "{TOKEN: x}") { $0.secrets == ["TOKEN"] },
    ]

    private static let nestedKeys: [KeyFixture] = [
        defaults("shell", "[bash, -eu]", bad: "{a: b}") { $0.shell == ["bash", "-eu"] },
        defaults("env", "{A: b}", bad: "[A]") { $0.env.map(\.name) == ["A"] },
        defaults("workdir", "/srv", bad: "[x]") { $0.workdir == Template(text: "/srv") },
        defaults("timeout", "2m", bad: "2") { $0.timeout == .seconds(120) },
        defaults("idle_timeout", "1h", bad: "x") { $0.idleTimeout == .seconds(3_600) },
        defaults("grace", "500ms", bad: "[]") { $0.grace == .milliseconds(500) },
        defaults("on_crash", "fail", bad: "true") { $0.onCrash == .fail },
        defaults("retry", "{attempts: 9}", bad: "{}") { $0.retry.attempts == 9 },
        defaults("cache", "{ttl: 1h}", bad: "[x]") { $0.cache?.ttl == .seconds(3_600) },
        cache("inputs", "['src/**', a]", bad: "../b") { $0.inputs == ["src/**", "a"] },
        cache("ttl", "90m", bad: "90") { $0.ttl == .seconds(5_400) },
        defaults("allow_failure", "true", bad: "1") { $0.allowFailure },
        retry("attempts", "5", bad: "0") { $0.attempts == 5 },
        retry("backoff", "2s..1m", bad: "2..1m") {
            $0.backoffMinimum == .seconds(2) && $0.backoffMaximum == .seconds(60)
        },
        retry("when", "[exit, signal]", bad: "[status]") { $0.triggers == [.exit, .signal] },
        retry("exit_codes", "[75, 1]", bad: "[256]") { $0.exitCodes == [1, 75] },
        parameter("type", "integer", bad: "int", type: "") { $0.kind == .integer },
        parameter("default", "a b", bad: "[x]", type: "string") {
            $0.defaultValue == Template(text: "a b")
        },
        parameter("minimum", "1.5", bad: "x", type: "number") { $0.minimum == 1.5 },
        parameter("maximum", "-2", bad: "true", type: "integer") { $0.maximum == -2 },
        parameter("choices", "[a, 1]", bad: "a", type: "string") { $0.choices == ["a", "1"] },
        parameter("description", "x", bad: "{}", type: "string") { $0.description == "x" },
    ]
}
