import Pipeline

/// Pools, rate limits, breakers, `compensate` and `finally`.
extension KeyFixture {
    static let flowKeys: [KeyFixture] = gateKeys + policyKeys + compensationKeys

    private static let gateKeys: [KeyFixture] = [
        pipeline("finally", "{z: {run: y}}", bad: "{}") {
            $0.steps.map(\.isFinal) == [false, true] && $0.steps[1].when == .always
                && $0.waves == [[0], [1]]
        },
        policies("pools", "2", bad: "0", "pool") {
            $0.flow.pools == ["g": PoolPolicy(size: 2)]
        },
        policies("rate_limits", "2/s", bad: "0/s", "rate_limit") {
            $0.flow.rateLimits == ["g": RateLimitPolicy(interval: .milliseconds(500))]
        },
        policies("breakers", "{failures: 5}", bad: "5", "breaker") {
            $0.flow.breakers == [
                "g": BreakerPolicy(failures: 5, within: .seconds(60), openFor: .seconds(30))
            ]
        },
        gate(.step, "pool", "pools: {g: 1}") { $0.gates == Gates(pool: "g") },
        gate(.step, "rate_limit", "rate_limits: {g: 5/d}") { $0.gates == Gates(rateLimit: "g") },
        gate(.step, "breaker", "breakers: {g: {failures: 1}}") { $0.gates == Gates(breaker: "g") },
        gate(.defaults, "pool", "pools: {g: 1}") { $0.gates == Gates(pool: "g") },
        gate(.defaults, "rate_limit", "rate_limits: {g: 1/h}") {
            $0.gates == Gates(rateLimit: "g")
        },
        gate(.defaults, "breaker", "breakers: {g: {failures: 1}}") {
            $0.gates == Gates(breaker: "g")
        },
    ]

    private static let policyKeys: [KeyFixture] = [
        policy(.pool, "size", "3", bad: "0") { $0.pools["g"]?.size == 3 },
        policy(.pool, "queue", "0", bad: "-1") { $0.pools["g"]?.queue == 0 },
        policy(.rateLimit, "rate", "30/m", bad: "30") {
            $0.rateLimits["g"]?.interval == .seconds(2)
        },
        policy(.rateLimit, "burst", "4", bad: "0") { $0.rateLimits["g"]?.burst == 4 },
        policy(.breaker, "failures", "7", bad: "0") { $0.breakers["g"]?.failures == 7 },
        policy(.breaker, "within", "2m", bad: "2") { $0.breakers["g"]?.within == .seconds(120) },
        policy(.breaker, "open_for", "5s", bad: "x") { $0.breakers["g"]?.openFor == .seconds(5) },
        policy(.breaker, "when_open", "fail", bad: "skip") { $0.breakers["g"]?.whenOpen == .fail },
    ]

    private static let compensationKeys: [KeyFixture] = [
        step("compensate", "{run: undo}", bad: "{timeout: 5s}") {
            $0.compensation == PlannedCompensation(action: .script("undo"), timeout: Limits.ending)
        },
        compensation("run", "undo it", bad: "[]") { $0.action == .script("undo it") },
        compensation("exec", "[rm, x]", bad: "rm x") {
            $0.action == .exec([Template(text: "rm"), Template(text: "x")])
        },
        compensation("timeout", "9s", bad: "9") { $0.timeout == .seconds(9) },
        compensation("retry", "{attempts: 7}", bad: "7") { $0.retry.attempts == 7 },
    ]

    private static func policies(
        _ key: String,
        _ value: String,
        bad: String,
        _ gate: String,
        _ shows: @escaping @Sendable (Plan) -> Bool
    ) -> KeyFixture {
        func file(_ value: String) -> String {
            "\(key): {g: \(value)}\nsteps:\n  a: {run: x, \(gate): g}\n"
        }
        return KeyFixture(.pipeline, key, file(value), bad: file(bad), shows)
    }

    private static func gate(
        _ scope: KeyTable.Scope,
        _ key: String,
        _ policy: String,
        _ shows: @escaping @Sendable (PlannedStep) -> Bool
    ) -> KeyFixture {
        func file(_ value: String) -> String {
            let isDefault = scope == .defaults
            return "\(policy)\n" + (isDefault ? "defaults: {\(key): \(value)}\n" : "")
                + "steps:\n  a: {run: x\(isDefault ? "" : ", \(key): \(value)")}\n"
        }
        return KeyFixture(scope, key, file("g"), bad: file("[g]")) { shows($0.steps[0]) }
    }

    private static func policy(
        _ scope: KeyTable.Scope,
        _ key: String,
        _ value: String,
        bad: String,
        _ shows: @escaping @Sendable (FlowPolicies) -> Bool
    ) -> KeyFixture {
        let (map, required, gate) =
            switch scope {
            case .pool: ("pools", ("size", "1"), "pool")
            case .rateLimit: ("rate_limits", ("rate", "1/s"), "rate_limit")
            default: ("breakers", ("failures", "1"), "breaker")
            }
        func file(_ value: String) -> String {
            let rest = key == required.0 ? "" : "\(required.0): \(required.1), "
            return "\(map): {g: {\(rest)\(key): \(value)}}\nsteps:\n  a: {run: x, \(gate): g}\n"
        }
        return KeyFixture(scope, key, file(value), bad: file(bad)) { shows($0.flow) }
    }

    private static func compensation(
        _ key: String,
        _ value: String,
        bad: String,
        _ shows: @escaping @Sendable (PlannedCompensation) -> Bool
    ) -> KeyFixture {
        let kind = key == "run" || key == "exec" ? "" : "run: undo, "
        func file(_ value: String) -> String {
            "steps:\n  a: {run: x, compensate: {\(kind)\(key): \(value)}}\n"
        }
        return KeyFixture(.compensation, key, file(value), bad: file(bad)) { plan in
            plan.steps[0].compensation.map(shows) ?? false
        }
    }
}
