/// Pools, rate limits and breakers: their names, and who names them.
extension Planner {
    mutating func readFlow() {
        flow.pools = policies(spec.pools, of: .pool)
        flow.rateLimits = policies(spec.rateLimits, of: .rateLimit)
        flow.breakers = policies(spec.breakers, of: .breaker)
        // Once, and not for every step that takes them over.
        checkGates(of: spec.defaults)
    }

    private mutating func policies<Policy>(
        _ named: [Named<Policy>],
        of kind: GateKind
    ) -> [String: Policy] {
        var policies: [String: Policy] = [:]
        for entry in named {
            let name = entry.name.text
            if !SpecName.isStepName(name) {
                report(.badName(name, of: kind.words), at: entry.name.offset)
            }
            policies[name] = entry.policy
        }
        return policies
    }

    /// Reports what the settings name and the file does not define.
    mutating func checkGates(of settings: StepSettings) {
        check(settings.pool, .pool, spec.pools)
        check(settings.rateLimit, .rateLimit, spec.rateLimits)
        check(settings.breaker, .breaker, spec.breakers)
    }

    private mutating func check<Policy>(
        _ name: SpecText?,
        _ kind: GateKind,
        _ named: [Named<Policy>]
    ) {
        // One that is defined wrongly has been complained about.
        guard let name, !named.contains(where: { $0.name.text == name.text }) else { return }
        let suggestion = suggestion(for: name.text, among: named.map(\.name.text))
        report(.unknownGate(kind, name.text, suggestion: suggestion), at: name.offset)
    }

    /// What nobody names is a mistake more often than a plan for later.
    mutating func warnAboutUnusedGates() {
        warn(about: spec.pools, .pool, used: Set(steps.compactMap(\.gates.pool)))
        warn(about: spec.rateLimits, .rateLimit, used: Set(steps.compactMap(\.gates.rateLimit)))
        warn(about: spec.breakers, .breaker, used: Set(steps.compactMap(\.gates.breaker)))
    }

    private mutating func warn<Policy>(
        about named: [Named<Policy>],
        _ kind: GateKind,
        used: Set<String>
    ) {
        for entry in named where !used.contains(entry.name.text) {
            let fault = PlanFault.unusedGate(kind, entry.name.text)
            diagnostics.report(fault, at: entry.name.offset, severity: .warning)
        }
    }
}

extension StepSettings {
    var gates: Gates {
        Gates(pool: pool?.text, rateLimit: rateLimit?.text, breaker: breaker?.text)
    }
}

extension GateKind {
    /// As a sentence has it.
    package var words: String {
        switch self {
        case .pool: "pool"
        case .rateLimit: "rate limit"
        case .breaker: "breaker"
        }
    }

    /// The key of a pipeline that defines such.
    var key: String {
        switch self {
        case .pool: "pools"
        case .rateLimit: "rate_limits"
        case .breaker: "breakers"
        }
    }
}
