import Pipeline

extension RunEngine {
    /// Takes outputs of the run's past, so that later steps get them.
    ///
    /// What its folders are is known from `RunContext.reusedFolders`.
    func restore(outputsFrom past: [RecordedEvent]) {
        for event in past { takeOutputs(of: event.event) }
    }

    /// Takes what an event hands on to later steps.
    func take(_ event: RunEvent) {
        if case .stepReused(let step, let source) = event {
            environment.take(source.directory, of: step)
        }
        takeOutputs(of: event)
    }

    private func takeOutputs(of event: RunEvent) {
        switch event {
        case .outputSet(let attempt, let key, let value): keep(key, value, of: attempt.step)
        case .outputReused(let step, let key, let value): keep(key, value, of: step)
        // Of an attempt that a crash cut off, or a reuse of which only a part was written.
        case .attemptStarted(let attempt) where attempt.part != .compensation:
            forgetOutputs(of: attempt.step)
        case .stepReused(let step, _): forgetOutputs(of: step)
        default: return
        }
    }

    private func keep(_ key: String, _ value: String, of step: String) {
        guard let step = machine.index(of: step) else { return }
        outputs[step, default: [:]][key] = value
    }

    private func forgetOutputs(of step: String) {
        guard !outputs.isEmpty, let step = machine.index(of: step) else { return }
        outputs[step] = nil
    }
}
