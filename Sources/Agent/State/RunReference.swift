import Pipeline

extension StateFolder {
    /// The run that `reference` means: an id, the only run whose id begins or ends so, `last`, or
    /// a pipeline's name, for its last run.
    ///
    /// A text that is the end of one run's id and the name of a pipeline with another last run is
    /// ambiguous: `cancel` and `retry` must not guess.
    ///
    /// - Throws: `noSuchRun`, `ambiguousRun`, `unusable`.
    package func resolve(_ reference: String) throws(StateError) -> RunFolder {
        let ids = try runIDs()
        if let exact = RunID(hex: reference) {
            guard ids.contains(exact) else { throw noSuchRun(reference) }
            return run(exact)
        }
        if reference == "last" {
            guard let newest = ids.first else { throw noSuchRun(reference) }
            return run(newest)
        }
        guard !reference.isEmpty else { throw noSuchRun(reference) }
        var candidates = ids.filter { id in
            let text = id.description
            return text.hasPrefix(reference) || text.hasSuffix(reference)
        }
        if let named = lastRun(of: reference, among: ids), !candidates.contains(named) {
            candidates.append(named)
        }
        guard let first = candidates.first else { throw noSuchRun(reference) }
        guard candidates.count == 1 else {
            throw .ambiguousRun(reference: reference, candidates: candidates)
        }
        return run(first)
    }

    /// The newest run of the pipeline, whatever became of it; `nil` where it has none.
    package func lastRun(of pipeline: String) throws(StateError) -> RunFolder? {
        lastRun(of: pipeline, among: try runIDs()).map(run)
    }

    private func noSuchRun(_ reference: String) -> StateError {
        .noSuchRun(reference: reference, lookedIn: runsPath)
    }

    /// The newest run of the pipeline; runs that cannot be read are nobody's.
    private func lastRun(of pipeline: String, among ids: [RunID]) -> RunID? {
        ids.first { id in
            guard let event = try? run(id).firstEvent(),
                case .runStarted(let started) = event.event
            else { return false }
            return started.pipeline == pipeline
        }
    }
}
