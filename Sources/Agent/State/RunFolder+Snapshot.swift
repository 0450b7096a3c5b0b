package import Pipeline

extension RunFolder {
    /// Everything the journal tells, as far as it can be read, steps in the plan's order where the
    /// plan can be read too.
    package func snapshot() throws(StateError) -> RunSnapshot {
        var snapshot = storedPlan().map(RunSnapshot.init(plan:)) ?? RunSnapshot()
        try events { event in
            guard case .known(let recorded) = event else { return }
            _ = snapshot.apply(recorded)
        }
        return snapshot
    }

    /// The stored spec, planned anew; a run can be shown without it.
    private func storedPlan() -> Plan? {
        guard let document = try? plan() else { return nil }
        return PipelineReader.read(Array(document.spec.utf8), file: document.file).plan
    }
}
