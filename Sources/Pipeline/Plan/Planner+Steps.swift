/// One step after the other.
extension Planner {
    mutating func addStep(_ spec: StepSpec, at index: Int) {
        let (needs, offsets) = needs(of: spec, at: index)
        needOffsets.append(offsets)
        checkEffect(of: spec, at: index)
        let secrets = handedSecrets(of: spec)
        let context = StepContext(
            needs: needs,
            secrets: secrets,
            isListed: spec.isFinal ? self.spec.isFinalSequence : self.spec.isSequence
        )
        checkGates(of: spec.settings)
        let settings = spec.settings.filled(from: self.spec.defaults)
        let env = spec.settings.env?.map { entry($0, .stepEnvironment, context) }
        var step = PlannedStep(
            name: spec.name.text,
            action: action(of: spec, context),
            needs: needs,
            when: spec.when?.value ?? (spec.isFinal ? .always : .success),
            condition: program(spec.condition, "an `if`"),
            env: env ?? defaultEnvironment ?? [],
            workdir: spec.settings.workdir.map { template($0, .step, context) } ?? defaultWorkdir,
            shell: settings.shell?.value ?? PlannedStep.defaultShell,
            timeout: settings.timeout ?? (spec.isFinal ? Limits.ending : nil),
            idleTimeout: settings.idleTimeout,
            grace: settings.grace ?? Limits.grace,
            onCrash: settings.onCrash ?? .repeat,
            retry: settings.retry ?? singleAttempt,
            allowFailure: settings.allowFailure ?? false,
            cache: settings.cache,
            secrets: secrets
        )
        step.gates = settings.gates
        step.isFinal = spec.isFinal
        step.compensation = compensation(of: spec, needs + [index], settings)
        steps.append(step)
    }

    /// In a sequence the step before is the first need, and `needs` may add others.
    private mutating func needs(of step: StepSpec, at index: Int) -> ([Int], [Int?]) {
        var needs: [Int] = []
        var offsets: [Int?] = []
        if follows(step, at: index) {
            needs.append(index - 1)
            offsets.append(nil)
        }
        var seen = SmallSet(needs)
        for need in step.needs {
            guard let target = stepIndices[need.text] else {
                let suggestion = suggestedStep(need.text)
                report(.unknownNeed(need.text, suggestion: suggestion), at: need.offset)
                continue
            }
            guard target != index else {
                report(.selfNeed(need.text), at: need.offset)
                continue
            }
            guard step.isFinal || !spec.steps[target].isFinal else {
                report(.needsFinal(need.text), at: need.offset)
                continue
            }
            if seen.insert(target) {
                needs.append(target)
                offsets.append(need.offset)
            }
        }
        return (needs, offsets)
    }

    /// Whether the step comes after the one before it because both stand in a list.
    private func follows(_ step: StepSpec, at index: Int) -> Bool {
        guard index > 0, spec.steps[index - 1].isFinal == step.isFinal else { return false }
        return step.isFinal ? spec.isFinalSequence : spec.isSequence
    }

    func suggestedStep(_ name: String) -> String? {
        suggestion(for: name, among: spec.steps.lazy.map(\.name.text))
    }

    func suggestion(for name: String, among known: some Sequence<String>) -> String? {
        diagnostics.hasRoom ? NameSuggestion.nearest(to: name, among: known) : nil
    }

    private mutating func checkEffect(of step: StepSpec, at index: Int) {
        if !step.hasKind { report(.noKind(step.name.text), at: step.offset) }
        if let shell = step.settings.shell, step.condition == nil, case .exec = step.action {
            report(.shellWithoutEffect, at: shell.offset)
        }
        let isAlone = step.needs.isEmpty && !follows(step, at: index) && !step.isFinal
        if let when = step.when, when.value == .failure, isAlone {
            report(.neverRuns, at: when.offset)
        }
        if let compensation = step.compensation, step.isFinal {
            report(.compensationOfFinal, at: compensation.offset)
        }
    }

    private mutating func handedSecrets(of step: StepSpec) -> [String] {
        for secret in step.secrets where !secretNames.contains(secret.text) {
            let suggestion = suggestion(
                for: secret.text,
                among: spec.secrets.map(\.text)
            )
            report(.undeclaredSecret(secret.text, suggestion: suggestion), at: secret.offset)
        }
        return step.secrets.map(\.text)
    }

    private mutating func action(of step: StepSpec, _ context: StepContext) -> StepAction {
        action(step.action, context)
    }

    /// What the step undoes has ended by then, so its outputs are known beside those of its needs.
    private mutating func compensation(
        of step: StepSpec,
        _ known: [Int],
        _ settings: StepSettings
    ) -> PlannedCompensation? {
        guard let spec = step.compensation else { return nil }
        if settings.cache != nil { report(.compensationOfCached, at: spec.offset) }
        let secrets = step.secrets.map(\.text)
        let context = StepContext(needs: known, secrets: secrets, isListed: self.spec.isSequence)
        return PlannedCompensation(
            action: action(spec.value.action, context),
            timeout: spec.value.timeout ?? settings.timeout ?? Limits.ending,
            retry: spec.value.retry ?? PlannedCompensation.standardRetry
        )
    }

    private mutating func action(_ action: ActionSpec?, _ context: StepContext) -> StepAction {
        switch action {
        case .run(let script): return .script(program(script, "a script") ?? "")
        case .exec(let words): return .exec(arguments(words, context))
        case nil: return .script("")
        }
    }

    private mutating func arguments(_ words: [SpecText], _ context: StepContext) -> [Template] {
        var programs: [Int: String] = [:]
        for (index, interpreter) in InterpreterArguments.programs(in: words.map(\.text)) {
            programs[index] = interpreter
        }
        return words.enumerated().map { index, word in
            guard let interpreter = programs[index] else { return template(word, .step, context) }
            let text = program(word, "the text that \(quoted(interpreter)) runs") ?? ""
            return Template(text: text)
        }
    }

    /// A text that will be run as it is.
    private mutating func program(_ text: SpecText?, _ kind: String) -> String? {
        guard let text else { return nil }
        for finding in ProgramText.findings(in: text.text, program: kind) {
            diagnostics.report(finding.fault, at: text.offset(of: finding.position))
        }
        return text.text
    }
}
