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

    /// What is set aside for older claims, in one pass; by places.
    private struct Kept {
        var slots: [Int] = []
        var tokens: [Int] = []
    }

    mutating func settle(at now: Timestamp, into answers: inout [FlowAnswer]) {
        var kept = Kept()
        var blocked = [Bool](repeating: false, count: queues.count)
        nextDeadline = nil
        while let place = oldest(except: blocked) {
            guard let wait = obstacle(at: place, at: now, &kept) else {
                grant(place, at: now, into: &answers)
                continue
            }
            blocked[place] = true
            if wait.kind == .breaker, refuses(place) {
                refuse(place, wait.name, into: &answers)
                continue
            }
            tell(place, wait, into: &answers)
            if let until = wait.until { nextDeadline = min(nextDeadline ?? until, until) }
        }
    }

    private func oldest(except blocked: [Bool]) -> Int? {
        var best: Int?
        for place in queues.indices where !blocked[place] {
            guard let first = queues[place].claims.first else { continue }
            if let best, let other = queues[best].claims.first, !first.isBefore(other) { continue }
            best = place
        }
        return best
    }

    private func refuses(_ place: Int) -> Bool {
        queues[place].breaker.map { breakers[$0].policy.whenOpen == .fail } ?? false
    }

    /// What keeps the first claim of a queue from passing; `nil`: it may.
    private func obstacle(at place: Int, at now: Timestamp, _ kept: inout Kept) -> GateWait? {
        let queue = queues[place]
        if let breaker = queue.breaker, !breakers[breaker].admits(at: now) {
            let until = breakers[breaker].openUntil
            return GateWait(.breaker, queue.gates.breaker ?? "", until: until)
        }
        var (hasToken, tokenAt) = (true, now)
        if let limit = queue.limit {
            let wanted = kept.tokens.contains(limit) ? 2 : 1
            hasToken = buckets[limit].tokens(at: now) >= wanted
            tokenAt = buckets[limit].instant(ofTokens: wanted)
        }
        if let pool = queue.pool, !hasSlot(pool, kept) {
            if let limit = queue.limit, hasToken { kept.tokens.append(limit) }
            return GateWait(.pool, queue.gates.pool ?? "")
        }
        guard !hasToken else { return nil }
        if let pool = queue.pool, tokenAt - now <= Self.slotKept { kept.slots.append(pool) }
        // With a bucket of one the kept token must be used before another can come.
        let until = tokenAt > now ? tokenAt : nil
        return GateWait(.rateLimit, queue.gates.rateLimit ?? "", until: until)
    }

    private func hasSlot(_ pool: Int, _ kept: Kept) -> Bool {
        pools[pool].policy.size - pools[pool].used > kept.slots.count { $0 == pool }
    }

    private mutating func grant(_ place: Int, at now: Timestamp, into answers: inout [FlowAnswer]) {
        let claim = queues[place].claims.removeFirst()
        if let pool = queues[place].pool { pools[pool].used += 1 }
        if let limit = queues[place].limit {
            buckets[limit].take(at: now)
            isChanged = true
        }
        var begun: (isProbe: Bool, change: BreakerState?) = (false, nil)
        if let breaker = queues[place].breaker { begun = breakers[breaker].begin() }
        if begun.change != nil { isChanged = true }
        var held = queues[place].held[claim.run] ?? Held()
        if begun.isProbe { held.probes += 1 } else { held.plain += 1 }
        queues[place].held[claim.run] = held
        let decision = FlowAnswer.Decision.granted(isProbe: begun.isProbe, breaker: begun.change)
        answers.append(FlowAnswer(FlowTicket(claim.run, queues[place].gates), decision))
    }

    private mutating func refuse(
        _ place: Int,
        _ breaker: String,
        into answers: inout [FlowAnswer]
    ) {
        for claim in queues[place].claims {
            let ticket = FlowTicket(claim.run, queues[place].gates)
            answers.append(FlowAnswer(ticket, .refused(breaker: breaker)))
        }
        queues[place].claims = []
    }

    /// The first hears whatever changes; those behind it hear what they wait for once, and of a
    /// breaker, which may hold them up for long.
    private mutating func tell(_ place: Int, _ wait: GateWait, into answers: inout [FlowAnswer]) {
        for position in queues[place].claims.indices {
            let told = queues[place].claims[position].told
            if told == wait { continue }
            let isBreaker = told?.kind == .breaker || wait.kind == .breaker
            guard position == 0 || told == nil || isBreaker else { continue }
            // A token's time moves with every token that others take: the kind is what counts.
            if told?.kind == .rateLimit, wait.kind == .rateLimit { continue }
            queues[place].claims[position].told = wait
            let ticket = FlowTicket(queues[place].claims[position].run, queues[place].gates)
            answers.append(FlowAnswer(ticket, .blocked(wait)))
        }
    }
}
