import Pipeline

/// Every metric there is, once: names are written nowhere else (design §6).
///
/// The order is that of the exposition. A metric stands here when the feature behind it exists.
package enum MetricCatalog {
    package static let all = runs + steps + flow + schedules + exporter + journal + itself + process

    package static let runs = [
        runsTotal, runDuration, runsActive, runLastResult, runLastFinish, runLastSuccess,
        runOldestActiveStart, runLastCriticalPath, runLastEfficiency, runRecoveries, pipelineInfo,
    ]

    package static let steps = [
        stepDuration, stepAttempts, attemptFailures, stepWait, stepsActive, stepsBlocked, stepCPU,
        stepLastPeakMemory, stepIO, stepDurationBaseline, compensations, breakerTransitions,
        rateLimitWait,
    ]

    package static let flow = [workers, poolSize, poolInUse, poolWaiting, breakerState]
    package static let schedules = [
        runSuccessDeadline, scheduleNext, scheduleDelay, scheduleMissed, queueDepth, queueOldest,
    ]
    package static let exporter = [otlpItems, otlpRequests, otlpBacklog, otlpBacklogOldest]
    package static let journal = [journalAppend, journalSync, journalErrors]

    package static let itself = [
        eventsDropped, series, seriesDropped, scrapeDuration, httpRequestDuration, loopLag, ready,
        buildInfo, reloadSuccessful, reloadSuccessTime,
    ]

    package static let process = [
        processCPU, processOpenFiles, processMaxFiles, processVirtualMemory,
        processMaxVirtualMemory, processResidentMemory, processStart,
    ]

    /// What outlives the process and no journal tells again: what an agent counts of itself.
    package static let ownTotals = (flow + schedules + exporter + journal + itself).filter {
        $0.lifetime == .kept
    }

    static let pipeline = MetricDefinition.Label("pipeline")
    static let step = MetricDefinition.Label("step")
    static let result = MetricDefinition.Label("result", RunResult.allCases.map(\.rawValue))
}
