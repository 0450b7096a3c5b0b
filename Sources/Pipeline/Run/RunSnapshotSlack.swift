extension RunSnapshot {
    /// For every step, by position, how much later it could have ended without the run's last step
    /// ending later: 0 on the critical path.
    ///
    /// A pass backwards over what was: each step may end as late as the first of those that need
    /// it became ready, had that been as late as it could; how long each took from there, waiting
    /// for a worker included, stays as it was. `nil` for a step that never was ready. Empty while
    /// the run goes on, and where the plan is not known.
    package var slacks: [Duration?] {
        guard knowsSteps, end != nil, let last = steps.compactMap(\.ranUntil).max() else {
            return []
        }
        var open = [Int](repeating: 0, count: steps.count)
        for need in steps.flatMap(\.needs) where open.indices.contains(need) { open[need] += 1 }
        var latest = [Timestamp](repeating: last, count: steps.count)
        var done = steps.indices.filter { open[$0] == 0 }
        var next = 0
        while next < done.count {
            let position = done[next]
            next += 1
            // What never was ready took no time.
            let readyBy = latest[position] + (.zero - (steps[position].duration ?? .zero))
            for need in steps[position].needs where open.indices.contains(need) {
                latest[need] = min(latest[need], readyBy)
                open[need] -= 1
                if open[need] == 0 { done.append(need) }
            }
        }
        return zip(steps, latest).map { step, latest in
            step.ranUntil.map { max(.zero, latest - $0) }
        }
    }
}

extension StepSnapshot {
    /// The end of a step that was ready; of one that was not, the end says nothing of its work.
    fileprivate var ranUntil: Timestamp? { readyAt == nil ? nil : endedAt }
}
