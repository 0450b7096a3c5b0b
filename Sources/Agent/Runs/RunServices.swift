import Journal
package import Pipeline

/// What the runs of one process share: the thread that makes journals durable, the one that sends
/// spans, and the knowledge of whose child is whose.
package final class RunServices: Sendable {
    let syncer: SyncThread
    package let exporter: TelemetryExporter?
    /// What the runs' children send to.
    package let receiver: Receiver?
    let children: ChildRegistry
    /// The pools, rate limits and breakers of all of them.
    package let flow: FlowDesk

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - setting: Whether spans are sent, and where.
    ///   - state: Where runs that others left unsent are looked for.
    ///   - children: Told of every process of every run.
    ///   - policies: The gates that are known from the start.
    /// - Throws: When the system has no thread or descriptor to give.
    package init(
        _ setting: RunSetting,
        in state: StateFolder,
        children: ChildRegistry = ChildRegistry(),
        policies: FlowPolicies = FlowPolicies()
    ) throws {
        self.children = children
        flow = FlowDesk(policies, store: FlowStore(state.flowPath, in: state.storage))
        syncer = try SyncThread()
        exporter = try setting.makeExporter(backlog: state)
        receiver = try setting.makeReceiver()
    }

    /// Ends the threads: what is written is durable then, and what could not be sent is counted.
    ///
    /// - Returns: What became of the spans; `nil` when none are sent.
    package func stop() -> ExportSummary? {
        syncer.stop()
        receiver?.stop()
        return exporter?.finish()
    }
}
