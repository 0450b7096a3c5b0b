package import Pipeline

/// One row of `weir runs`: what the two ends of a journal tell, and more where it was folded.
package struct RunListRow: Sendable, Hashable {
    package enum Status: Sendable, Hashable {
        case active(RunSnapshot.State)
        /// Not ended, and nobody runs it: `weir resume` goes on with it.
        case interrupted
        case ended(Outcome)
        /// Its journal cannot be read; `detail` says why.
        case unreadable

        /// `failure`, `executing`, `interrupted`: what people and machines read.
        package var word: String {
            switch self {
            case .active(let state): state.rawValue
            case .interrupted: "interrupted"
            case .ended(let outcome): outcome.result.rawValue
            case .unreadable: "unreadable"
            }
        }
    }

    package var run: RunID
    package var pipeline: String?
    package var status: Status
    package var startedAt: Timestamp?
    package var duration: Duration?
    /// Steps that have ended, of `total`.
    package var done: Int?
    package var total: Int?
    /// What a person wants to know beside the result: the step at fault and why.
    package var detail: String?

    package init(
        run: RunID,
        pipeline: String? = nil,
        status: Status,
        startedAt: Timestamp? = nil,
        duration: Duration? = nil,
        done: Int? = nil,
        total: Int? = nil,
        detail: String? = nil
    ) {
        self.run = run
        self.pipeline = pipeline
        self.status = status
        self.startedAt = startedAt
        self.duration = duration
        self.done = done
        self.total = total
        self.detail = detail
    }

    /// - Returns: `nil` for a run whose journal has no start.
    package init?(_ run: RunSnapshot, isInterrupted: Bool = false, at now: Timestamp? = nil) {
        guard let started = run.started else { return nil }
        self.init(
            run: started.run,
            pipeline: started.pipeline,
            status: run.outcome.map(Status.ended)
                ?? (isInterrupted ? .interrupted : .active(run.state)),
            startedAt: run.startedAt,
            // A run that nobody runs has not been running since its last event.
            duration: run.elapsed(at: isInterrupted ? nil : now),
            done: run.counts.finished,
            total: run.stepCount,
            detail: RunListRow.detail(run)
        )
    }

    private static func detail(_ run: RunSnapshot) -> String? {
        guard let end = run.end else {
            let running = run.steps.filter { $0.state == .running }.prefix(3).map(\.name)
            return running.isEmpty ? nil : running.joined(separator: ", ")
        }
        guard end.outcome.result != .success else { return nil }
        let step = end.step.flatMap { run.step($0) }.map(StepWords.ending)
        return step ?? end.message ?? run.stop.map(OutcomeWords.stop)
    }
}
