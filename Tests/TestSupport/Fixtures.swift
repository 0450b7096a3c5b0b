package import Pipeline

/// A step with every default, so that a test shows only the field it is about.
package func makeStep(
    _ name: String,
    needs: [Int] = [],
    when: RunCondition = .success,
    condition: String? = nil,
    timeout: Duration? = nil,
    retry: RetryPolicy = RetryPolicy(),
    allowFailure: Bool = false
) -> PlannedStep {
    PlannedStep(
        name: name,
        action: .script("true"),
        needs: needs,
        when: when,
        condition: condition,
        timeout: timeout,
        retry: retry,
        allowFailure: allowFailure
    )
}

/// A plan of `steps`, named `test`.
package func makePlan(
    _ steps: [PlannedStep],
    failure: FailurePolicy = .stop,
    timeout: Duration? = nil
) -> Plan {
    Plan(name: "test", timeout: timeout, failure: failure, steps: steps, waves: [])
}

/// The first event of a run.
package func makeStart(
    run: RunID = RunID(high: 1, low: 2),
    pipeline: String = "test",
    workers: Int = 2
) -> RunStarted {
    RunStarted(
        run: run,
        pipeline: pipeline,
        stepCount: 0,
        workers: workers,
        specDigest: "",
        trigger: "cli",
        scheduledAt: Timestamp(nanoseconds: 0),
        trace: TraceContext(traceID: TraceID(high: run.high, low: run.low))
    )
}
