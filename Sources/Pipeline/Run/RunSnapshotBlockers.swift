/// What a step that is not running waits for.
package enum Blocker: Sendable, Hashable {
    /// The needs that have not ended; empty when the plan is not known.
    case dependency([String])
    /// Ready, and every worker is busy.
    case workers
    /// A worker is free, and one of its gates is not.
    case gate(GateWait)
    /// A failed attempt is repeated, not before this instant.
    case backoff(until: Timestamp)

    /// The name that spans, metrics and pages use.
    package var name: String {
        switch self {
        case .dependency: "dependency"
        case .workers: "workers"
        case .gate(let wait): wait.kind.rawValue
        case .backoff: "backoff"
        }
    }
}

/// A waiting step with the one thing that it waits for, and since when.
package struct BlockedStep: Sendable, Hashable {
    package let step: String
    package let blocker: Blocker
    package let since: Timestamp
}

extension RunSnapshot {
    /// Every step that neither runs nor has ended, in the order of `steps`.
    package func blocked(at now: Timestamp) -> [BlockedStep] {
        guard end == nil else { return [] }
        return steps.indices.compactMap { blocked($0, at: now) }
    }

    /// - Returns: `nil` when the step runs, has ended, or does not exist.
    package func blocked(_ position: Int, at now: Timestamp) -> BlockedStep? {
        guard steps.indices.contains(position), let startedAt else { return nil }
        let step = steps[position]
        switch step.state {
        case .running, .finished:
            return nil
        case .waiting:
            let open = step.needs.filter {
                steps.indices.contains($0) && steps[$0].state != .finished
            }
            return BlockedStep(
                step: step.name,
                blocker: .dependency(open.map { steps[$0].name }),
                since: startedAt
            )
        case .blocked(let wait, let since):
            return BlockedStep(step: step.name, blocker: .gate(wait), since: since)
        case .ready(let since):
            return BlockedStep(step: step.name, blocker: .workers, since: since)
        case .backingOff(let until, let since):
            // Once its time has come, it is a worker that is missing.
            guard now < until else {
                return BlockedStep(step: step.name, blocker: .workers, since: until)
            }
            return BlockedStep(step: step.name, blocker: .backoff(until: until), since: since)
        }
    }
}
