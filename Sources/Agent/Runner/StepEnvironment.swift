import Pipeline
import Telemetry

/// Builds what an attempt is started with (design §4, "a script sees").
///
/// A class, because it is large: closures over it would copy it.
final class StepEnvironment {
    let plan: Plan
    let context: RunContext
    /// Folders of steps that are not run here.
    private var reusedFolders: [String: String]
    /// What is the same for every attempt.
    private let common: EnvironmentBlock
    private let folders: StepFolders
    private let givesTraceParent: Bool
    private let outputPrefix: String
    /// Names that start with one of these belong to Weir or to whoever started it.
    private static let withheldPrefixes = [
        "WEIR_", "WATCHDOG_", "LISTEN_", "OTEL_EXPORTER_OTLP_",
    ]
    private static let withheld: Set<String> = [
        "NOTIFY_SOCKET", "CREDENTIALS_DIRECTORY", "OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES",
        "TRACEPARENT", "TRACESTATE", "BAGGAGE",
    ]

    init(plan: Plan, context: RunContext) {
        self.plan = plan
        self.context = context
        reusedFolders = context.reusedFolders
        let secrets = Set(plan.secrets.flatMap { [$0, $0 + "_FILE"] })
        let kept = context.environment.filter { name, _ in
            !Self.withheld.contains(name) && !secrets.contains(name)
                && !Self.withheldPrefixes.contains(where: name.hasPrefix)
        }
        var block = EnvironmentBlock(kept.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        block.set("WEIR_RUN_ID", context.run.description)
        block.set("WEIR_PIPELINE", plan.name)
        let scheduledAt = RunClockText.instant(
            context.scheduledAt,
            utcOffset: context.scheduledOffset
        )
        block.set("WEIR_SCHEDULED_AT", scheduledAt)
        for (name, value) in context.params {
            block.set("WEIR_PARAM_" + variableName(name), value)
        }
        // OTel context propagation through the environment; inherited values are replaced. The
        // parent is each attempt's own span, where Weir makes spans.
        let trace = context.trace
        for (name, value) in trace.variables(for: trace.parent, propagators: context.propagators) {
            block.set(name, value)
        }
        givesTraceParent = context.isTraced && context.propagators.contains(.traceContext)
        context.telemetry?.prepare(&block)
        block.reserve(["TRACEPARENT", "WEIR_STEP", "WEIR_ATTEMPT", "WEIR_OUTPUT", "WEIR_DIR"])
        common = block
        folders = StepFolders(
            outputs: context.outputs,
            pipeline: plan.name,
            run: context.run,
            startedAt: context.startedAt
        )
        outputPrefix = context.scratch + "/"
    }

    /// Where an attempt may leave its outputs; nothing is created for it.
    func outputPath(of attempt: AttemptRef, stepIndex: Int) -> String {
        var path = outputPrefix
        path += String(stepIndex)
        path += attempt.part == .main ? "-main-" : "-\(attempt.part.rawValue)-"
        path += String(attempt.number)
        return path
    }

    /// The step's own folder: the same for every attempt and after every resume.
    func directory(of step: Int) -> String {
        let name = plan.steps[step].name
        return reusedFolders[name] ?? folders.path(of: name)
    }

    /// The step's work is somebody else's, and stands where they did it.
    func take(_ folder: String?, of step: String) {
        reusedFolders[step] = folder
    }

    /// What the attempt is started with; `outputs` is what finished steps gave, by step index, and
    /// `result` how the run stands, for a step of `finally`.
    ///
    /// Throws when a template asks for what is not there, or it all grows too large.
    func request(
        for attempt: AttemptRef,
        stepIndex: Int,
        outputs: [Int: [String: String]],
        result: RunResult? = nil
    ) throws(LaunchError) -> LaunchRequest {
        let step = plan.steps[stepIndex]
        var environment = common
        if givesTraceParent {
            let parent = traceParent(of: attempt, isFinal: step.isFinal)
            environment.set("TRACEPARENT", parent.description)
        }
        let outputPath = outputPath(of: attempt, stepIndex: stepIndex)
        // What is undone gives nothing to anybody.
        if attempt.part != .compensation { environment.set("WEIR_OUTPUT", outputPath) }
        if let result { environment.set("WEIR_RUN_RESULT", result.rawValue) }
        addNames(of: attempt, stepIndex: stepIndex, outputs: outputs, to: &environment)
        context.telemetry?.set(&environment, for: attempt, stepIndex: stepIndex)
        for name in step.secrets { environment.set(name, context.secrets[name] ?? "") }
        let known = attempt.part == .compensation ? step.needs + [stepIndex] : step.needs
        let resolve = resolver(for: known, outputs: outputs)
        for entries in [plan.env, step.env] {
            for entry in entries {
                environment.set(entry.name, try entry.value.rendered(resolve))
            }
        }
        context.telemetry?.bypassProxies(&environment, plan.env, step.env)
        guard environment.byteCount <= Limits.environmentBytes else {
            throw LaunchError(description: "the environment is larger than 1 MiB")
        }
        let workdir = try step.workdir?.rendered(resolve)
        return LaunchRequest(
            arguments: try arguments(of: step, attempt.part, resolve),
            environment: environment,
            directory: absolute(workdir ?? "."),
            outputPath: outputPath,
            isCaptured: context.isCaptured
        )
    }

    // MARK: - Parts

    private func arguments(
        of step: PlannedStep,
        _ part: StepPart,
        _ resolve: (Template.Reference) throws(LaunchError) -> String
    ) throws(LaunchError) -> [String] {
        if part == .condition {
            return step.shell + ["-c", step.condition ?? "", step.name]
        }
        let action = part == .compensation ? step.compensation?.action : step.action
        switch action {
        case nil: throw LaunchError(description: "nothing undoes this step")
        // $0 is the step's name, so that the shell's own messages name it.
        case .script(let text): return step.shell + ["-c", text, step.name]
        case .exec(let words):
            var arguments: [String] = []
            for word in words { arguments.append(try word.rendered(resolve)) }
            return arguments
        }
    }

    private func traceParent(of attempt: AttemptRef, isFinal: Bool) -> TraceParent {
        TraceParent(
            traceID: context.trace.traceID,
            spanID: SpanPath.attempt(attempt).spanID(in: context.run, isFinal: isFinal),
            flags: context.trace.flags
        )
    }

    private func addNames(
        of attempt: AttemptRef,
        stepIndex: Int,
        outputs: [Int: [String: String]],
        to environment: inout EnvironmentBlock
    ) {
        environment.set("WEIR_STEP", attempt.step)
        environment.set("WEIR_ATTEMPT", String(attempt.number))
        let step = plan.steps[stepIndex]
        if step.hasDirectory { environment.set("WEIR_DIR", directory(of: stepIndex)) }
        let isUndoing = attempt.part == .compensation
        for need in isUndoing ? step.needs + [stepIndex] : step.needs {
            let name = variableName(plan.steps[need].name)
            if plan.steps[need].hasDirectory {
                environment.set("WEIR_DIR_" + name, directory(of: need))
            }
            for (key, value) in outputs[need] ?? [:] {
                environment.set("WEIR_OUT_\(name)__\(variableName(key))", value)
            }
        }
    }

    func resolver(
        for known: [Int],
        outputs: [Int: [String: String]]
    ) -> (Template.Reference) throws(LaunchError) -> String {
        { [self] reference throws(LaunchError) in
            switch reference {
            case .param(let name): context.params.first { $0.name == name }?.value ?? ""
            case .env(let name): context.environment[name] ?? ""
            case .runID: context.run.description
            case .runScheduledAt:
                RunClockText.instant(context.scheduledAt, utcOffset: context.scheduledOffset)
            case .runScheduledDate:
                RunClockText.date(context.scheduledAt, utcOffset: context.scheduledOffset)
            case .secret(let name): context.secrets[name] ?? ""
            case .directory(let name): index(of: name, known).map { directory(of: $0) } ?? ""
            case .output(let name, let key):
                try output(key, of: name, among: known, outputs)
            }
        }
    }

    private func output(
        _ key: String,
        of name: String,
        among known: [Int],
        _ outputs: [Int: [String: String]]
    ) throws(LaunchError) -> String {
        guard let need = index(of: name, known), let value = outputs[need]?[key] else {
            throw LaunchError(
                description: "`${steps.\(name).outputs.\(key)}`: step `\(name)` gave no such output"
            )
        }
        return value
    }

    private func index(of name: String, _ known: [Int]) -> Int? {
        known.first { plan.steps[$0].name == name }
    }

    func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        return path == "." ? context.directory : context.directory + "/" + path
    }
}

/// A name as it stands in a variable: upper case, `-` as `_`.
func variableName(_ name: String) -> String {
    String(name.uppercased().map { $0 == "-" ? "_" : $0 })
}
