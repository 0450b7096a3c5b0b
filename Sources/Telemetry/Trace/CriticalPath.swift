package import Pipeline

/// When one step of a run was ready, started and ended.
package struct StepTiming: Hashable, Sendable {
    package var step: String
    /// The need that ended last, or because of which the step was skipped.
    package var after: String?
    /// `nil`: it never became ready.
    package var ready: Timestamp?
    /// The start of its first process; `nil`: none was started.
    package var firstStart: Timestamp?
    package var end: Timestamp

    package init(
        step: String,
        after: String? = nil,
        ready: Timestamp? = nil,
        firstStart: Timestamp? = nil,
        end: Timestamp
    ) {
        self.step = step
        self.after = after
        self.ready = ready
        self.firstStart = firstStart
        self.end = end
    }
}

/// The chain of steps, each ready when the one before it ended, that ends with the run's last step.
///
/// Shortening a step outside it does not shorten the run. `running` is what the chain would take
/// with a free worker at every step's readiness; the rest of the run's duration is `waiting` for
/// workers and Weir's own time.
package struct CriticalPath: Hashable, Sendable {
    /// In the order in which they ran, without steps that never started.
    package var steps: [String] = []
    /// From each step's first start to its end, added up.
    package var running: Duration = .zero
    /// From each step's readiness to its first start, added up.
    package var waiting: Duration = .zero

    /// Of two steps that ended last together, the later one in the list counts.
    package init(_ timings: [StepTiming]) {
        var positions: [String: Int32] = [:]
        for (position, timing) in timings.enumerated() {
            positions[timing.step] = Int32(exactly: position)
        }
        self.init(
            compact: timings.map { timing in
                CompactTiming(timing, after: timing.after.flatMap { positions[$0] })
            },
            names: { $0.map { timings[$0].step } }
        )
    }

    /// As above; `names` gives the names of the steps at some positions of `timings`.
    init(compact timings: [CompactTiming], names: ([Int]) -> [String]) {
        var last: Int?
        for (position, timing) in timings.enumerated() where timing.hasStarted {
            if let best = last, timings[best].end > timing.end { continue }
            last = position
        }
        var chain: [Int] = []
        // A list from outside could hold a circle; a chain cannot be longer than the list.
        for _ in timings.indices {
            guard let position = last, timings.indices.contains(position) else { break }
            if timings[position].hasStarted { chain.append(position) }
            last = timings[position].after.map(Int.init)
        }
        for position in chain.reversed() {
            running += timings[position].running
            waiting += timings[position].waiting
        }
        steps = names(CriticalPath.mostRelevant(chain.reversed(), timings))
    }

    /// Of a very long chain the steps that ran longest, still in their order.
    private static func mostRelevant(_ chain: [Int], _ timings: [CompactTiming]) -> [Int] {
        guard chain.count > TraceLimits.criticalPathSteps else { return chain }
        let byLength = chain.indices.sorted { left, right in
            let (first, second) = (timings[chain[left]].running, timings[chain[right]].running)
            return first == second ? left < right : first > second
        }
        return byLength.prefix(TraceLimits.criticalPathSteps).sorted().map { chain[$0] }
    }
}

/// A step's timing without its name, for the thousands that a run may have: 32 bytes.
struct CompactTiming {
    private let readyNanoseconds: Int64
    private let firstStart: Int64
    private let endNanoseconds: Int64
    private let afterPosition: Int32
    let hasStarted: Bool

    init(_ timing: borrowing StepTiming, after: Int32?) {
        endNanoseconds = timing.end.nanoseconds
        let start = (timing.firstStart ?? timing.end).nanoseconds
        firstStart = min(start, endNanoseconds)
        let ready = timing.ready?.nanoseconds ?? start
        readyNanoseconds = min(ready, firstStart)
        afterPosition = after ?? -1
        hasStarted = timing.firstStart != nil
    }

    var after: Int32? { afterPosition < 0 ? nil : afterPosition }
    var end: Timestamp { Timestamp(nanoseconds: endNanoseconds) }
    var running: Duration { end - Timestamp(nanoseconds: firstStart) }
    var waiting: Duration {
        Timestamp(nanoseconds: firstStart) - Timestamp(nanoseconds: readyNanoseconds)
    }
}
