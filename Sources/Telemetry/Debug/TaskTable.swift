package import Pipeline

/// What everything is doing now: every run of a process, every step of it, every attempt of that.
///
/// A value, made of snapshots and of what the kernel said of the attempts' processes; what runs
/// comes first, then what waits, then what has ended. It is bounded: what is beyond `limit` steps
/// is counted and not shown.
package struct TaskTable: Sendable, Equatable {
    package internal(set) var at: Timestamp
    package internal(set) var runs: [TaskRun] = []
    /// Steps that are not shown, over all runs.
    package internal(set) var stepsOmitted = 0
    /// False when the kernel's list of processes was too long to be read to its end: figures of
    /// processes may then be too small, or missing.
    package internal(set) var isUsageComplete: Bool

    /// - Parameters:
    ///   - runs: The runs as they stand, with the last line that each running attempt printed.
    ///   - usage: What the processes of each process group use, by the group's number.
    ///   - isUsageComplete: Whether all processes were looked at.
    ///   - now: The instant that durations run to.
    ///   - limit: Steps shown at most, over all runs; earlier runs come first.
    package init(
        runs: [(snapshot: RunSnapshot, lastLines: [AttemptRef: String])],
        usage: [Int32: ProcessUsage] = [:],
        isUsageComplete: Bool = true,
        at now: Timestamp,
        limit: Int
    ) {
        at = now
        self.isUsageComplete = isUsageComplete
        var room = max(0, limit)
        for run in runs {
            guard var entry = TaskRun(run.snapshot, at: now) else { continue }
            let order = TaskStep.order(run.snapshot.steps)
            for position in order.prefix(room) {
                entry.steps.append(
                    TaskStep(run.snapshot, position, run.lastLines, usage, at: now)
                )
            }
            entry.stepsOmitted = run.snapshot.stepCount - entry.steps.count
            room -= entry.steps.count
            stepsOmitted += entry.stepsOmitted
            self.runs.append(entry)
        }
    }
}

/// What a group of processes uses together: an attempt's leader and what it started.
package struct ProcessUsage: Sendable, Hashable {
    /// Processes that live.
    package var processes = 0
    /// User and system time, children that were waited for included.
    package var cpu = Duration.zero
    /// Resident memory, in bytes; pages that several share are counted for each.
    package var residentBytes: Int64 = 0

    package init() {}
}

/// A run in the table.
package struct TaskRun: Sendable, Equatable {
    package internal(set) var run: RunID
    package internal(set) var pipeline: String
    package internal(set) var trigger: String
    package internal(set) var state: RunSnapshot.State
    package internal(set) var startedAt: Timestamp
    package internal(set) var elapsed: Duration
    package internal(set) var workers: Int
    package internal(set) var counts: StepCounts
    package internal(set) var recoveries: Int
    /// Why nothing new starts, in words.
    package internal(set) var stopping: String?
    package internal(set) var steps: [TaskStep] = []
    package internal(set) var stepsOmitted = 0

    /// - Returns: `nil` before the run's first event.
    fileprivate init?(_ run: RunSnapshot, at now: Timestamp) {
        guard let started = run.started, let startedAt = run.startedAt else { return nil }
        self.run = started.run
        pipeline = started.pipeline
        trigger = started.trigger
        state = run.state
        self.startedAt = startedAt
        elapsed = run.elapsed(at: now) ?? .zero
        workers = started.workers
        counts = run.counts
        recoveries = run.recoveries
        stopping = run.stop.map(OutcomeWords.stop)
    }
}

/// A step in the table.
package struct TaskStep: Sendable, Equatable {
    package enum State: String, Sendable {
        case running
        case blocked
        case finished
    }

    package internal(set) var step: String
    package internal(set) var state: State
    /// What it waits for; `nil` unless it is blocked.
    package internal(set) var blocker: Blocker?
    /// Since when it has been in this state.
    package internal(set) var since: Timestamp?
    /// For how long it has been in this state, while it has not ended.
    package internal(set) var elapsed: Duration?
    package internal(set) var outcome: Outcome?
    package internal(set) var attempts: [TaskAttempt] = []
    package internal(set) var attemptsOmitted = 0

    fileprivate init(
        _ run: RunSnapshot,
        _ position: Int,
        _ lastLines: [AttemptRef: String],
        _ usage: [Int32: ProcessUsage],
        at now: Timestamp
    ) {
        let step = run.steps[position]
        self.step = step.name
        if let blocked = run.blocked(position, at: now) {
            state = .blocked
            blocker = blocked.blocker
            since = blocked.since
        } else {
            // A step that is being undone has ended, and something of it runs.
            let isRunning = step.endedAt == nil || step.current != nil
            state = isRunning && run.end == nil ? .running : .finished
            since = step.current?.startedAt ?? step.endedAt
        }
        elapsed = state == .finished ? nil : since.map { max(.zero, now - $0) }
        outcome = step.outcome
        attemptsOmitted = step.attemptsDropped
        attempts = step.attempts.map { attempt in
            let name = AttemptRef(step: step.name, part: attempt.part, number: attempt.number)
            let isLive = attempt.endedAt == nil
            return TaskAttempt(
                attempt,
                usage: isLive ? attempt.pid.flatMap { usage[$0] } : nil,
                lastLine: isLive ? lastLines[name] : nil,
                at: now
            )
        }
    }

    /// Positions of steps: those that run, those that wait, those that have ended.
    fileprivate static func order(_ steps: [StepSnapshot]) -> [Int] {
        var ranks: [[Int]] = [[], [], []]
        for (position, step) in steps.enumerated() {
            switch step.state {
            case .running: ranks[0].append(position)
            case .waiting, .ready, .backingOff, .blocked: ranks[1].append(position)
            case .finished where step.current != nil: ranks[0].append(position)
            case .finished: ranks[2].append(position)
            }
        }
        return ranks.flatMap(\.self)
    }
}

/// An attempt in the table.
package struct TaskAttempt: Sendable, Equatable {
    package internal(set) var part: StepPart
    package internal(set) var number: Int
    package internal(set) var startedAt: Timestamp
    package internal(set) var elapsed: Duration
    /// `nil` once it has ended: its process group is gone, or has ended with it.
    package internal(set) var pid: Int32?
    package internal(set) var usage: ProcessUsage?
    package internal(set) var lastLine: String?
    package internal(set) var outcome: Outcome?

    fileprivate init(
        _ attempt: AttemptSnapshot,
        usage: ProcessUsage?,
        lastLine: String?,
        at now: Timestamp
    ) {
        part = attempt.part
        number = attempt.number
        startedAt = attempt.startedAt
        elapsed = max(.zero, attempt.duration(at: attempt.endedAt ?? now) ?? .zero)
        pid = attempt.endedAt == nil ? attempt.pid : nil
        self.usage = usage
        self.lastLine = lastLine
        outcome = attempt.outcome
    }
}
