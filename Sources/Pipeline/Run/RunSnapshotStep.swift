/// One step of a run as it stands.
package struct StepSnapshot: Sendable, Equatable {
    package enum State: Sendable, Hashable {
        /// For its needs to end.
        case waiting
        /// For a worker.
        case ready(since: Timestamp)
        case running
        /// For one of its gates.
        case blocked(GateWait, since: Timestamp)
        /// For the next attempt's time to come.
        case backingOff(until: Timestamp, since: Timestamp)
        case finished
    }

    package let name: String
    /// Positions in `RunSnapshot.steps`; empty when the plan is not known.
    package let needs: [Int]
    /// Whether it stands in `finally`; false when the plan is not known.
    package let isFinal: Bool
    /// `retry.attempts`; `nil` when the plan is not known.
    package let attemptsAllowed: Int?
    package internal(set) var state = State.waiting
    package internal(set) var readyAt: Timestamp?
    /// The need that ended last.
    package internal(set) var after: String?
    /// In order of start, conditions included; the middle ones are left out when there are more
    /// than `Limits.attemptsKept`.
    package internal(set) var attempts: [AttemptSnapshot] = []
    package internal(set) var attemptsDropped = 0
    /// Attempts of the main part so far.
    package internal(set) var attemptCount = 0
    package internal(set) var outputs: [StepOutput] = []
    /// Where its work was done, if that was in an earlier run.
    package internal(set) var reused: ReusedStep?
    package internal(set) var startedAt: Timestamp?
    package internal(set) var endedAt: Timestamp?
    package internal(set) var end: StepEnd?
    /// How its undoing ended.
    package internal(set) var compensation: CompensationEnd?
    /// Attempts to undo it so far; they are listed among `attempts`.
    package internal(set) var compensationCount = 0
    /// When the next attempt to undo it starts, after one that failed.
    package internal(set) var compensationRetryAt: Timestamp?
    package internal(set) var usage = UsageTotals()
    /// Time of ended attempts that were of use: they succeeded, or a condition said no.
    package internal(set) var useful = Duration.zero
    /// Time of ended attempts that did not succeed.
    package internal(set) var wasted = Duration.zero

    var conditionCount = 0

    init(
        name: String,
        needs: [Int] = [],
        attemptsAllowed: Int? = nil,
        isFinal: Bool = false
    ) {
        self.name = name
        self.needs = needs
        self.attemptsAllowed = attemptsAllowed
        self.isFinal = isFinal
    }

    package var outcome: Outcome? { end?.outcome }

    /// The attempt in flight.
    package var current: AttemptSnapshot? {
        guard let last = attempts.last, last.endedAt == nil else { return nil }
        return last
    }

    /// The last attempt of the step itself, not of undoing it.
    package var lastOwnAttempt: AttemptSnapshot? {
        attempts.last { $0.part != .compensation }
    }

    /// The instant before which the next attempt does not start.
    package var retryAt: Timestamp? {
        guard case .backingOff(let until, _) = state else { return nil }
        return until
    }

    /// From ready to end: what the step's span shows.
    package var duration: Duration? {
        guard let readyAt, let endedAt else { return nil }
        return max(.zero, endedAt - readyAt)
    }
}

/// One process that worked, or works, for a step.
package struct AttemptSnapshot: Sendable, Equatable {
    package let part: StepPart
    package let number: Int
    package let startedAt: Timestamp
    package internal(set) var pid: Int32?
    package internal(set) var endedAt: Timestamp?
    /// The outcome with all that is known of it.
    ///
    /// The tail is kept of a step's latest unsuccessful attempt only: the log has the others.
    package internal(set) var end: AttemptEnd?

    init(part: StepPart, number: Int, startedAt: Timestamp) {
        self.part = part
        self.number = number
        self.startedAt = startedAt
    }

    package var outcome: Outcome? { end?.outcome }

    package func duration(at now: Timestamp? = nil) -> Duration? {
        guard let until = endedAt ?? now else { return nil }
        return max(.zero, until - startedAt)
    }
}

/// A value that a step handed on.
package struct StepOutput: Sendable, Hashable {
    package let key: String
    package internal(set) var value: String
}

/// What ended attempts consumed together.
package struct UsageTotals: Sendable, Hashable {
    /// How many attempts were measured; of none, the rest says nothing.
    package internal(set) var measured = 0
    package internal(set) var userCPU = Duration.zero
    package internal(set) var systemCPU = Duration.zero
    /// The largest of all, in bytes; `nil` when no attempt's figure says anything.
    package internal(set) var peakMemory: Int64?
    /// What no attempt's figure can be below: without `peakMemory` all stayed at or under it.
    package internal(set) var peakMemoryFloor: Int64 = 0
    package internal(set) var bytesRead: Int64?
    package internal(set) var bytesWritten: Int64?

    package var cpu: Duration { userCPU + systemCPU }

    mutating func add(_ usage: ResourceUsage) {
        measured += 1
        userCPU += usage.userCPU
        systemCPU += usage.systemCPU
        peakMemoryFloor = max(peakMemoryFloor, usage.peakMemoryFloor)
        if let peak = usage.peakMemory { peakMemory = max(peakMemory ?? 0, peak) }
        bytesRead = saturatingSum(bytesRead, usage.bytesRead)
        bytesWritten = saturatingSum(bytesWritten, usage.bytesWritten)
    }
}

extension Limits {
    /// Attempts of one step that a snapshot lists: enough to see how it began and how it goes.
    package static let attemptsKept = 64
    /// Steps whose failure a snapshot shows with its output: 20 KiB each at most.
    package static let tailsKept = 1_000
    /// Contradictions listed for one run: beyond that the first is what matters.
    package static let inconsistencies = 100
}

private func saturatingSum(_ left: Int64?, _ right: Int64?) -> Int64? {
    right.map { (left ?? 0).addingSaturated($0) } ?? left
}
