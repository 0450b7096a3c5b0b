import CLinux
import Glibc
import Pipeline

/// What of the run can stand in another one.
extension RetrySource {
    func standing(of index: Int, in plan: Plan) -> RetryPlan.Standing {
        let step = plan.steps[index]
        guard let past = run.step(step.name), let end = past.end else {
            return .bad("run \(folder.id) does not have it")
        }
        switch end.outcome.result {
        case .skip: return .skipped
        case .success: break
        case .failure, .error, .timeout, .cancellation:
            return .bad("in run \(folder.id) it ended as \(end.outcome.result.rawValue)")
        }
        guard past.compensation == nil else {
            return .bad("it was undone when run \(folder.id) failed")
        }
        guard isUnchanged(index, in: plan) else { return .changed }
        guard step.hasDirectory else { return .good }
        let path = directory(of: past)
        return isFolder(path) ? .good : .lost(path)
    }

    func directory(of step: StepSnapshot) -> String {
        step.reused?.directory ?? folders.path(of: step.name)
    }

    /// Whether the step would do the same as it did: its text, what it is given, whom it needs.
    private func isUnchanged(_ index: Int, in plan: Plan) -> Bool {
        let new = plan.steps[index]
        guard let old = positions[new.name].map({ self.plan.steps[$0] }) else { return false }
        return plan.env == self.plan.env && new.action == old.action && new.env == old.env
            && new.condition == old.condition && new.shell == old.shell
            && new.workdir == old.workdir && new.secrets == old.secrets
            && new.needs.map { plan.steps[$0].name } == old.needs.map { self.plan.steps[$0].name }
    }

    /// What was done in another folder or with other parameters does not stand.
    func checkCircumstances(of request: RunRequest) throws {
        guard request.directory == document.directory else {
            throw RetryFault.otherCircumstances(
                "run \(folder.id) worked in \(document.directory), not in \(request.directory)"
            )
        }
        let before = try values(of: plan, document.params.map { ($0.name, $0.value) })
        let now = try values(of: request.plan, request.params)
        for (name, value) in before where now.first(where: { $0.name == name })?.value != value {
            throw RetryFault.otherCircumstances(
                "parameter `\(name)` was `\(value)` in run \(folder.id): "
                    + "give `--param \(name)=\(value)`, or run all of it"
            )
        }
    }

    private func values(
        of plan: Plan,
        _ given: [(name: String, value: String)]
    ) throws -> [ParamResolution.Value] {
        // For both the same id: a default may hold it.
        try ParamResolution.resolve(
            plan.params,
            given: given,
            run: started.run,
            scheduledAt: started.scheduledAt,
            scheduledOffset: started.scheduledOffset
        )
    }

    private func isFolder(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
