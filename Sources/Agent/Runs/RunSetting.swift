import Glibc
package import Pipeline
package import Telemetry

/// What a process brings to every run it runs: its environment and what that says about traces.
package struct RunSetting: Sendable {
    package var environment: [String: String]
    package var telemetry: OTelConfiguration
    package var resource: [ResourceAttribute]
    /// The limit of open descriptors that children get; `nil`: this process's own.
    package var openFiles: OpenFilesLimit?
    /// Whether what steps print is sent as logs.
    package var sendsOutput = false

    package init(
        environment: [String: String],
        telemetry: OTelConfiguration,
        resource: [ResourceAttribute],
        openFiles: OpenFilesLimit? = nil
    ) {
        self.environment = environment
        self.telemetry = telemetry
        self.resource = resource
        self.openFiles = openFiles
    }

    /// The default of `workers`.
    package var processors: Int {
        max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    }

    /// Sends what this process's runs have to tell, and what others left; `nil` without an endpoint.
    package func makeExporter(backlog state: StateFolder) throws -> TelemetryExporter? {
        guard !telemetry.exports.isEmpty else { return nil }
        let settings = telemetry.exports.mapValues {
            ExportSettings($0, version: WeirVersion.text)
        }
        return try TelemetryExporter(settings, backlog: state)
    }

    /// The run's first event; the sampler is asked here, once.
    func start(of run: NewRun, workers: Int) -> RunStarted {
        let incoming =
            run.incoming
            ?? IncomingContext(propagators: telemetry.propagators, environment: environment)
        let trace = TraceContext(run: run.id, incoming: incoming, sampler: telemetry.sampler)
        return RunStarted(
            run: run.id,
            pipeline: run.plan.name,
            stepCount: run.plan.steps.count,
            workers: workers,
            specDigest: run.document.specDigest,
            trigger: run.document.trigger,
            scheduledAt: run.scheduledAt,
            scheduledOffset: run.scheduledOffset,
            trace: trace,
            resource: resource,
            spanLimits: telemetry.spanLimits,
            isExported: telemetry.export != nil && trace.isSampled,
            request: run.request,
            retryOf: run.retryOf,
            finalSteps: run.plan.steps.reversed().prefix { $0.isFinal }.map(\.name).reversed()
        )
    }

    func context(
        _ started: RunStarted,
        _ past: [RecordedEvent],
        _ document: PlanDocument,
        _ stored: StoredPlan,
        scratch: String,
        isCaptured: Bool,
        cache: CachePlace,
        reception: SessionReception
    ) -> RunContext {
        var context = RunContext(
            run: started.run,
            startedAt: past.first?.at ?? started.scheduledAt,
            scheduledAt: started.scheduledAt,
            trace: started.trace,
            propagators: telemetry.propagators,
            isTraced: !telemetry.isDisabled,
            directory: document.directory,
            outputs: document.outputs,
            scratch: scratch,
            reusedFolders: StepFolders.reused(past),
            params: stored.params,
            environment: environment,
            secrets: stored.secrets,
            isCaptured: isCaptured,
            children: reception.registry,
            openFiles: openFiles,
            cache: cache
        )
        context.scheduledOffset = started.scheduledOffset
        context.telemetry = reception.children
        context.lines = reception.lines
        return context
    }

    /// What a resume needs besides the events: the plan as it was stored, never today's file, and
    /// the secrets, which are stored nowhere.
    func read(_ recovered: RecoveredRun, of folder: RunFolder) throws -> StoredPlan {
        let document = recovered.plan
        let plan = try recovered.readPlan()
        let given = document.params.map { ($0.name, $0.value) }
        let params = try ParamResolution.resolve(
            plan.params,
            given: given,
            run: folder.id,
            scheduledAt: recovered.started.scheduledAt,
            scheduledOffset: recovered.started.scheduledOffset
        )
        let secrets = SecretStore(environment: environment).values(of: plan.secrets)
        if let fault = secrets.faults.first { throw fault }
        return StoredPlan(plan: plan, params: params, secrets: secrets.values)
    }
}

/// A stored plan, ready to go on.
struct StoredPlan {
    var plan: Plan
    var params: [(name: String, value: String)]
    var secrets: [String: String]
}
