import Pipeline

/// What another run takes over, as the events with which that begins.
extension RetrySource {
    func reuse(_ retry: RetryPlan, _ plan: Plan, _ mask: SecretMask) -> [RunEvent] {
        var events: [RunEvent] = []
        for (step, verdict) in zip(plan.steps, retry.verdicts) {
            switch verdict {
            case .run: continue
            case .leaveOut:
                let asked = retry.causes.first.map { plan.steps[$0].name }
                let end = StepEnd(Outcome(.condition), attempts: 0, because: asked)
                events.append(.stepFinished(step: step.name, end))
            case .reuse:
                guard let past = run.step(step.name) else { continue }
                events += reuse(past, hasDirectory: step.hasDirectory, mask)
            }
        }
        return events
    }

    private func reuse(
        _ step: StepSnapshot,
        hasDirectory: Bool,
        _ mask: SecretMask
    ) -> [RunEvent] {
        let source = ReusedStep(
            from: step.reused?.from ?? link,
            directory: hasDirectory ? directory(of: step) : nil
        )
        let outputs = step.outputs.map { output in
            // A secret may have changed to what was none then.
            let value = mask.masked(output.value)
            return RunEvent.outputReused(step: step.name, key: output.key, value: value)
        }
        let end = StepEnd(Outcome(.reused), attempts: 0)
        return [.stepReused(step: step.name, source)] + outputs
            + [.stepFinished(step: step.name, end)]
    }
}
