/// Giving out what is free.
///
/// The oldest claim is looked at first, whatever it waits for. One that lacks a single gate gets a
/// place kept at the other, so that its gates need not be open at the same instant by luck:
///
/// - It lacks a token that comes soon: a free slot of its pool stays free for it.
/// - It lacks a slot: the oldest such claim of a rate limit has one token kept.
///
/// Nothing is kept for a step that waits for a breaker: that can take long.
extension FlowControl {
    /// A slot that is free is kept for a step whose token comes within this time: longer, and
    /// idle slots would cost more than the step's waiting.
    static let slotKept = Duration.seconds(10)

    /// What is set aside for older claims, in one pass.
    private struct Kept {
        var slots: [String: Int] = [:]
        var tokens: Set<String> = []
    }

    mutating func settle(at now: Timestamp, into answers: inout [FlowAnswer]) {
        var kept = Kept()
        var blocked: Set<Gates> = []
        nextDeadline = nil
        while let gates = oldest(except: blocked) {
            guard let wait = obstacle(gates, at: now, &kept) else {
                grant(gates, at: now, into: &answers)
                continue
            }
            blocked.insert(gates)
            if wait.kind == .breaker, refuses(wait.name) {
                refuse(gates, wait.name, into: &answers)
                continue
            }
            tell(gates, wait, into: &answers)
            if let until = wait.until { nextDeadline = min(nextDeadline ?? until, until) }
        }
    }

    private func oldest(except blocked: Set<Gates>) -> Gates? {
        var best: (gates: Gates, claim: Claim)?
        for (gates, lane) in claims where !blocked.contains(gates) {
            guard let first = lane.first else { continue }
            if let best, !first.isBefore(best.claim) { continue }
            best = (gates, first)
        }
        return best?.gates
    }

    private func refuses(_ breaker: String) -> Bool {
        breakers[breaker]?.policy.whenOpen == .fail
    }

    /// What keeps the first claim of `gates` from passing; `nil`: it may.
    private func obstacle(_ gates: Gates, at now: Timestamp, _ kept: inout Kept) -> GateWait? {
        if let name = gates.breaker, let breaker = breakers[name], !breaker.admits(at: now) {
            return GateWait(.breaker, name, until: breaker.openUntil)
        }
        let hasSlot = gates.pool.map { name in
            guard let pool = pools[name] else { return true }
            return pool.policy.size - pool.used - kept.slots[name, default: 0] > 0
        }
        let token = gates.rateLimit.flatMap { name in
            buckets[name].map { bucket in
                let wanted = kept.tokens.contains(name) ? 2 : 1
                let isThere = bucket.tokens(at: now) >= wanted
                return (name: name, isThere: isThere, at: bucket.instant(ofTokens: wanted))
            }
        }
        if let pool = gates.pool, hasSlot == false {
            if let token, token.isThere { kept.tokens.insert(token.name) }
            return GateWait(.pool, pool)
        }
        guard let token, !token.isThere else { return nil }
        if let pool = gates.pool, token.at - now <= Self.slotKept {
            kept.slots[pool, default: 0] += 1
        }
        // With a bucket of one the kept token must be used before another can come.
        let isReachable = token.at > now
        return GateWait(.rateLimit, token.name, until: isReachable ? token.at : nil)
    }

    private mutating func grant(_ gates: Gates, at now: Timestamp, into answers: inout [FlowAnswer])
    {
        guard let claim = claims[gates]?.removeFirst() else { return }
        if claims[gates]?.isEmpty ?? false { claims[gates] = nil }
        if let pool = gates.pool { pools[pool]?.used += 1 }
        if let limit = gates.rateLimit, buckets[limit] != nil {
            buckets[limit]?.take(at: now)
            isChanged = true
        }
        let begun = gates.breaker.flatMap { breakers[$0]?.begin() }
        if begun?.change != nil { isChanged = true }
        let isProbe = begun?.isProbe ?? false
        hold(claim.ticket, isProbe: isProbe)
        let decision = FlowAnswer.Decision.granted(isProbe: isProbe, breaker: begun?.change)
        answers.append(FlowAnswer(claim.ticket, decision))
    }

    private mutating func refuse(
        _ gates: Gates,
        _ breaker: String,
        into answers: inout [FlowAnswer]
    ) {
        for claim in claims.removeValue(forKey: gates) ?? [] {
            answers.append(FlowAnswer(claim.ticket, .refused(breaker: breaker)))
        }
    }

    /// The first hears whatever changes; those behind it hear what they wait for once, and of a
    /// breaker, which may hold them up for long.
    private mutating func tell(_ gates: Gates, _ wait: GateWait, into answers: inout [FlowAnswer]) {
        for place in claims[gates]?.indices ?? 0..<0 {
            guard let claim = claims[gates]?[place] else { return }
            let isSame = claim.told?.kind == wait.kind && claim.told?.until == wait.until
            let isBreaker = claim.told?.kind == .breaker || wait.kind == .breaker
            guard !isSame, place == 0 || claim.told == nil || isBreaker else { continue }
            // A token's time moves with every token that others take: the kind is what counts.
            if claim.told?.kind == .rateLimit, wait.kind == .rateLimit { continue }
            claims[gates]?[place].told = wait
            answers.append(FlowAnswer(claim.ticket, .blocked(wait)))
        }
    }
}
