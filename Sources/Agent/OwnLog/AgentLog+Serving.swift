import Pipeline
import Telemetry
import Transport

/// What an agent itself does.
extension AgentLog {
    func tellStart(
        of desk: AgentDesk,
        listening addresses: [SocketAddress],
        _ metrics: AgentMetrics
    ) {
        let dropped = metrics.registry.counter(
            MetricCatalog.eventsDropped,
            [EventSubscriber.log.rawValue]
        )
        countDrops { dropped.add(UInt64(max(0, $0))) }
        watch(desk.host.services)
        write(.info, "started") {
            $0.with("version", WeirVersion.text).with("state", desk.state.path)
        }
        for address in addresses {
            write(.info, "listening") { $0.with("address", "\(address)") }
        }
        let pipelines = desk.pipelines
        write(.info, "pipelines loaded") {
            $0.with("count", pipelines.names.count).with("failed", pipelines.faults.count)
        }
        for fault in pipelines.faults {
            write(.error, "pipeline is not served") {
                $0.with("file", fault.file).with("error", fault.text)
            }
        }
    }

    /// - Parameters:
    ///   - run: Nobody took it up again for a day.
    ///   - pipeline: Its pipeline.
    ///   - fault: Why it could not be ended.
    func tellAbandoned(_ run: RunID, _ pipeline: String, _ fault: String?) {
        write(fault == nil ? .warn : .error, "abandoned run") {
            $0.with("run", run.description).with("pipeline", pipeline)
                .with("error", fault)
        }
    }
}
