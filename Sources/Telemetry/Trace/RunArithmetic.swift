package import Pipeline

/// Where the time of a run went: fed as steps and attempts end, asked at the end.
///
/// A finished step costs its place in a table of names and 32 bytes.
package struct RunArithmetic: Sendable {
    /// Time in attempts whose work counted: their step went on from it.
    package private(set) var running: Duration = .zero
    /// Time in attempts whose work was lost: they failed, were repeated, cancelled, or died.
    package private(set) var wasted: Duration = .zero
    /// Time, over all steps, from ready to end in which nothing of the step ran: for want of a
    /// worker, between attempts, while nobody owned the run.
    package private(set) var waiting: Duration = .zero

    private var positions = NameTable()
    private var timings: [CompactTiming] = []

    package init() {}

    package var finishedSteps: Int { timings.count }

    package func hasFinished(_ step: String) -> Bool { hasFinished(HashedName(step)) }

    func hasFinished(_ step: HashedName) -> Bool { positions[step] != nil }

    /// Counts an attempt that ended.
    package mutating func countAttempt(_ duration: Duration, outcome: Outcome) {
        switch outcome.result {
        case .success, .skip: running += duration
        case .failure, .error, .timeout, .cancellation: wasted += duration
        }
    }

    /// Counts a step that ended; `busy` is the time in its attempts.
    package mutating func countStep(_ timing: StepTiming, busy: Duration) {
        countStep(timing, HashedName(timing.step), busy: busy)
    }

    mutating func countStep(_ timing: borrowing StepTiming, _ name: HashedName, busy: Duration) {
        let after = timing.after.flatMap { positions[$0] }
        guard let position = Int32(exactly: timings.count), positions.insert(name, position) else {
            return
        }
        timings.append(CompactTiming(timing, after: after.map(Int.init)))
        if let ready = timing.ready {
            waiting += max(.zero, timing.end - ready - busy)
        }
    }

    package func criticalPath() -> CriticalPath {
        CriticalPath(compact: timings) { positions.names(of: $0.map { Int32($0) }) }
    }

    /// Time in attempts divided by what all workers together had; `nil` where either had none.
    package func parallelEfficiency(workers: Int, duration: Duration) -> Double? {
        let available = Double(duration.wholeNanoseconds) * Double(workers)
        guard available > 0, !timings.isEmpty else { return nil }
        return Double((running + wasted).wholeNanoseconds) / available
    }
}
