/// `pools`, `rate_limits`, `breakers` and `compensate`.
extension SpecDecoder {
    mutating func pools(_ node: YAMLNode) -> [Named<PoolPolicy>] {
        named(node, of: "pools", advice: "write `pools: {name: 2}`") { decoder, value in
            guard case .mapping = value.content else {
                return decoder.integer(value, in: 1...Limits.gatePlaces)
                    .map { PoolPolicy(size: $0) }
            }
            var pool = PoolPolicy(size: 1)
            decoder.eachRequired(of: value, as: .pool, "size", "a pool") { decoder, entry in
                let value = entry.value
                switch entry.key.text {
                case "size": pool.size = decoder.integer(value, in: 1...Limits.gatePlaces) ?? 1
                case "queue":
                    pool.queue = decoder.integer(value, in: 0...Limits.poolQueue) ?? pool.queue
                default: break
                }
            }
            return pool
        }
    }

    mutating func rateLimits(_ node: YAMLNode) -> [Named<RateLimitPolicy>] {
        let advice = "write `rate_limits: {name: 2/s}`"
        return named(node, of: "rate_limits", advice: advice) { decoder, value in
            guard case .mapping = value.content else {
                return decoder.rate(value).map { RateLimitPolicy(interval: $0) }
            }
            var limit = RateLimitPolicy(interval: .seconds(1))
            decoder.eachRequired(of: value, as: .rateLimit, "rate", "a rate limit") {
                decoder,
                entry in
                let value = entry.value
                switch entry.key.text {
                case "rate": limit.interval = decoder.rate(value) ?? limit.interval
                case "burst": limit.burst = decoder.integer(value, in: 1...Limits.gatePlaces) ?? 1
                default: break
                }
            }
            return limit
        }
    }

    mutating func breakers(_ node: YAMLNode) -> [Named<BreakerPolicy>] {
        let advice = "write `breakers: {name: {failures: 5, within: 1m, open_for: 30s}}`"
        return named(node, of: "breakers", advice: advice) { decoder, value in
            guard case .mapping = value.content else {
                decoder.mismatch(value, expected: "a map", advice: advice)
                return nil
            }
            var breaker = BreakerPolicy(failures: 1, within: .seconds(60), openFor: .seconds(30))
            decoder.eachRequired(of: value, as: .breaker, "failures", "a breaker") {
                decoder,
                entry in
                let value = entry.value
                switch entry.key.text {
                case "failures":
                    breaker.failures = decoder.integer(value, in: 1...Limits.breakerFailures) ?? 1
                case "within": breaker.within = decoder.timeout(value) ?? breaker.within
                case "open_for": breaker.openFor = decoder.timeout(value) ?? breaker.openFor
                case "when_open":
                    breaker.whenOpen = decoder.choice(value)?.value ?? breaker.whenOpen
                default: break
                }
            }
            return breaker
        }
    }

    mutating func compensation(_ node: YAMLNode) -> CompensationSpec {
        var compensation = CompensationSpec()
        var kind: String?
        let entries = eachEntry(of: node, as: .compensation) { decoder, entry in
            let (key, value) = (entry.key.text, entry.value)
            if key == "run" || key == "exec" {
                if let kind { decoder.report(.secondKind(key, kind), at: entry.keyOffset) }
                kind = kind ?? key
            }
            switch key {
            case "run":
                compensation.action =
                    compensation.action ?? decoder.command(value, of: key).map { .run($0) }
            case "exec":
                compensation.action =
                    compensation.action ?? decoder.arguments(value).map { .exec($0) }
            case "timeout": compensation.timeout = decoder.timeout(value)
            case "retry": compensation.retry = decoder.retry(value)
            default: break
            }
        }
        if entries != nil, kind == nil {
            report(.missingKey("run", "`compensate`"), at: node.offset)
        }
        return compensation
    }

    /// A map from names to policies.
    private mutating func named<Policy>(
        _ node: YAMLNode,
        of key: String,
        advice: String,
        _ policy: (inout SpecDecoder, YAMLNode) -> Policy?
    ) -> [Named<Policy>] {
        guard let entries = mapping(node, advice: advice) else { return [] }
        if entries.isEmpty { report(.emptyList(key), at: node.offset) }
        if entries.count > Limits.gateNames {
            report(.tooManyNames(key, entries.count), at: node.offset)
        }
        return entries.prefix(Limits.gateNames).map { entry in
            let name = SpecText(scalar: entry.key, offset: entry.keyOffset)
            guard !isNull(entry.value) else {
                report(.noValue(entry.key.text), at: entry.keyOffset)
                return Named(name: name, policy: nil)
            }
            return Named(name: name, policy: policy(&self, entry.value))
        }
    }

    private mutating func eachRequired(
        of node: YAMLNode,
        as scope: KeyTable.Scope,
        _ key: String,
        _ place: String,
        _ body: (inout SpecDecoder, YAMLEntry) -> Void
    ) {
        let entries = eachEntry(of: node, as: scope, body)
        if let entries, !entries.contains(where: { $0.key.text == key }) {
            report(.missingKey(key, place), at: node.offset)
        }
    }

    /// `2/s`: the time between two.
    private mutating func rate(_ node: YAMLNode) -> Duration? {
        guard let text = scalar(node, expected: "a rate", advice: "write `2/s`") else { return nil }
        let parts = text.text.split(separator: "/", omittingEmptySubsequences: false)
        let units: [Substring: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        let isNumber = parts[0].utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard parts.count == 2, let unit = units[parts[1]], isNumber, let count = Int64(parts[0])
        else {
            report(.badRate(text.text), at: node.offset)
            return nil
        }
        guard count > 0 else {
            report(.zeroRate(text.text), at: node.offset)
            return nil
        }
        let interval = unit * 1_000_000_000 / count
        guard interval > 0 else {
            report(.badRate(text.text), at: node.offset)
            return nil
        }
        return .nanoseconds(interval)
    }
}
