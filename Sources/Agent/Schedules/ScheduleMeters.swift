import Pipeline
import Telemetry

/// What an agent shows of its schedules.
struct ScheduleMeters: Sendable {
    private let registry: MetricRegistry

    init(_ registry: MetricRegistry) {
        self.registry = registry
    }

    /// Counters of what the pipeline defines exist from here on.
    func declare(_ plan: Plan) {
        guard !plan.schedules.isEmpty else { return }
        for policy in MissPolicy.allCases {
            registry.counter(MetricCatalog.scheduleMissed, [plan.name, policy.rawValue]).add(0)
        }
    }

    func count(_ event: AgentEvent) {
        guard case .slotsMissed(let key, let missed) = event else { return }
        registry.counter(MetricCatalog.scheduleMissed, [key.pipeline, missed.policy.rawValue])
            .add(UInt64(max(0, missed.count)))
    }

    /// A run began so long after it was due.
    func observeDelay(_ delay: Duration, of pipeline: String) {
        registry.histogram(MetricCatalog.scheduleDelay, [pipeline])
            .observe(nanoseconds: delay.wholeNanoseconds)
    }

    func showQueue(_ count: Int, since oldest: Timestamp?) {
        registry.gauge(MetricCatalog.queueDepth, ["schedule"]).set(Double(count))
        let gauge = registry.gauge(MetricCatalog.queueOldest, ["schedule"])
        if let oldest { gauge.set(oldest) } else { gauge.clear() }
    }

    /// - Parameters:
    ///   - next: When its next run is due; `nil`: never.
    ///   - since: When the first of its schedules was first seen.
    ///   - pipeline: Its name.
    ///   - plan: As it is served; `nil`: it is not.
    func show(_ next: Timestamp?, since: Timestamp?, of pipeline: String, _ plan: Plan?) {
        set(registry.gauge(MetricCatalog.scheduleNext, [pipeline]), next)
        let success = registry.gauge(MetricCatalog.runLastSuccess, [pipeline]).value
        let last = success.map { Timestamp(nanoseconds: Int64($0 * 1e9)) }
        let deadline = plan.flatMap { plan in
            [since, last].compactMap(\.self).max().flatMap { base in
                plan.successDeadline(after: base, usual: usualDuration(of: pipeline))
            }
        }
        set(registry.gauge(MetricCatalog.runSuccessDeadline, [pipeline]), deadline)
    }

    /// The bound that 99 of 100 successful runs have kept; `nil` where none has been seen.
    private func usualDuration(of pipeline: String) -> Duration? {
        let metric = MetricCatalog.runDuration
        return registry.snapshot(of: metric, [pipeline, RunResult.success.rawValue])?
            .bound(of: 0.99, in: metric.buckets ?? .work)
    }

    private func set(_ gauge: GaugeChild, _ instant: Timestamp?) {
        if let instant { gauge.set(instant) } else { gauge.clear() }
    }
}
