import Pipeline

/// The children that the fold changes for one pipeline, looked up once.
struct PipelineMeters: Sendable {
    private let registry: MetricRegistry
    private let name: String
    private let runs: [RunResult: CounterChild]
    private let failures: [Reason: CounterChild]
    private let active: [RunPhase: GaugeChild]
    private var steps: [String: StepMeters] = [:]
    let recoveries: CounterChild
    let oldestStart: GaugeChild

    /// Every counter of the pipeline exists from here on.
    init(_ name: String, _ registry: MetricRegistry) {
        self.registry = registry
        self.name = name
        // A run never ends as skipped: a slot that is passed over makes no run.
        runs = children(RunResult.allCases.filter { $0 != .skip }) {
            registry.counter(MetricCatalog.runsTotal, [name, $0.rawValue])
        }
        failures = children(Reason.ofFailures) {
            registry.counter(MetricCatalog.attemptFailures, [name, $0.rawValue])
        }
        active = children(RunPhase.allCases) {
            let gauge = registry.gauge(MetricCatalog.runsActive, [name, $0.rawValue])
            gauge.add(0)
            return gauge
        }
        recoveries = registry.counter(MetricCatalog.runRecoveries, [name])
        oldestStart = registry.gauge(MetricCatalog.runOldestActiveStart, [name])
    }

    mutating func step(_ step: String) -> StepMeters {
        if let known = steps[step] { return known }
        let new = StepMeters(name, step, registry)
        steps[step] = new
        return new
    }

    func showLoaded(_ isLoaded: Bool) {
        let info = registry.gauge(MetricCatalog.pipelineInfo, [name])
        if isLoaded { info.set(1) } else { info.clear() }
    }

    func change(_ phase: RunPhase, by amount: Double) {
        active[phase]?.add(amount)
    }

    func countTransition(of breaker: String, to state: BreakerState) {
        registry.counter(MetricCatalog.breakerTransitions, [breaker, state.rawValue]).add()
    }

    func countWait(forRateLimit name: String, _ duration: Duration) {
        if duration > .zero { registry.counter(MetricCatalog.rateLimitWait, [name]).add(duration) }
    }

    /// Counters of what the pipeline defines exist from here on.
    func declare(_ flow: FlowPolicies) {
        for name in flow.rateLimits.keys {
            registry.counter(MetricCatalog.rateLimitWait, [name]).add(.zero)
        }
        for name in flow.breakers.keys {
            for state in BreakerState.allCases {
                registry.counter(MetricCatalog.breakerTransitions, [name, state.rawValue]).add(0)
            }
        }
    }

    func countFailure(_ outcome: Outcome) {
        failures[outcome.reason]?.add()
    }

    func countRun(_ run: MeteredRun, _ end: RunEnd, at instant: Timestamp) {
        let result = end.outcome.result
        let counter =
            runs[result] ?? registry.counter(MetricCatalog.runsTotal, [name, result.rawValue])
        counter.add()
        let duration = max(.zero, instant - run.start)
        registry.histogram(MetricCatalog.runDuration, [name, result.rawValue])
            .observe(nanoseconds: duration.wholeNanoseconds)
        if result == .success {
            let success = registry.gauge(MetricCatalog.runLastSuccess, [name])
            success.set(max(success.value ?? -.infinity, instant.unixSeconds))
        }
        let finish = registry.gauge(MetricCatalog.runLastFinish, [name])
        // After a restart runs need not come in the order in which they ended.
        guard instant.unixSeconds >= finish.value ?? -.infinity else { return }
        finish.set(instant)
        showLast(run, result, duration)
    }

    private func showLast(_ run: MeteredRun, _ result: RunResult, _ duration: Duration) {
        for other in RunResult.allCases where other != .skip || result == .skip {
            registry.gauge(MetricCatalog.runLastResult, [name, other.rawValue])
                .set(other == result ? 1 : 0)
        }
        let path = registry.gauge(MetricCatalog.runLastCriticalPath, [name])
        let chain = run.arithmetic.criticalPath()
        if chain.steps.isEmpty {
            path.clear()
        } else {
            path.set(Double(chain.running.wholeNanoseconds) / 1e9)
        }
        let efficiency = registry.gauge(MetricCatalog.runLastEfficiency, [name])
        let ratio = run.arithmetic.parallelEfficiency(
            workers: run.started.workers,
            duration: duration
        )
        if let ratio { efficiency.set(ratio) } else { efficiency.clear() }
    }
}

/// The children of one step.
struct StepMeters: Sendable {
    private let registry: MetricRegistry
    private let labels: [String]
    private let attempts: [RunResult: CounterChild]
    private let waits: [WaitBlocker: CounterChild]
    private let userCPU: CounterChild
    private let systemCPU: CounterChild
    private let read: CounterChild
    private let written: CounterChild
    let active: GaugeChild

    init(_ pipeline: String, _ step: String, _ registry: MetricRegistry) {
        let labels = [pipeline, step]
        func counter(_ metric: MetricDefinition, _ last: String) -> CounterChild {
            registry.counter(metric, labels + [last])
        }
        self.registry = registry
        self.labels = labels
        // An attempt is never skipped; asking `if` is not one of the command.
        attempts = children(RunResult.allCases.filter { $0 != .skip }) {
            counter(MetricCatalog.stepAttempts, $0.rawValue)
        }
        waits = children(WaitBlocker.allCases) { counter(MetricCatalog.stepWait, $0.rawValue) }
        userCPU = counter(MetricCatalog.stepCPU, "user")
        systemCPU = counter(MetricCatalog.stepCPU, "system")
        read = counter(MetricCatalog.stepIO, "read")
        written = counter(MetricCatalog.stepIO, "write")
        active = registry.gauge(MetricCatalog.stepsActive, labels)
        active.add(0)
    }

    func countWait(_ blocker: WaitBlocker, _ duration: Duration) {
        if duration > .zero { waits[blocker]?.add(duration) }
    }

    func countAttempt(_ part: StepPart, _ end: AttemptEnd) {
        let result = end.outcome.result.rawValue
        if part == .main {
            let counter =
                attempts[end.outcome.result]
                ?? registry.counter(MetricCatalog.stepAttempts, labels + [result])
            counter.add()
        }
        guard let usage = end.usage else { return }
        userCPU.add(usage.userCPU)
        systemCPU.add(usage.systemCPU)
        read.add(UInt64(max(0, usage.bytesRead ?? 0)))
        written.add(UInt64(max(0, usage.bytesWritten ?? 0)))
        if part == .main, let peak = usage.peakMemory {
            registry.gauge(MetricCatalog.stepLastPeakMemory, labels).set(Double(peak))
        }
    }

    /// A step stops waiting for one thing and begins to wait for another.
    func showBlocked(_ before: WaitBlocker?, _ after: WaitBlocker?) {
        for (blocker, amount) in [(before, -1.0), (after, 1.0)] {
            guard let blocker, blocker != .dependency else { continue }
            let gauge = registry.gauge(MetricCatalog.stepsBlocked, labels + [blocker.rawValue])
            // Of many steps few wait, and for few things each.
            let count = (gauge.value ?? 0) + amount
            if count == 0 { gauge.clear() } else { gauge.set(count) }
        }
    }

    func countCompensation(_ result: RunResult) {
        registry.counter(MetricCatalog.compensations, labels + [result.rawValue]).add()
    }

    /// A step that can be undone has counters for how that ended.
    func declareCompensation() {
        for result in RunResult.allCases where result != .skip {
            registry.counter(MetricCatalog.compensations, labels + [result.rawValue]).add(0)
        }
    }

    func countStep(_ duration: Duration, _ result: RunResult) {
        registry.histogram(MetricCatalog.stepDuration, labels + [result.rawValue])
            .observe(nanoseconds: duration.wholeNanoseconds)
    }
}

private func children<Key: Hashable, Child>(
    _ keys: [Key],
    _ make: (Key) -> Child
) -> [Key: Child] {
    Dictionary(keys.map { ($0, make($0)) }) { first, _ in first }
}

extension Timestamp {
    fileprivate var unixSeconds: Double { Double(nanoseconds) / 1e9 }
}
