import Pipeline

/// Where the time of a run went: fed as steps and attempts end, asked at the end.
///
/// A finished step costs its place in a table of names and 32 bytes.
package struct RunArithmetic: Sendable {
    /// Time in attempts whose work counted: their step went on from it.
    package var running: Duration { .nanoseconds(runningTime) }
    /// Time in attempts whose work was lost: they failed, were repeated, cancelled, or died.
    package var wasted: Duration { .nanoseconds(wastedTime) }
    /// Time, over all steps, from ready to end in which nothing of the step ran: for want of a
    /// worker, between attempts, while nobody owned the run.
    package var waiting: Duration { .nanoseconds(waitingTime) }

    // In nanoseconds, up to the 292 years that 64 bits hold.
    private var runningTime: Int64 = 0
    private var wastedTime: Int64 = 0
    private var waitingTime: Int64 = 0
    private var positions = NameTable()
    private var timings: [CompactTiming] = []

    package init() {}

    package var finishedSteps: Int { timings.count }

    package func hasFinished(_ step: String) -> Bool { hasFinished(HashedName(step)) }

    func hasFinished(_ step: HashedName) -> Bool { positions[step] != nil }

    /// Counts an attempt that ended.
    mutating func countAttempt(nanoseconds: Int64, _ outcome: Outcome) {
        switch outcome.result {
        case .success, .skip: runningTime = runningTime.addingSaturated(nanoseconds)
        case .failure, .error, .timeout, .cancellation:
            wastedTime = wastedTime.addingSaturated(nanoseconds)
        }
    }

    /// Counts a step that ended.
    ///
    /// - Parameters:
    ///   - timing: When it did what.
    ///   - busyTime: The time in its attempts, in nanoseconds; not negative.
    package mutating func countStep(_ timing: StepTiming, busyTime: Int64) {
        countStep(timing, HashedName(timing.step), busyTime: busyTime)
    }

    mutating func countStep(
        _ timing: borrowing StepTiming,
        _ name: HashedName,
        busyTime: Int64
    ) {
        let after = timing.after.flatMap { positions[$0] }
        guard let position = Int32(exactly: timings.count), positions.insert(name, position) else {
            return
        }
        timings.append(CompactTiming(timing, after: after))
        guard let ready = timing.ready else { return }
        let waited = timing.end.nanoseconds(since: ready) - busyTime
        waitingTime = waitingTime.addingSaturated(max(0, waited))
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
