import Pipeline

/// Pools, rate limits and breakers in `weir plan`, in words and as JSON.
extension PlanText {
    static func policies(_ flow: FlowPolicies) -> [(label: String, text: String)] {
        var lines: [(label: String, text: String)] = []
        for (name, pool) in flow.pools.sorted(by: { $0.key < $1.key }) {
            lines.append(("pool", "\(name): \(pool.size) at once"))
        }
        for (name, limit) in flow.rateLimits.sorted(by: { $0.key < $1.key }) {
            let interval = DurationText.human(limit.interval)
            let burst = limit.burst > 1 ? ", \(limit.burst) at once" : ""
            lines.append(("rate", "\(name): one every \(interval)\(burst)"))
        }
        for (name, breaker) in flow.breakers.sorted(by: { $0.key < $1.key }) {
            let within = DurationText.human(breaker.within)
            let openFor = DurationText.human(breaker.openFor)
            let words = "\(breaker.failures) failures within \(within) open it for \(openFor)"
            lines.append(("breaker", "\(name): \(words)"))
        }
        return lines
    }

    static func gates(_ gates: Gates) -> [(label: String, text: String)] {
        [("pool", gates.pool), ("rate", gates.rateLimit), ("breaker", gates.breaker)]
            .compactMap { label, name in name.map { (label, $0) } }
    }
}

extension JSONWriter {
    /// The members `pools`, `rate_limits` and `breakers` of the object that is open.
    mutating func members(of flow: FlowPolicies) {
        objects("pools", flow.pools) { json, pool in
            json.member("size", pool.size)
            json.member("queue", pool.queue)
        }
        objects("rate_limits", flow.rateLimits) { json, limit in
            json.member("interval_seconds", limit.interval)
            json.member("burst", limit.burst)
        }
        objects("breakers", flow.breakers) { json, breaker in
            json.member("failures", breaker.failures)
            json.member("within_seconds", breaker.within)
            json.member("open_for_seconds", breaker.openFor)
            json.member("when_open", breaker.whenOpen.rawValue)
        }
    }

    mutating func members(of gates: Gates) {
        member("pool", gates.pool)
        member("rate_limit", gates.rateLimit)
        member("breaker", gates.breaker)
    }

    private mutating func objects<Value>(
        _ name: StaticString,
        _ values: [String: Value],
        _ write: (inout JSONWriter, Value) -> Void
    ) {
        guard !values.isEmpty else { return }
        key(name)
        beginObject()
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            key(name)
            beginObject()
            write(&self, value)
            endObject()
        }
        endObject()
    }
}
