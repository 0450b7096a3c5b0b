import Pipeline

extension RunEngine {
    /// Takes outputs of the run's past, so that later steps get them.
    func restore(outputsFrom past: [RecordedEvent]) {
        for event in past { restore(outputsFrom: event.event) }
    }

    func restore(outputsFrom event: RunEvent) {
        switch event {
        case .outputSet(let attempt, let key, let value): keep(key, value, of: attempt.step)
        case .outputReused(let step, let key, let value): keep(key, value, of: step)
        default: return
        }
    }

    private func keep(_ key: String, _ value: String, of step: String) {
        guard let step = machine.index(of: step) else { return }
        outputs[step, default: [:]][key] = value
    }
}
