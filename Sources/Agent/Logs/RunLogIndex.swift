import Journal
package import Pipeline
package import Telemetry

/// Which attempts a run has made, as far as its journal tells; it can be asked again while the run
/// goes on.
package struct RunLogIndex {
    package let folder: RunFolder
    /// In the order of their starts.
    package private(set) var attempts: [AttemptRef] = []
    /// Attempts that print no more.
    package private(set) var ended: Set<AttemptRef> = []
    /// Steps that have begun or ended.
    package private(set) var steps: Set<String> = []
    package private(set) var started: RunStarted?
    /// Nothing follows.
    package private(set) var isOver = false
    private var position = JournalPosition.start

    /// Reads the journal as it stands.
    package init(_ folder: RunFolder) throws(StateError) {
        self.folder = folder
        try refresh()
    }

    /// Reads what has been written since.
    package mutating func refresh() throws(StateError) {
        guard !isOver else { return }
        var news: [RunEvent] = []
        let report = try folder.events(from: position) { event in
            if case .known(let recorded) = event { news.append(recorded.event) }
        }
        position = JournalPosition(
            offset: report.end,
            nextSequence: report.nextSequence,
            line: position.line + report.lines
        )
        for event in news { apply(event) }
    }

    private mutating func apply(_ event: RunEvent) {
        switch event {
        case .runStarted(let content): started = content
        case .attemptStarted(let attempt):
            attempts.append(attempt)
            steps.insert(attempt.step)
        case .attemptFinished(let attempt, _): ended.insert(attempt)
        case .stepFinished(let step, _): steps.insert(step)
        case .runFinished: isOver = true
        default: break
        }
    }

    /// Whose lines an attempt's are.
    package func source(of attempt: AttemptRef) -> LogSource {
        let run = started?.run ?? folder.id
        let isFinal = started?.finalSteps.contains(attempt.step) ?? false
        let own = TraceID(high: run.high, low: run.low)
        return LogSource(
            run: run,
            attempt: attempt,
            traceID: started?.trace.traceID ?? own,
            spanID: SpanPath.attempt(attempt).spanID(in: run, isFinal: isFinal)
        )
    }

    /// Of whom something is wanted.
    package struct Selection: Hashable, Sendable {
        package var step: String?
        package var attempt: Int?
        package var part: StepPart?
        package var stream: StepStream?

        package init(
            step: String? = nil,
            attempt: Int? = nil,
            part: StepPart? = nil,
            stream: StepStream? = nil
        ) {
            self.step = step
            self.attempt = attempt
            self.part = part
            self.stream = stream
        }

        package func contains(_ reference: AttemptRef) -> Bool {
            (step == nil || reference.step == step)
                && (attempt == nil || reference.number == attempt)
                && (part == nil || reference.part == part)
        }

        package func contains(_ piece: LogPiece) -> Bool {
            stream == nil || piece.stream == nil || piece.stream == stream
        }
    }
}

extension RunFolder {
    /// The steps of the run's plan, those that have not begun included; none where it cannot be
    /// read.
    package func stepNames() throws(StateError) -> [String] {
        let document = try plan()
        let reading = PipelineReader.read(Array(document.spec.utf8), file: document.file)
        return reading.plan?.steps.map(\.name) ?? []
    }
}
