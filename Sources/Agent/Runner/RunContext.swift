package import Pipeline
package import Telemetry

/// All that steps of one run are given besides their own text.
package struct RunContext: Sendable {
    package var run: RunID
    package var startedAt: Timestamp
    package var scheduledAt: Timestamp
    /// Of the slot's zone, in seconds east of UTC.
    package var scheduledOffset = 0
    package var trace: TraceContext
    /// What of `trace` children are given.
    package var propagators: [Propagator]
    /// False when Weir makes no spans (`OTEL_SDK_DISABLED`): children then get the caller's
    /// context as it came.
    package var isTraced: Bool
    /// Absolute: the folder of the pipeline's file, where steps work.
    package var directory: String
    /// Absolute: below it lie the steps' own folders.
    package var outputs: String
    /// Absolute: where attempts leave their outputs; removed with the run's end.
    package var scratch: String
    /// Folders of steps that are not run here, from the runs that did.
    package var reusedFolders: [String: String]
    package var params: [(name: String, value: String)]
    /// Weir's own environment.
    package var environment: [String: String]
    /// Values of the secrets the plan declares.
    package var secrets: [String: String]
    /// False for `weir exec`: the command has Weir's own standard streams.
    package var isCaptured: Bool
    /// Where other runs share this process, all their children; `nil`: the process is this run's
    /// alone, its children and its signals with it.
    package var children: ChildRegistry?
    /// The limit of open descriptors that children get; `nil`: Weir's own.
    package var openFiles: OpenFilesLimit?
    /// `nil`: nothing is cached.
    package var cache: CachePlace?
    /// Where children send spans, metrics and logs; `nil`: they are told nothing of that.
    package var telemetry: ChildTelemetry?
    /// Told each line that steps print; `nil`: nobody wants to know.
    package var lines: (any OutputLineSink)?
    /// Of one file of an attempt's log.
    package var logBytesMax = AttemptLog.bytesMax

    package init(
        run: RunID,
        startedAt: Timestamp,
        scheduledAt: Timestamp,
        trace: TraceContext,
        propagators: [Propagator] = Propagator.allCases,
        isTraced: Bool = true,
        directory: String,
        outputs: String,
        scratch: String,
        reusedFolders: [String: String] = [:],
        params: [(name: String, value: String)] = [],
        environment: [String: String] = [:],
        secrets: [String: String] = [:],
        isCaptured: Bool = true,
        children: ChildRegistry?,
        openFiles: OpenFilesLimit? = nil,
        cache: CachePlace? = nil
    ) {
        self.run = run
        self.startedAt = startedAt
        self.scheduledAt = scheduledAt
        self.trace = trace
        self.propagators = propagators
        self.isTraced = isTraced
        self.directory = directory
        self.outputs = outputs
        self.scratch = scratch
        self.reusedFolders = reusedFolders
        self.params = params
        self.environment = environment
        self.secrets = secrets
        self.isCaptured = isCaptured
        self.children = children
        self.openFiles = openFiles
        self.cache = cache
    }
}
