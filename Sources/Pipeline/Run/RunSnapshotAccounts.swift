/// Where the time of a run went.
package struct RunAccounts: Sendable, Hashable {
    /// Steps that could have run and did not: for a worker, for their next attempt.
    package let waiting: Duration
    /// Attempts whose work counted: that succeeded, still run, or said no to a condition.
    package let running: Duration
    /// Attempts that did not succeed.
    package let wasted: Duration
    package let wall: Duration
    /// Busy time over what the workers could have done: 1 when all were busy all the time.
    ///
    /// `nil` when no time has passed.
    package let parallelEfficiency: Double?

    /// The time that workers were busy.
    package var busy: Duration { running + wasted }
}

extension RunSnapshot {
    /// The chain of steps that decided how long the run took.
    package struct CriticalPath: Sendable, Hashable {
        /// From the first to the last, without steps that never started.
        package let steps: [String]
        /// The steps' times from first start to end, added up: what the chain would take if a
        /// worker were always free.
        package let duration: Duration
    }

    /// Walks back from the step that ended last, from each to the need that it waited for
    /// longest.
    ///
    /// - Returns: `nil` while no step that ran has ended.
    package var criticalPath: CriticalPath? {
        guard let lastEnded else { return nil }
        var names: [String] = []
        var duration = Duration.zero
        var next: Int? = lastEnded
        // A forged `after` could lead round in a circle.
        for _ in steps {
            guard let position = next else { break }
            let step = steps[position]
            if let startedAt = step.startedAt, let endedAt = step.endedAt {
                names.append(step.name)
                duration += max(.zero, endedAt - startedAt)
            }
            next = step.after.flatMap { index[$0] }
        }
        return CriticalPath(steps: names.reversed(), duration: duration)
    }

    /// Adds up the steps' times; what is under way counts until `now`, or until the last event.
    package func accounts(at now: Timestamp? = nil) -> RunAccounts {
        let until = horizon(now)
        var waiting = Duration.zero
        var running = Duration.zero
        var wasted = Duration.zero
        for step in steps {
            guard let readyAt = step.readyAt, let stepEnd = step.endedAt ?? until else { continue }
            // Undoing a step is not the run's work, and not waiting for it either.
            let isOpen = step.state == .running
            let inFlight = isOpen ? step.current?.duration(at: until) ?? .zero : .zero
            let useful = step.useful + inFlight
            running += useful
            wasted += step.wasted
            waiting += max(.zero, stepEnd - readyAt - useful - step.wasted)
        }
        let wall = elapsed(at: now) ?? .zero
        let possible = wall.seconds * Double(max(1, started?.workers ?? 1))
        let busy = (running + wasted).seconds
        return RunAccounts(
            waiting: waiting,
            running: running,
            wasted: wasted,
            wall: wall,
            parallelEfficiency: possible > 0 ? busy / possible : nil
        )
    }
}

extension Duration {
    /// As a floating-point number, for ratios and for people.
    package var seconds: Double {
        let (whole, attoseconds) = components
        return Double(whole) + Double(attoseconds) / 1e18
    }
}
