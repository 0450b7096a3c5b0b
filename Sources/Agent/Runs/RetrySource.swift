import Journal
package import Pipeline

/// A finished run as the source of a new one, which repeats it in whole or in part (design §2, G2).
package struct RetrySource: Sendable {
    package let folder: RunFolder
    package let plan: Plan
    let document: PlanDocument
    let started: RunStarted
    let run: RunSnapshot
    /// Where a step stands in `plan`.
    let positions: [String: Int]
    let folders: StepFolders

    /// Reads the run.
    ///
    /// - Throws: `unfinished`, `corrupt`, `noStart`, `unreadableEvent`, `damagedFile`, `journal`.
    package init(_ folder: RunFolder) throws(StateError) {
        self.folder = folder
        document = try folder.plan()
        guard case .runStarted(let started) = try folder.firstEvent().event else {
            throw .noStart(run: folder.id, path: folder.journalPath)
        }
        self.started = started
        plan = try document.read(startedAs: started, at: folder.planPath)
        positions = Dictionary(
            plan.steps.enumerated().map { ($1.name, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        run = try folder.wholeSnapshot(plan)
        guard run.end != nil, let startedAt = run.startedAt else {
            throw .unfinished(run: folder.id, pid: try folder.ownerPID())
        }
        folders = StepFolders(
            outputs: document.outputs,
            pipeline: plan.name,
            run: started.run,
            startedAt: startedAt
        )
    }

    var link: LinkedRun { LinkedRun(run: started.run, trace: started.trace.traceID) }

    /// The run's plan once more, with its parameters and for its slot; what is secret is read anew.
    ///
    /// Of the steps run those that `scope` says. Throws `RetryFault` or `RunRequest.Refusal`.
    package func newRun(
        _ id: RunID,
        _ scope: RetryPlan.Scope,
        trigger: String,
        environment: [String: String]
    ) throws -> NewRun {
        var request = RunRequest(
            plan: plan,
            spec: Array(document.spec.utf8),
            file: document.file,
            directory: document.directory,
            trigger: trigger,
            outputs: document.outputs
        )
        request.params = document.params.map { ($0.name, $0.value) }
        request.workers = document.workers
        return try newRun(id, request, scope, environment)
    }

    /// A run of today's file that goes on from this one's steps, for its slot.
    ///
    /// Parameters that `request` does not give are this run's.
    ///
    /// Throws `RetryFault` also when what is reused was done with other parameters, in another
    /// folder, or for a step that the file describes otherwise now; `RunRequest.Refusal`.
    package func newRun(
        _ id: RunID,
        repeatedBy request: RunRequest,
        _ scope: RetryPlan.Scope,
        environment: [String: String]
    ) throws -> NewRun {
        var request = request
        let given = Set(request.params.map(\.name))
        let known = Set(request.plan.params.map(\.name))
        for param in document.params where known.contains(param.name) {
            if !given.contains(param.name) { request.params.append((param.name, param.value)) }
        }
        return try newRun(id, request, scope, environment)
    }

    private func newRun(
        _ id: RunID,
        _ request: RunRequest,
        _ scope: RetryPlan.Scope,
        _ environment: [String: String]
    ) throws -> NewRun {
        let standings = request.plan.steps.indices.map { standing(of: $0, in: request.plan) }
        let retry = try RetryPlan(request.plan, standings, scope)
        var new = try request.newRun(
            id,
            scheduledAt: started.scheduledAt,
            scheduledOffset: started.scheduledOffset,
            environment: environment
        )
        if retry.verdicts.contains(.reuse) { try checkCircumstances(of: request) }
        let mask = SecretMask(values: Array(new.secrets.values))
        new.retryOf = link
        new.reuse = reuse(retry, request.plan, mask)
        new.notices = retry.causes.compactMap { step in
            guard case .lost(let path) = standings[step], retry.verdicts[step] == .run else {
                return nil
            }
            return "step `\(request.plan.steps[step].name)` runs again: its folder \(path) is gone"
        }
        return new
    }
}

extension RunFolder {
    /// The run as its journal tells it, if the journal is whole and all in it is known.
    fileprivate func wholeSnapshot(_ plan: Plan) throws(StateError) -> RunSnapshot {
        var snapshot = RunSnapshot(plan: plan)
        var stranger: (sequence: UInt64, cause: CodecError)?
        let report = try events { event in
            switch event {
            case .known(let recorded): _ = snapshot.apply(recorded)
            case .unknown(let sequence, _, let cause): stranger = stranger ?? (sequence, cause)
            }
        }
        if case .corrupt(let damage) = report.verdict {
            throw .corrupt(run: id, path: journalPath, damage: damage)
        }
        if let stranger {
            throw .unreadableEvent(run: id, sequence: stranger.sequence, cause: stranger.cause)
        }
        return snapshot
    }
}
