/// Pools, rate limits and breakers: their names, and who names them.
extension Planner {
    mutating func readFlow() {
        flow.pools = policies(spec.pools, of: .pool)
        flow.rateLimits = policies(spec.rateLimits, of: .rateLimit)
        flow.breakers = policies(spec.breakers, of: .breaker)
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

    mutating func gates(_ settings: StepSettings) -> Gates {
        Gates(
            pool: gate(settings.pool, .pool, flow.pools),
            rateLimit: gate(settings.rateLimit, .rateLimit, flow.rateLimits),
            breaker: gate(settings.breaker, .breaker, flow.breakers)
        )
    }

    private mutating func gate<Policy>(
        _ name: SpecText?,
        _ kind: GateKind,
        _ known: [String: Policy]
    ) -> String? {
        guard let name else { return nil }
        if known[name.text] == nil {
            let suggestion = suggestion(for: name.text, among: known.keys)
            report(.unknownGate(kind, name.text, suggestion: suggestion), at: name.offset)
        }
        return name.text
    }

    /// What nobody names is a mistake more often than a plan for later.
    mutating func checkGates() {
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
