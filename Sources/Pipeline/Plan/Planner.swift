/// Checks a spec as a whole and makes the plan of it: names become indices, defaults are filled in,
/// references are proved to lead somewhere.
///
/// Like the decoder it goes on after a fault; the plan is given only if there was none at all.
struct Planner {
    let spec: PipelineSpec
    let zones: ZoneSource
    var diagnostics: DiagnosticList
    var paramNames: Set<String> = []
    /// Their names as variables have them: `WEIR_PARAM_<FORM>`.
    var paramForms: Set<String> = []
    var secretNames: Set<String> = []
    var stepIndices: [String: Int] = [:]
    /// The steps by the form their names have in variables: `WEIR_DIR_<FORM>`.
    var stepForms: [String: Int] = [:]
    var steps: [PlannedStep] = []
    /// Where each need was written, beside `PlannedStep.needs`; `nil` for a sequence's own.
    var needOffsets: [[Int?]] = []
    /// `env` and `workdir` of `defaults`, parsed once for all steps.
    var defaultEnvironment: [EnvironmentEntry]?
    var defaultWorkdir: Template?
    var flow = FlowPolicies()
    /// One for all steps that are not retried: making its set for each would show.
    let singleAttempt = RetryPolicy()

    /// The plan of a spec, if nothing is wrong with it; `stem` names a pipeline without `name`.
    static func plan(
        _ spec: PipelineSpec,
        stem: String,
        zones: ZoneSource,
        reporting diagnostics: inout DiagnosticList
    ) -> Plan? {
        var planner = Planner(spec: spec, zones: zones, diagnostics: diagnostics)
        let plan = planner.plan(stem: stem)
        diagnostics = planner.diagnostics
        return diagnostics.hasErrors ? nil : plan
    }

    private init(spec: PipelineSpec, zones: ZoneSource, diagnostics: DiagnosticList) {
        self.spec = spec
        self.zones = zones
        self.diagnostics = diagnostics
    }

    private mutating func plan(stem: String) -> Plan {
        let name = pipelineName(stem: stem)
        let params = plannedParams()
        let secrets = spec.secrets.map(\.text)
        secretNames = Set(secrets)
        readFlow()
        let env = spec.env.map { entry($0, .allSteps(place: "the pipeline's `env`"), nil) }
        let defaults = TemplateScope.allSteps(place: "`defaults`")
        defaultEnvironment = spec.defaults.env?.map { entry($0, defaults, nil) }
        defaultWorkdir = spec.defaults.workdir.map { template($0, defaults, nil) }
        indexSteps()
        steps.reserveCapacity(spec.steps.count)
        for (index, step) in spec.steps.enumerated() { addStep(step, at: index) }
        let graph = StepGraph(needs: steps.map(\.needs))
        reportCycles(of: graph)
        readVariables()
        warnAboutUnusedGates()
        return Plan(
            name: name,
            description: spec.description?.text,
            params: params,
            secrets: secrets,
            env: env,
            timeout: spec.timeout,
            workers: spec.workers,
            failure: spec.failure ?? .stop,
            recoveries: spec.recoveries ?? Limits.recoveries,
            flow: flow,
            schedules: plannedSchedules(),
            steps: steps,
            waves: waves(of: graph)
        )
    }

    mutating func report(_ fault: @autoclosure () -> PlanFault, at offset: Int) {
        diagnostics.report(fault(), at: offset)
    }

    /// What stands in `finally` comes after all else, whatever it needs.
    private func waves(of graph: StepGraph) -> [[Int]] {
        let waves = graph.waves()
        guard let first = steps.firstIndex(where: \.isFinal) else { return waves }
        let finals = StepGraph(
            needs: steps.map { $0.isFinal ? $0.needs.filter { $0 >= first } : [] }
        )
        func those(_ waves: [[Int]], _ isIncluded: (Int) -> Bool) -> [[Int]] {
            waves.map { $0.filter(isIncluded) }.filter { !$0.isEmpty }
        }
        return those(waves) { $0 < first } + those(finals.waves()) { $0 >= first }
    }

    private mutating func pipelineName(stem: String) -> String {
        let name = spec.name?.text ?? stem
        if !SpecName.isPipelineName(name) {
            let fault = PlanFault.badPipelineName(name, isFromFile: spec.name == nil)
            report(fault, at: spec.name?.offset ?? 0)
        }
        return name
    }

    /// Two names that differ only where a variable's name cannot would hide one another.
    private mutating func indexSteps() {
        stepIndices.reserveCapacity(spec.steps.count)
        stepForms.reserveCapacity(spec.steps.count)
        for (index, step) in spec.steps.enumerated() {
            let name = step.name.text
            if !SpecName.isStepName(name) {
                report(.badName(name, of: "step"), at: step.name.offset)
            }
            if let first = stepIndices[name] {
                let place = diagnostics.place(at: spec.steps[first].name.offset)
                report(.duplicateStep(name, place), at: step.name.offset)
                continue
            }
            stepIndices[name] = index
            let form = SpecName.environmentForm(name)
            if let other = stepForms[form] {
                let otherName = spec.steps[other].name.text
                report(.sameVariable(name, otherName, "WEIR_DIR_\(form)"), at: step.name.offset)
            } else {
                stepForms[form] = index
            }
        }
    }

    private mutating func reportCycles(of graph: StepGraph) {
        for cycle in graph.cycles(limit: Limits.diagnostics) {
            let names = cycle.map { steps[$0].name }
            guard let first = cycle.first else { continue }
            let second = cycle.count > 1 ? cycle[1] : first
            let position = steps[first].needs.firstIndex(of: second) ?? 0
            let offset = needOffsets[first][position] ?? spec.steps[first].offset
            report(.cycle(names), at: offset)
        }
    }
}
