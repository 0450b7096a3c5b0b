/// Which steps of a finished run stand in a new one, and which are run in it.
package struct RetryPlan: Sendable, Equatable {
    /// What was asked for.
    package enum Scope: Hashable, Sendable {
        /// All that did not end well.
        case unfinished
        /// This step, whatever became of it.
        case from(String)
        /// This step, and no other.
        case only(String)
    }

    /// What an earlier run says of a step.
    package enum Standing: Hashable, Sendable {
        /// It ended well, and what it left is there.
        case good
        /// It ended well, but this folder that it left is gone.
        case lost(String)
        /// It ended well, as another step than the plan has now.
        case changed
        /// It was not to run.
        case skipped
        /// It ended otherwise, or not at all; in words.
        case bad(String)
    }

    package enum Verdict: Sendable {
        case reuse
        case run
        /// Nobody asked for it.
        case leaveOut
    }

    /// By the steps' indices.
    package let verdicts: [Verdict]
    /// Steps because of which others run as well, in the plan's order.
    package let causes: [Int]

    /// - Parameters:
    ///   - plan: What the new run is to run.
    ///   - standings: What the earlier run says of each of its steps.
    ///   - scope: What was asked for.
    /// - Throws: `RetryFault` when the earlier run does not have what would have to stand.
    package init(
        _ plan: Plan,
        _ standings: [Standing],
        _ scope: Scope
    ) throws(RetryFault) {
        precondition(standings.count == plan.steps.count, "one standing for each step")
        switch scope {
        case .only(let name):
            let step = try RetryPlan.find(name, in: plan)
            causes = [step]
            verdicts = RetryPlan.alone(step, plan)
        case .from(let name):
            let step = try RetryPlan.find(name, in: plan)
            // What was skipped is asked again: that it needs something is no reason to fail.
            causes = plan.steps.indices.filter { other in
                other == step || standings[other] == .skipped && !plan.steps[other].isFinal
            }
            verdicts = RetryPlan.following(causes, plan)
        case .unfinished:
            // `finally` runs in any case, and is a reason by itself only where it failed.
            causes = plan.steps.indices.filter { step in
                standings[step] != .good && (!plan.steps[step].isFinal || standings[step].isBad)
            }
            verdicts = RetryPlan.following(causes, plan)
            guard causes.contains(where: { standings[$0] != .skipped }) else {
                throw .nothingToRun
            }
        }
        try check(plan, standings, asked: causes.first { scope.names(plan.steps[$0].name) })
    }

    private func check(
        _ plan: Plan,
        _ standings: [Standing],
        asked: Int?
    ) throws(RetryFault) {
        for step in plan.steps.indices where verdicts[step] == .reuse {
            guard standings[step] != .good else { continue }
            throw .notReusable(step: plan.steps[step].name, standings[step])
        }
        guard let asked, plan.steps[asked].when == .failure else { return }
        if plan.steps[asked].needs.allSatisfy({ verdicts[$0] == .reuse }) {
            throw .onlyAfterFailure(step: plan.steps[asked].name)
        }
    }

    /// Indices of the steps with this verdict.
    package func steps(_ verdict: Verdict) -> [Int] {
        verdicts.indices.filter { verdicts[$0] == verdict }
    }

    private static func find(_ name: String, in plan: Plan) throws(RetryFault) -> Int {
        if let step = plan.steps.firstIndex(where: { $0.name == name }) { return step }
        let near = NameSuggestion.nearest(to: name, among: plan.steps.map(\.name))
        throw .noSuchStep(name, near: near)
    }

    /// The steps themselves and all that needs them run, and what comes last; the rest is reused.
    private static func following(_ steps: [Int], _ plan: Plan) -> [Verdict] {
        var verdicts = [Verdict](repeating: .reuse, count: plan.steps.count)
        let dependents = Dependents(plan)
        var open = steps
        while let step = open.popLast() {
            guard verdicts[step] == .reuse else { continue }
            verdicts[step] = .run
            open += dependents[step]
        }
        for step in plan.steps.indices where plan.steps[step].isFinal { verdicts[step] = .run }
        return verdicts
    }

    private static func alone(_ step: Int, _ plan: Plan) -> [Verdict] {
        var verdicts = [Verdict](repeating: .leaveOut, count: plan.steps.count)
        verdicts[step] = .run
        for need in plan.steps[step].needs { verdicts[need] = .reuse }
        return verdicts
    }
}

extension RetryPlan.Scope {
    fileprivate func names(_ step: String) -> Bool {
        switch self {
        case .unfinished: false
        case .from(let name), .only(let name): name == step
        }
    }
}

/// Why a run cannot be repeated as asked.
package enum RetryFault: Error, Hashable, CustomStringConvertible {
    case noSuchStep(String, near: String?)
    /// Every step ended well.
    case nothingToRun
    /// The step would have to stand as it is.
    case notReusable(step: String, RetryPlan.Standing)
    /// The step was asked for, and all that it waits for to fail is reused.
    case onlyAfterFailure(step: String)
    /// What would stand was done otherwise, in words.
    case otherCircumstances(String)

    package var description: String {
        switch self {
        case .noSuchStep(let name, let near):
            "the pipeline has no step `\(name)`" + (near.map { "; did you mean `\($0)`?" } ?? "")
        case .nothingToRun:
            "every step ended well: there is nothing to run again; `--from STEP` runs a step and "
                + "what follows it"
        case .notReusable(let step, let standing):
            "step `\(step)` cannot be reused: \(standing.why); begin with it: `--from \(step)`"
        case .onlyAfterFailure(let step):
            "step `\(step)` runs only after a failure, and all that it needs succeeded"
        case .otherCircumstances(let words): "what is there cannot be reused: \(words)"
        }
    }
}

extension RetryPlan.Standing {
    fileprivate var isBad: Bool {
        if case .bad = self { true } else { false }
    }

    fileprivate var why: String {
        switch self {
        case .good: "nothing is wrong with it"
        case .lost(let path): "its folder \(path) is gone"
        case .changed: "the file has another step of that name now"
        case .skipped: "it was skipped"
        case .bad(let words): words
        }
    }
}
